"""The nightly audit of rule 1, "no client is forgotten": what does not hold is mended and reported.

Each clause is one query for the subjects that break it, and a repair that works in sets. A second run
finds nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_noop

from accounts.models import Team
from alerts.choices import SILENCES, Kind
from alerts.lifecycle import close_empty, live_parts
from alerts.models import Alert, AuditFinding, Deadline
from alerts.reconcile import SUSPENDED_WHEN_LEAVING
from crm.choices import FELT, CountsAs, Stage
from crm.events import Change, facts_changed
from crm.importing.history import keep_history
from crm.models import Clock, Customer, Interaction, NoFollowUp
from retention.models import AttentionPolicy, Reassignment

#: Customers that one transaction of the repair takes.
BATCH = 1000


@dataclass(frozen=True)
class Clause:
    """A part of rule 1: `broken` gives the numbers of its subjects, `mend` repairs them."""

    name: str
    subject: str
    broken: Callable[[], Sequence[int]]
    mend: Callable[[Sequence[int], dt.datetime], None]


def audit(now: dt.datetime) -> list[AuditFinding]:
    """Check every clause, mend what does not hold, and keep a finding for each subject."""
    findings: list[AuditFinding] = []
    for clause in CLAUSES:
        broken = list(clause.broken())
        for chunk in _chunks(broken):
            with transaction.atomic():
                clause.mend(chunk, now)
                findings += AuditFinding.objects.bulk_create(
                    AuditFinding(
                        clause=clause.name, subject_key=f"{clause.subject}:{pk}", found_at=now, repaired_at=now
                    )
                    for pk in chunk
                )
    return findings


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _ids(rows: QuerySet[Customer] | QuerySet[Clock] | QuerySet[Deadline] | QuerySet[Alert]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


# --- What may be broken ----------------------------------------------------------------------------------------------


def _without_policy() -> list[int]:
    everybody = AttentionPolicy.objects.filter(segment__isnull=True, customer__isnull=True)
    if everybody.filter(current=True).exists():
        return []
    return list(everybody.order_by("-valid_from").values_list("pk", flat=True)[:1])


def _without_clock() -> list[int]:
    return _ids(Customer.objects.filter(clock__isnull=True))


def _of_nobody() -> list[int]:
    return _ids(Customer.objects.filter(owner__isnull=True, team__isnull=True))


def _owner_left() -> list[int]:
    # Those who are on their way go where it was said.
    moving = Reassignment.objects.filter(leaver__isnull=False, finished_at__isnull=True).values("leaver")
    return _ids(Customer.objects.filter(owner__is_active=False).exclude(owner__in=moving))


def _scope_differs() -> list[int]:
    same = Clock.objects.filter(
        Q(owner=OuterRef("owner")) | Q(owner__isnull=True, customer__owner__isnull=True),
        Q(team=OuterRef("team")) | Q(team__isnull=True, customer__team__isnull=True),
        Q(segment=OuterRef("segment")) | Q(segment__isnull=True, customer__segment__isnull=True),
        Q(value=OuterRef("annual_value")) | Q(value__isnull=True, customer__annual_value__isnull=True),
        pk=OuterRef("pk"),
        currency=OuterRef("currency"),
    )
    active = Q(archived_at__isnull=True) & ~Q(stage__in=(Stage.LEAVING, Stage.DEPARTED))
    return _ids(
        Customer.objects.filter(clock__isnull=False).filter(
            ~Exists(same) | (active & Q(clock__active=False)) | (~active & Q(clock__active=True))
        )
    )


def _facts_differ() -> list[int]:
    def latest(classes: Sequence[str]) -> Subquery:
        kept = Interaction.objects.filter(customer=OuterRef("pk"), deleted_at__isnull=True, counts_as__in=classes)
        return Subquery(kept.order_by("-counts_at", "-id").values("pk")[:1])

    differs = Q()
    facts = {"attention": FELT, "personal": (CountsAs.PERSONAL,), "attempt": (CountsAs.ATTEMPT,)}
    for name in facts:
        fresh, kept = f"fresh_{name}", f"last_{name}_id"
        differs |= Q(**{f"{fresh}__isnull": True, f"{kept}__isnull": False})
        differs |= Q(**{f"{fresh}__isnull": False}) & (~Q(**{kept: F(fresh)}) | Q(**{f"{kept}__isnull": True}))
    clocks = Clock.objects.annotate(**{f"fresh_{name}": latest(classes) for name, classes in facts.items()})
    return _ids(clocks.filter(differs))


def _owed_nothing() -> list[int]:
    waived = NoFollowUp.objects.filter(customer=OuterRef("pk"), until_at__isnull=True)
    open_rows = Deadline.objects.open().filter(customer=OuterRef("pk"), suspended_at__isnull=True)
    held = Exists(open_rows.filter(kind=Kind.ATTENTION)) | (Exists(waived) & Exists(open_rows.filter(kind=Kind.REVIEW)))
    return _ids(Customer.objects.active().exclude(held))


def _owed_too_much() -> list[int]:
    waits = Q(customer__stage=Stage.LEAVING, kind__in=SUSPENDED_WHEN_LEAVING, suspended_at__isnull=False)
    gone = Q(customer__archived_at__isnull=False) | Q(customer__clock__active=False, kind__in=SUSPENDED_WHEN_LEAVING)
    rows = Deadline.objects.open().filter(gone).exclude(waits & Q(customer__archived_at__isnull=True))
    return sorted({pk for pk in rows.values_list("customer_id", flat=True) if pk is not None})


def _clock_differs() -> list[int]:
    first = (
        Deadline.objects.open()
        .filter(customer=OuterRef("pk"), kind__in=SILENCES, suspended_at__isnull=True)
        .order_by("due_at", "kind")
    )
    clocks = Clock.objects.annotate(first_due=Subquery(first.values("due_at")[:1]))
    same = Q(due_at__isnull=False, first_due__isnull=False, due_at=F("first_due"))
    return _ids(clocks.exclude(same).exclude(due_at__isnull=True, first_due__isnull=True))


def _asleep() -> list[int]:
    return _ids(Deadline.objects.open().filter(opened_at__isnull=True, wake_at__isnull=True, suspended_at__isnull=True))


def _said_nowhere() -> list[int]:
    opened = Deadline.objects.open().filter(opened_at__isnull=False, suspended_at__isnull=True)
    return _ids(opened.filter(Q(alert__isnull=True) | Q(alert__closed_at__isnull=False)))


def _about_nothing() -> list[int]:
    return _ids(Alert.objects.open().exclude(Exists(live_parts())))


# --- How it is mended ------------------------------------------------------------------------------------------------


def _reinstate(policies: Sequence[int], now: dt.datetime) -> None:
    AttentionPolicy.objects.filter(pk__in=policies).update(current=True, valid_until=None)


def _reconcile(customers: Sequence[int], now: dt.datetime) -> None:
    facts_changed(Customer.objects.filter(pk__in=customers), change=Change("audit"), now=now)


def _to_the_queue(customers: Sequence[int], now: dt.datetime) -> None:
    default = Team.objects.get(is_default=True)
    Customer.objects.filter(pk__in=customers, team__isnull=True).update(team=default)
    Customer.objects.filter(pk__in=customers, owner__is_active=False).update(owner=None)
    keep_history(Customer, customers, sign="~", now=now, why="audit")
    _reconcile(customers, now)


def _wake(deadlines: Sequence[int], now: dt.datetime) -> None:
    Deadline.objects.filter(pk__in=deadlines).update(wake_at=now)


def _open_again(deadlines: Sequence[int], now: dt.datetime) -> None:
    Deadline.objects.filter(pk__in=deadlines).update(alert=None, opened_at=None, wake_at=now)


def _close(alerts: Sequence[int], now: dt.datetime) -> None:
    close_empty(alerts, Change("audit"), now)


#: In the order in which one repair may rest on another.
CLAUSES = (
    Clause(gettext_noop("no policy for everybody"), "policy", _without_policy, _reinstate),
    Clause(gettext_noop("no owner and no team"), "customer", _of_nobody, _to_the_queue),
    Clause(gettext_noop("the owner has left"), "customer", _owner_left, _to_the_queue),
    Clause(gettext_noop("no clock"), "customer", _without_clock, _reconcile),
    Clause(gettext_noop("the clock has another owner or team"), "customer", _scope_differs, _reconcile),
    Clause(gettext_noop("the clock has other facts"), "customer", _facts_differ, _reconcile),
    Clause(gettext_noop("nothing is owed"), "customer", _owed_nothing, _reconcile),
    Clause(gettext_noop("owed to one who is not served"), "customer", _owed_too_much, _reconcile),
    Clause(gettext_noop("the clock shows another due"), "customer", _clock_differs, _reconcile),
    Clause(gettext_noop("a deadline that nothing wakes"), "deadline", _asleep, _wake),
    Clause(gettext_noop("an opened deadline in no alert"), "deadline", _said_nowhere, _open_again),
    Clause(gettext_noop("an alert about nothing"), "alert", _about_nothing, _close),
)
