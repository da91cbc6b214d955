"""The lines of a morning mail that are no event: promises due today, and how many wait their turn (A4, A13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from accounts.acting import calendar_of, current_absences
from accounts.models import CalendarDay, Membership, User
from alerts.choices import HANDED_OVER, Family
from alerts.models import Alert, Morning
from crm.models import Customer, Task

#: More than so many waiting is said each day (A4).
QUIET_UP_TO = 10
LONG_WAIT_DAYS = 10
FIRST_LOOKS_BACK = dt.timedelta(days=7)


def morning_lines(morning: Morning, user: User, now: dt.datetime) -> dict[str, Any]:
    """Return what the morning mail says besides events, as JSON; empty when there is nothing. At most ten queries."""
    lines: dict[str, Any] = {}
    if count := handed_over(user, last_morning(morning, user, now)):
        lines["handed_over"] = count
    tasks = promised_today(user, now)
    if ids := list(tasks.values_list("pk", flat=True)):
        lines["promises"] = ids
    if user.daily_lines and (waiting := waiting_lines(user, now)):
        lines["waiting"] = waiting
    return lines


def handed_over(user: User, since: dt.datetime) -> int:
    """Return how many clients others have handed to a person since an instant, and are theirs still. One query."""
    moves = handovers([user.pk], since)
    return Customer.objects.filter(owner=user.pk, pk__in=moves.values("id")).count()


def handovers(user_ids: Iterable[int], since: dt.datetime) -> QuerySet[Any]:
    """Return the rows of history in which clients came to people by another's hand, later than an instant."""
    moves = Customer.history.filter(owner__in=user_ids, history_change_reason=HANDED_OVER, history_date__gt=since)
    return cast("QuerySet[Any]", moves.exclude(history_user=F("owner")))


def last_morning(morning: Morning, user: User, now: dt.datetime) -> dt.datetime:
    if morning.last_on is None:
        return now - FIRST_LOOKS_BACK
    return dt.datetime.combine(morning.last_on, user.digest_hour, tzinfo=user.zone)


def acted_for(user: User, now: dt.datetime) -> list[int]:
    """Return whose clients a person acts for at `now`: their own, and of those they cover directly. One query."""
    covered = current_absences(now).filter(cover=user.pk).values_list("user_id", flat=True)
    return [user.pk, *covered]


def promised_today(user: User, now: dt.datetime) -> QuerySet[Task]:
    """Return the promises due on the person's date of today, by client."""
    today = now.astimezone(user.zone).date()
    tasks = Task.objects.open().filter(promised=True, due_on=today, owner__in=acted_for(user, now))
    return tasks.filter(customer__archived_at__isnull=True).order_by("customer__name_key", "pk")


def waiting_lines(user: User, now: dt.datetime) -> list[dict[str, Any]]:
    """Return one line for each portfolio of which more than ten clients wait their turn, largest first.

    One's own comes first; a supervisor reads those of the teams too, the team's queue among them.
    """
    waiting = Alert.objects.waiting().filter(family=Family.SILENCE, passed_over_at__isnull=False)
    theirs = waiting.filter(_read_by(user))
    # The usual morning: so few wait that no portfolio can have more than ten.
    if len(theirs.order_by().values_list("pk")[: QUIET_UP_TO + 1]) <= QUIET_UP_TO:
        return []
    return _lines(user, _counted(theirs, _long_since(user, now)))


def _read_by(user: User) -> Q:
    """Whose daily lines a person reads. Queues that nobody supervises are the administrators' (A11)."""
    read = Q(customer__clock__owner=user.pk) | Q(customer__clock__team__in=user.supervised_team_ids)
    if user.is_administrator:
        supervised = Membership.objects.filter(supervises=True, user__is_active=True).values("team")
        unwatched = Q(customer__clock__team__isnull=True) | ~Q(customer__clock__team__in=supervised)
        unowned = Q(customer__clock__owner__isnull=True) | Q(customer__clock__owner__first_signed_in_at__isnull=True)
        read |= unowned & unwatched
    return read


def _counted(waiting: QuerySet[Alert], long_since: dt.datetime) -> Iterable[dict[str, Any]]:
    counted = waiting.values(
        "customer__clock__owner", "customer__clock__owner__name", "customer__clock__currency"
    ).annotate(
        count=Count("pk"),
        oldest=Min("oldest_due_at"),
        value=Sum("customer__clock__value"),
        long=Count("pk", filter=Q(passed_over_at__lte=long_since)),
    )
    ordered = counted.order_by(F("customer__clock__owner").asc(nulls_last=True), "-value")
    return [dict(row) for row in ordered]


def _long_since(user: User, now: dt.datetime) -> dt.datetime:
    """Return the opening of the working day ten before today: who was passed over by then waits for long."""
    calendar = calendar_of(user)
    days = CalendarDay.objects.filter(calendar=calendar)
    today = days.filter(date=now.astimezone(calendar.tz).date()).values_list("ordinal", flat=True).first()
    then = days.filter(is_open=True, ordinal=(today or 0) - LONG_WAIT_DAYS).values_list("closes_at", flat=True)
    return then.first() or now - dt.timedelta(days=14)


def _lines(user: User, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[int | None, dict[str, Any]] = {}
    for row in rows:
        owner = row["customer__clock__owner"]
        line = found.setdefault(
            owner,
            {"owner": owner, "name": row["customer__clock__owner__name"] or "", "count": 0, "long": 0, "values": {}},
        )
        line["count"] += row["count"]
        line["long"] += row["long"]
        oldest = row["oldest"].isoformat()
        line["oldest"] = min(line.get("oldest", oldest), oldest)
        if row["value"] is not None and row["customer__clock__currency"]:
            line["values"][row["customer__clock__currency"]] = f"{row['value']:.2f}"
    many = [line for line in found.values() if line["count"] > QUIET_UP_TO]
    return sorted(many, key=lambda line: (line["owner"] != user.pk, -line["count"]))
