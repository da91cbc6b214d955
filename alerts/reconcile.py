"""Reconcile: turn facts and promises into the deadlines that should be open, in sets.

Each provider's SELECT of what is wanted goes into the scratch table `Wanted`; the difference to the
open rows is written by anti-joins. One customer is the same as many.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    Field,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least
from django.db.models.lookups import IsNull

from accounts.instants import PlusSeconds, SecondsBetween
from alerts.choices import Cause, Kind
from alerts.dating import compile_due, compile_opening
from alerts.gentle import put_off
from alerts.insert_select import compile_insert, compile_union
from alerts.lifecycle import settle_alerts
from alerts.models import Deadline, Wanted
from alerts.providers import COLUMNS, PROMISE, Meeting, meetings, providers
from alerts.twins import SAME_KEY, SAME_PROMISE, anchors, first_wake, part_before, revive, take_up_again
from crm.choices import Stage
from crm.events import Change
from crm.models import Clock, Customer
from crm.planner import MANY, look_at
from crm.prepared import Compiled, execute, fetch, select, update

#: T1: soon begins at this share of the promise, in hundredths of elapsed time.
SOON_PERCENT = 80
#: Kinds that wait while a client is leaving (A12).
SUSPENDED_WHEN_LEAVING = (Kind.ATTENTION, Kind.PERSONAL, Kind.REVIEW)


@dataclass(frozen=True)
class _Standing:
    """What is open before: the kinds, whether some are suspended, the alerts that they are part of. One query."""

    kinds: frozenset[str]
    suspended: bool
    alerts: frozenset[int]

    @classmethod
    def of(cls, customers: QuerySet[Customer]) -> _Standing:
        found = fetch("standing", _compile_standing, customers)
        return cls(
            frozenset(kind for kind, _suspended, _alert in found),
            any(suspended for _kind, suspended, _alert in found),
            frozenset(alert for _kind, _suspended, alert in found if alert is not None),
        )


def _compile_standing(customers: QuerySet[Customer]) -> Compiled:
    standing = Deadline.objects.open().filter(customer__in=customers.values("pk")).order_by()
    return select(standing.values_list("kind", "suspended_at", "alert_id").distinct())


def reconcile(customers: QuerySet[Customer], change: Change, now: dt.datetime) -> None:
    """Make the open deadlines of `customers` those that are owed at `now`; alerts and clocks follow.

    Runs inside the caller's transaction, with the clocks locked. Doing it twice changes nothing.
    A few scratch rows are left for the next sweep: who saves a call need not wait for their removal.
    """
    run = uuid.uuid4()
    wanted = Wanted.objects.filter(run=run)
    are_many = _collect(run, customers, now)
    alerts: frozenset[int] = frozenset()
    # Nothing comes back to those who were never owed anything: new customers, an import of them.
    may_revive = change.may_revive and Deadline.objects.filter(customer__in=customers.values("pk")).exists()
    # A policy says what is owed: what had settled a promise, and what it is anchored at, stands as it stood.
    if may_revive and change.cause != Cause.POLICY:
        # What is cancelled here leaves its alert too.
        alerts = _Standing.of(customers).alerts
        _close_unwanted(run, customers, now, orphans=True)
        revive(customers, change, now)
    before = _Standing.of(customers)
    _meet(customers, before.kinds, now)
    if may_revive:
        _suspend(run, customers, now)
    _close_unwanted(run, customers, now)
    if before.suspended:
        _resume(customers, run)
    if may_revive:
        # What stays is what is opened now; the steps after it ask for these keys.
        wanted.filter(Exists(Deadline.objects.open().filter(**SAME_KEY))).delete()
    _open(run, customers, change, now)
    if may_revive:
        take_up_again(run)
    if change.gentle:
        put_off(wanted, now)
    for provider in providers():
        if provider.after is not None and before.kinds.intersection(provider.kinds):
            provider.after(customers, now)
    settle_alerts(customers, before.alerts | alerts, change, now)
    write_clocks(customers)
    if are_many:
        wanted.delete()


def sweep_up() -> None:
    """Remove the scratch rows of what has been reconciled: rows that are seen from outside are of a run that ended."""
    Wanted.objects.all().delete()


def _collect(run: uuid.UUID, customers: QuerySet[Customer], now: dt.datetime) -> bool:
    """Write the scratch rows of a run; returns whether they are many."""
    number = execute("wanted", _compile_wanted, customers, run=run, now=now)
    look_at(Wanted, grown_by=number, columns=("run", "kind", "subject_key", "customer_id"))
    execute("due", lambda _customers, run: compile_due(run), customers, run=run)
    execute("opening", lambda _customers, run: compile_opening(run), customers, run=run)
    return number >= MANY


def _compile_wanted(customers: QuerySet[Customer], run: uuid.UUID, now: dt.datetime) -> Compiled:
    selects = [select for provider in providers() for select in provider.wanted(customers, now)]
    return compile_union(Wanted, COLUMNS, selects, constants={"run": run})


def _meet(customers: QuerySet[Customer], open_kinds: frozenset[str], now: dt.datetime) -> None:
    """Mark open deadlines that an event has met: kept if the event is not after the due (W4, W6)."""
    for kinds, meeting in meetings():
        if open_kinds.intersection(kinds):
            execute(("meet", kinds), partial(_compile_meet, kinds, meeting), customers, now=now)


def _compile_meet(
    kinds: tuple[str, ...], meets: Callable[[], Meeting], customers: QuerySet[Customer], now: dt.datetime
) -> Compiled:
    meeting = meets()
    met = (
        Deadline.objects.open()
        .filter(customer__in=customers.values("pk"), kind__in=kinds)
        .filter(IsNull(meeting.at, False))
    )
    late = Case(When(due_at__lt=meeting.at, then=F("due_at")), default=None, output_field=DateTimeField())
    return update(
        met,
        met_at=meeting.at,
        met_by=meeting.by,
        met_entered_at=now,
        breached_at=late,
        wake_at=None,
        **scope_once(),
    )


def scope_once() -> dict[str, Any]:
    """Owner, team, segment and value as of now, for a row that carries none yet (not breached before)."""
    clock = Clock.objects.filter(pk=OuterRef("customer_id"))

    def as_of_now(field: str, source: str) -> Case:
        column = Deadline._meta.get_field(field)
        assert isinstance(column, Field)
        return Case(
            When(breached_at__isnull=False, then=F(column.attname)),
            default=Subquery(clock.values(source)[:1]),
            output_field=getattr(column, "target_field", column),
        )

    return {
        "owner_id": as_of_now("owner", "owner_id"),
        "acting_id": as_of_now("acting", "owner_id"),
        "team_id": as_of_now("team", "team_id"),
        "segment_id": as_of_now("segment", "segment_id"),
        "value": as_of_now("value", "value"),
        "currency": Coalesce(as_of_now("currency", "currency"), Value("")),
    }


def _close_unwanted(run: uuid.UUID, customers: QuerySet[Customer], now: dt.datetime, *, orphans: bool = False) -> None:
    """Cancel open rows that are not as wanted, but for the suspended ones of a leaving client (A12).

    With `orphans`, only rows whose anchor has gone: what a removed interaction had opened (W7).
    """
    execute(("unwanted", orphans), partial(_compile_unwanted, orphans), customers, run=run, now=now)


def _compile_unwanted(orphans: bool, customers: QuerySet[Customer], run: uuid.UUID, now: dt.datetime) -> Compiled:
    same = Wanted.objects.filter(run=run, **SAME_PROMISE)
    other = Wanted.objects.filter(run=run, **SAME_KEY)
    rows = Deadline.objects.open().filter(customer__in=customers.values("pk"))
    if orphans:
        rows = rows.filter(anchor_interaction_id__isnull=False).exclude(kind=Kind.PROMISE).exclude(Exists(anchors()))
    else:
        rows = rows.filter(suspended_at__isnull=True)
    return update(
        rows.exclude(Exists(same)),
        cancelled_at=now,
        wake_at=None,
        cancel_reason=Case(When(Exists(other), then=Value("replaced")), default=_why_not(), output_field=CharField()),
        **scope_once(),
    )


def _suspend(run: uuid.UUID, customers: QuerySet[Customer], now: dt.datetime) -> None:
    """A12: while a client is leaving, attention and a review wait; once departed or archived they end."""
    leaving = Customer.objects.filter(pk=OuterRef("customer_id"), stage=Stage.LEAVING, archived_at__isnull=True)
    rows = Deadline.objects.open().filter(customer__in=customers.values("pk"), kind__in=SUSPENDED_WHEN_LEAVING)
    rows.filter(Exists(leaving), suspended_at__isnull=True).update(suspended_at=now, wake_at=None)
    unwanted = rows.filter(suspended_at__isnull=False).exclude(Exists(leaving))
    unwanted.exclude(Exists(Wanted.objects.filter(run=run, **SAME_PROMISE))).update(suspended_at=None)


def _why_not() -> Case:
    customer = Customer.objects.filter(pk=OuterRef("customer_id"))
    waived = customer.filter(no_follow_ups__until_at__isnull=True, no_follow_ups__isnull=False)
    return Case(
        When(Exists(customer.filter(archived_at__isnull=False)), then=Value("archived")),
        When(Exists(customer.filter(stage=Stage.DEPARTED)), then=Value("departed")),
        When(Exists(waived), kind__in=(Kind.ATTENTION, Kind.PERSONAL), then=Value("no_follow_up")),
        default=Value("withdrawn"),
    )


def _resume(customers: QuerySet[Customer], run: uuid.UUID) -> None:
    """A12: a client that stays takes up the suspended deadlines; their alert was closed, the sweep opens another."""
    rows = Deadline.objects.open().filter(
        Exists(Wanted.objects.filter(run=run, **SAME_PROMISE)),
        customer__in=customers.values("pk"),
        suspended_at__isnull=False,
    )
    rows.filter(alert__closed_at__isnull=False).update(opened_at=None, alert=None)
    rows.update(suspended_at=None, wake_at=first_wake())


def _open(run: uuid.UUID, customers: QuerySet[Customer], change: Change, now: dt.datetime) -> None:
    execute("open", _compile_open, customers, run=run, now=now, cause=str(change.cause), cause_id=change.cause_id)


def _compile_open(
    _customers: QuerySet[Customer], run: uuid.UUID, now: dt.datetime, cause: str, cause_id: int | None
) -> Compiled:
    """Insert what is wanted and not open. A row that was closed just now for it is what it replaces.

    W6: one that has opened already takes the place of the part that was closed now for it, without a word, in the
    same alert on the same rung. A breach of it is the next sweep's to note, with whose it was.
    """
    part = part_before(now)
    # In this order: the part is looked for only where the opening has come.
    joined = Q(opens_at__lte=now) & Q(Exists(part))
    replaced = Deadline.objects.filter(cancelled_at=now, cancel_reason="replaced", **SAME_KEY).order_by("-pk")
    copied = {name: F(name) for name in (*PROMISE, "due_at", "opens_at")}
    return compile_insert(
        Deadline,
        copied
        | {
            "soon_at": soon_at(),
            "cause": Value(cause, CharField()),
            "cause_id": Value(cause_id, Deadline._meta.get_field("cause_id")),
            "created_at": Value(now, DateTimeField()),
            "wake_at": Case(
                When(joined, then=F("due_at")),
                default=Least("opens_at", "due_at"),
                output_field=DateTimeField(),
            ),
            "alert_id": Case(
                When(joined, then=Subquery(part.values("alert_id")[:1])), default=None, output_field=BigIntegerField()
            ),
            "opened_at": Case(When(joined, then=Value(now)), default=None, output_field=DateTimeField()),
            "replaces_id": Subquery(replaced.values("pk")[:1]),
            "is_twin": Value(False, BooleanField()),
            "has_twin": Value(False, BooleanField()),
            "cancel_reason": Value("", CharField()),
            "error": Value("", CharField()),
            "currency": Value("", CharField()),
        },
        Wanted.objects.filter(run=run).exclude(Exists(Deadline.objects.open().filter(**SAME_KEY))),
    )


def soon_at() -> PlusSeconds:
    """T1: anchor + 0.8 × (due − anchor), elapsed, in whole seconds."""
    return PlusSeconds(F("anchor_at"), SecondsBetween("anchor_at", "due_at") * SOON_PERCENT / 100)


def write_clocks(customers: QuerySet[Customer]) -> None:
    """Copy the open silence deadline due first onto each clock; `soon_at` is the earliest of theirs."""
    execute("clocks", _compile_clocks, customers)


def _compile_clocks(customers: QuerySet[Customer]) -> Compiled:
    silences = Deadline.objects.open().filter(
        customer=OuterRef("pk"), kind__in=(Kind.ATTENTION, Kind.PERSONAL), suspended_at__isnull=True
    )
    first = silences.order_by("due_at", "kind")

    def of_first(field: str) -> Subquery:
        return Subquery(first.values(field)[:1])

    return update(
        Clock.objects.filter(pk__in=customers.values("pk")),
        anchor_at=of_first("anchor_at"),
        due_at=of_first("due_at"),
        soon_at=Subquery(silences.order_by("soon_at").values("soon_at")[:1]),
        due_kind=Coalesce(of_first("kind"), Value("")),
        due_source=Coalesce(of_first("source"), Value("")),
        due_amount=of_first("amount"),
        due_unit=Coalesce(of_first("unit"), Value("")),
    )
