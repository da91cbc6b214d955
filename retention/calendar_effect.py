"""What a change of a calendar would do, by doing it in a transaction that is taken back (A8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from accounts.calendar_change import put_in_force
from accounts.calendar_plan import Edit, applied, plan_of, written
from accounts.models import Calendar, User
from alerts.choices import Cause
from alerts.models import Alert, Deadline, Morning
from crm.models import Clock
from retention.calendar_changes import customers_of


@dataclass(frozen=True)
class Effect:
    """How many clients it dates, whose dates move, who is overdue, which mornings and next steps of alerts move."""

    clients: int
    earlier: int
    later: int
    overdue_before: int
    overdue_after: int
    mornings: int
    steps: int

    @property
    def is_nothing(self) -> bool:
        return not (self.earlier or self.later or self.mornings or self.steps)


def effect_of(calendar: Calendar, edit: Edit, *, actor: User, now: dt.datetime) -> Effect:
    """Say what `edit` would do at `now`. ValidationError for a week without an open hour; nothing is kept."""

    def do() -> None:
        locked = Calendar.objects.select_for_update().get(pk=calendar.pk)
        written(locked, applied(plan_of(locked), edit))
        put_in_force(locked, now=now, actor=actor)

    return effect_of_doing(do, lambda: customers_of(calendar), now)


def effect_of_doing(do: Callable[[], None], theirs: Callable[[], QuerySet[Clock]], now: dt.datetime) -> Effect:
    """Say what `do` does to the clients of `theirs`, and to mornings and alerts; nothing of it is kept.

    `theirs` is asked before and after. Whatever `do` raises is raised.
    """
    with transaction.atomic():
        overdue = _overdue(theirs(), now)
        mornings, steps = _mornings(), _steps(theirs())
        do()
        effect = Effect(
            theirs().count(),
            *moved(theirs(), now),
            overdue,
            _overdue(theirs(), now),
            _differing(mornings, _mornings()),
            _differing(steps, _steps(theirs())),
        )
        transaction.set_rollback(True)
    return effect


def _overdue(theirs: QuerySet[Clock], now: dt.datetime) -> int:
    return theirs.filter(due_at__lte=now).count()


def moved(theirs: QuerySet[Clock], now: dt.datetime) -> tuple[int, int]:
    """How many clients have a promise that falls due earlier, and later, than the one it replaces."""
    dated = Deadline.objects.open().filter(
        customer__in=theirs.order_by().values("customer"), cause=Cause.CALENDAR, replaces__cancelled_at=now
    )
    counts = dated.aggregate(
        earlier=Count("customer", filter=Q(due_at__lt=F("replaces__due_at")), distinct=True),
        later=Count("customer", filter=Q(due_at__gt=F("replaces__due_at")), distinct=True),
    )
    return counts["earlier"], counts["later"]


def _mornings() -> dict[int, dt.datetime | None]:
    return dict(Morning.objects.values_list("pk", "next_at"))


def _steps(theirs: QuerySet[Clock]) -> dict[int, dt.datetime | None]:
    customers = theirs.order_by().values("customer")
    open_alerts = Alert.objects.open().filter(customer__in=customers, opened_at__isnull=False)
    return dict(open_alerts.values_list("pk", "wake_at"))


def _differing(before: dict[int, dt.datetime | None], after: dict[int, dt.datetime | None]) -> int:
    return sum(after.get(pk, at) != at for pk, at in before.items())
