"""Detect: open what has come due and put it into alerts, in batches of customers, by any number of workers."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from accounts.acting import acting_map
from accounts.again import again
from alerts.admission import admit_due, admit_key
from alerts.choices import EventKind, Family, Kind, Rung
from alerts.climb import climb_due
from alerts.hand_overs import tell_absences
from alerts.holds import sync_attempt_holds
from alerts.insert_select import insert_select
from alerts.ladder import schedule_many
from alerts.lifecycle import family_of, must_restart, refresh_parts, with_first_closing
from alerts.models import Alert, AlertEvent, Deadline
from alerts.reconcile import sweep_up
from alerts.restart import restart_many
from alerts.tell import tell_events
from crm.models import Clock, Customer, Task
from crm.planner import look_at

log = logging.getLogger(__name__)

#: Customers whose due deadlines one transaction takes.
BATCH = 1000
#: How long a deadline that cannot be worked on is put off.
PUT_OFF = dt.timedelta(hours=1)


@dataclass
class Swept:
    """What one detection did: numbers, and the customers whose alerts opened or joined."""

    breached: int = 0
    opened: int = 0
    alerts: int = 0
    restarted: int = 0
    customers: list[int] = field(default_factory=list)

    def add(self, other: Swept) -> None:
        self.breached += other.breached
        self.opened += other.opened
        self.alerts += other.alerts
        self.restarted += other.restarted
        self.customers += other.customers


def detect(now: dt.datetime, *, limit: int | None = None) -> Swept:
    """Open every deadline whose time has come at `now`; each ends in exactly one alert (A1).

    Takes batches of customers that no other worker holds, one transaction each. A customer whose rows
    cannot be worked on is put off an hour with its error stored; the rest goes on, then it raises.
    """
    swept = Swept()
    errors: list[Exception] = []
    while limit is None or len(swept.customers) < limit:
        try:
            batch = again(lambda: _sweep_batch(now, BATCH))
        except Exception:
            log.exception("A batch of the sweep failed; it is done again one by one.")
            batch = _one_by_one(now, errors)
        if batch is None:
            break
        swept.add(batch)
        # Once is enough: then it is known that there are many.
        if swept.alerts == batch.alerts:
            look_at(Alert, AlertEvent, grown_by=batch.alerts)
    if errors:
        raise ExceptionGroup("Deadlines that the sweep put off", errors)
    return swept


def due(now: dt.datetime) -> QuerySet[Deadline]:
    """Deadlines to look at; found by the partial index on wake_at, however many customers there are."""
    return Deadline.objects.open().filter(wake_at__lte=now)


def _sweep_batch(now: dt.datetime, size: int) -> Swept | None:
    with transaction.atomic():
        customers = _claim(now, size)
        return _sweep_customers(customers, now) if customers else None


def _claim(now: dt.datetime, size: int) -> list[int]:
    """Lock the clocks of customers with something due; those that another worker holds are left to it."""
    candidates = list(due(now).order_by("wake_at", "pk").values_list("customer_id", flat=True)[: size * 2])
    wanted = list(dict.fromkeys(candidates))[:size]
    if not wanted:
        return []
    clocks = Clock.objects.filter(pk__in=wanted).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        clocks = clocks.select_for_update(skip_locked=True, of=("self",))
    return list(clocks.values_list("pk", flat=True))


def _one_by_one(now: dt.datetime, errors: list[Exception]) -> Swept | None:
    """The batch again, each customer in a transaction of its own; a bad one is put off."""
    ids = list(dict.fromkeys(due(now).order_by("wake_at", "pk").values_list("customer_id", flat=True)[: BATCH * 2]))
    swept = Swept()
    for customer in ids:
        try:
            with transaction.atomic():
                list(Clock.objects.select_for_update().filter(pk=customer).values_list("pk"))
                swept.add(_sweep_customers([customer], now))
        except Exception as error:  # noqa: BLE001 - stored with the deadline, raised at the end
            errors.append(error)
            Deadline.objects.open().filter(customer=customer, wake_at__lte=now).update(
                wake_at=now + PUT_OFF, error=f"{type(error).__name__}: {error}"[:2000]
            )
    return swept if ids else None


def _sweep_customers(customers: Sequence[int], now: dt.datetime) -> Swept:
    """Stamp breaches, open what may open, put it into alerts and say when to look next."""
    # All that are touched here, before the first of them is: a morning that is held meanwhile wants some of them too.
    Alert.objects.open().filter(customer__in=customers).lock()
    rows = due(now).filter(customer__in=customers)
    breached = _stamp_breaches(rows.filter(due_at__lte=now, breached_at__isnull=True), now)
    opening = rows.filter(opened_at__isnull=True, opens_at__lte=now).filter(
        Q(not_before__isnull=True) | Q(not_before__lte=now)
    )
    joined = _restarts(opening, now)
    fresh = _open_alerts(opening, now)
    alert = Alert.objects.open().filter(family=OuterRef("family"), subject_key=OuterRef("subject_key"))
    opened = opening.annotate(family=family_of()).update(
        opened_at=now,
        alert_id=Subquery(alert.values("pk")[:1]),
        wake_at=Case(When(due_at__gt=now, then=F("due_at")), default=None, output_field=DateTimeField()),
        error="",
    )
    # Those that opened sleep by now: only what still waits is left, and each row is written once.
    rows.update(wake_at=_next_wake(now))
    _settle_opened(customers, fresh, now)
    return Swept(breached, opened, len(fresh), joined, list(customers))


def _next_wake(now: dt.datetime) -> Case:
    """The breach still to come, or the opening that waits (T2, A8); nothing once both have been."""
    return Case(
        When(opened_at__isnull=False, due_at__gt=now, then=F("due_at")),
        When(opened_at__isnull=False, then=None),
        When(due_at__gt=now, then=F("due_at")),
        When(not_before__gt=F("opens_at"), then=F("not_before")),
        default=F("opens_at"),
        output_field=DateTimeField(),
    )


def _stamp_breaches(rows: QuerySet[Deadline], now: dt.datetime) -> int:
    """Breached at its due, by whoever acts for the owner of that day (a promise: of its task)."""
    clock = Clock.objects.filter(pk=OuterRef("customer_id"))
    task = Task.objects.filter(pk=OuterRef("subject_id"))
    owner = Case(
        When(kind=Kind.PROMISE, then=Subquery(task.values("owner_id")[:1])),
        default=Subquery(clock.values("owner_id")[:1]),
    )
    ids = list(rows.values_list("pk", flat=True))
    if not ids:
        return 0
    stamped = Deadline.objects.filter(pk__in=ids)
    stamped.update(
        breached_at=F("due_at"),
        owner_id=owner,
        team_id=Subquery(clock.values("team_id")[:1]),
        segment_id=Subquery(clock.values("segment_id")[:1]),
        value=Subquery(clock.values("value")[:1]),
        currency=Subquery(clock.values("currency")[:1]),
        acting_id=owner,
    )
    owners = set(stamped.filter(owner__isnull=False).values_list("owner_id", flat=True).order_by().distinct())
    for away, cover in acting_map(owners, now).items():
        if cover != away:
            stamped.filter(owner=away).update(acting_id=cover)
    return len(ids)


def _restarts(opening: QuerySet[Deadline], now: dt.datetime) -> int:
    """A2: an attention part that joins an open silence late, or one quiet or climbed, starts it anew."""
    opens = dict(opening.filter(kind=Kind.ATTENTION).values_list("subject_key", "opens_at"))
    silences = Alert.objects.open().filter(family=Family.SILENCE, subject_key__in=list(opens))
    again = [alert for alert in with_first_closing(silences) if must_restart(alert, opens[alert.subject_key])]
    if again:
        restart_many(again, at=now, why="attention")
    return len(again)


def _open_alerts(opening: QuerySet[Deadline], now: dt.datetime) -> dict[int, str]:
    """Insert an alert for each subject that has none open. Returns their ids, each with its family."""
    known = Alert.objects.open().filter(family=OuterRef("family"), subject_key=OuterRef("subject_key"))
    subjects = (
        opening.annotate(family=family_of())
        .exclude(Exists(known))
        .order_by()
        .values("family", "subject_key", "customer_id")
        .annotate(first_due=Min("due_at"))
    )
    rows = list(subjects.values_list("family", "subject_key", "customer_id", "first_due"))
    if not rows:
        return {}
    Alert.objects.bulk_create(
        (
            Alert(
                family=family,
                subject_key=key,
                customer_id=customer,
                opened_at=now,
                oldest_due_at=first_due,
                oldest_kind=Kind.ATTENTION if family == Family.SILENCE else family,
            )
            for family, key, customer, first_due in rows
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return dict(
        Alert.objects.open()
        .filter(opened_at=now, subject_key__in=[key for _family, key, _customer, _due in rows])
        .values_list("pk", "family")
    )


def _settle_opened(customers: Sequence[int], fresh: dict[int, str], now: dt.datetime) -> None:
    """Events, titles, key customers, the ladder of what is told at once."""
    touched = list(Alert.objects.open().filter(customer__in=customers).values_list("pk", flat=True))
    refresh_parts(touched)
    if not fresh:
        return
    alerts = Alert.objects.filter(pk__in=fresh)
    insert_select(
        AlertEvent,
        {
            "alert_id": F("pk"),
            "kind": Value(EventKind.OPENED, CharField()),
            "at": Value(now, DateTimeField()),
            "rung": Case(
                When(family=Family.SILENCE, then=Value(Rung.NOBODY)),
                default=Value(Rung.OWNER),
                output_field=IntegerField(),
            ),
            "data": Value({}, AlertEvent._meta.get_field("data")),
            "tell": Case(When(family=Family.SILENCE, then=Value(False)), default=Value(True)),
        },
        alerts,
    )
    silences = [pk for pk, family in fresh.items() if family == Family.SILENCE]
    at_once = list(fresh.keys() - silences)
    if at_once:
        Alert.objects.filter(pk__in=at_once).update(admitted_at=now, rung=Rung.OWNER, rung_at=now)
    if silences:
        sync_attempt_holds(Customer.objects.filter(pk__in=customers), now)
        admit_key(silences, now)
    schedule_many(at_once, now)


def run_sweep(now: dt.datetime) -> Swept:
    """One pass of the minute: detect, climb, admit, tell. Sending is the sender's (alerts.send)."""
    sweep_up()
    swept = detect(now)
    climb_due(now)
    admit_due(now)
    tell_events(now)
    tell_absences(now)
    return swept
