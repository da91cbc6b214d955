"""What comes next for an alert, and when (A3, A6, W2, A13): one pure function of its rows, and who writes it down."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from django.db import transaction
from django.db.models import F, Q

from alerts.choices import Family, Kind, Rung
from alerts.daybook import Daybook, WorkDays
from alerts.models import Alert, Deadline, Hold, LadderStep
from alerts.models.deadline import OPEN
from alerts.update_many import update_many
from crm.choices import Unit

#: A part that counts: open, its alert opened by it or joined, not waiting for a farewell (A12).
LIVE = OPEN & Q(opened_at__isnull=False, suspended_at__isnull=True)


class WorkingTime(Protocol):
    """What the ladder asks of a customer's calendar."""

    def local_date(self, instant: dt.datetime) -> dt.date: ...

    def opening_after(self, date: dt.date, days: int) -> dt.datetime: ...

    def add_working_hours(self, instant: dt.datetime, hours: int) -> dt.datetime: ...


class Comes(StrEnum):
    """What can come next for an alert."""

    CLIMB = "climb"
    DUE = "due"
    SNOOZE_END = "snooze_end"
    DISMISS_END = "dismiss_end"


@dataclass(frozen=True)
class Next:
    """What comes next: at an instant (UTC, perhaps past), and the rung on which the alert then is."""

    at: dt.datetime
    rung: int
    kind: Comes


@dataclass
class Standing:
    """An alert with the rows on which its next step rests."""

    alert: Alert
    parts: list[Deadline]
    holds: list[Hold]
    steps: list[LadderStep]
    calendar: WorkDays

    def next(self) -> Next | None:
        return next_step(self.alert, parts=self.parts, steps=self.steps, holds=self.holds, calendar=self.calendar)


def next_step(
    alert: Alert,
    *,
    parts: Sequence[Deadline],
    steps: Sequence[LadderStep],
    holds: Sequence[Hold],
    calendar: WorkingTime,
) -> Next | None:
    """Return what comes next for an alert by itself, or None: a person, or the morning, comes first.

    `parts` are its open deadlines, `steps` its family's ladder, `holds` its own. Pure: the same rows, the same answer.
    """
    if not alert.is_open:
        return None
    if alert.family != Family.SILENCE:
        return _earliest(_due(alert), *_climbs_from_due(alert, steps, calendar))
    if alert.dismissed_until is not None:
        return Next(alert.dismissed_until, Rung.NOBODY, Comes.DISMISS_END)
    if alert.snoozed_until is not None:
        return Next(alert.snoozed_until, alert.rung, Comes.SNOOZE_END)
    return _climb_of_silence(alert, parts, steps, holds, calendar)


def _climb_of_silence(
    alert: Alert,
    parts: Sequence[Deadline],
    steps: Sequence[LadderStep],
    holds: Sequence[Hold],
    calendar: WorkingTime,
) -> Next | None:
    """A3 with A6: the latest of "reached + delay" and the holds; A2: never while only personal moments are open."""
    step = next((step for step in steps if step.rung == alert.rung + 1), None)
    if step is None or alert.admitted_at is None or alert.reached_at is None:
        return None
    if not any(part.kind == Kind.ATTENTION for part in parts):
        return None
    delay_ends = _after(alert.reached_at, step, calendar)
    return Next(max([delay_ends, *(hold.until_at for hold in holds)]), step.rung, Comes.CLIMB)


def _due(alert: Alert) -> Next | None:
    """W2: a call back's owner is told again at each due; not of one that had passed when the alert opened."""
    if alert.family != Family.CALL_BACK:
        return None
    told = max(filter(None, (alert.opened_at, alert.due_told_at)))
    return None if told >= alert.oldest_due_at else Next(alert.oldest_due_at, alert.rung, Comes.DUE)


def _climbs_from_due(alert: Alert, steps: Sequence[LadderStep], calendar: WorkingTime) -> list[Next]:
    """W2, A13: rungs counted from the due, whether or not the one before was reached; none later than a higher one."""
    instants = [_after(alert.oldest_due_at, step, calendar) for step in steps if step.rung > alert.rung]
    return [Next(min(instants), alert.rung + 1, Comes.CLIMB)] if instants else []


def _earliest(*found: Next | None) -> Next | None:
    return min(filter(None, found), key=lambda one: one.at, default=None)


def _after(start: dt.datetime, step: LadderStep, calendar: WorkingTime) -> dt.datetime:
    """A6: working days of delay end at the opening of the Nth working day after the local date they begin on."""
    if step.unit == Unit.WORKING_HOURS:
        return calendar.add_working_hours(start, step.amount) if step.amount else start
    return calendar.opening_after(calendar.local_date(start), step.amount) if step.amount else start


def standings(alert_ids: Iterable[int], *, customers: bool = False) -> list[Standing]:
    """Read open alerts with all that their next steps rest on: a fixed number of queries, however many alerts.

    With `customers`, each alert brings its customer.
    """
    found = Alert.objects.open().filter(pk__in=list(alert_ids)).order_by("pk")
    if customers:
        found = found.select_related("customer")
    alerts = list(found.annotate(calendar_id=F("customer__clock__calendar_id")))
    if not alerts:
        return []
    ids = [alert.pk for alert in alerts]
    parts, holds, steps = defaultdict(list), defaultdict(list), defaultdict(list)
    for part in Deadline.objects.filter(LIVE, alert__in=ids).order_by("due_at", "kind", "pk"):
        parts[part.alert_id].append(part)
    for hold in Hold.objects.filter(alert__in=ids):
        holds[hold.alert_id].append(hold)
    for step in LadderStep.objects.all():
        steps[step.family].append(step)
    book = daybook_for(alerts)
    return [
        Standing(alert, parts[alert.pk], holds[alert.pk], steps[alert.family], book[_calendar_of(alert)])
        for alert in alerts
    ]


def daybook_for(alerts: Sequence[Alert]) -> Daybook:
    """Read the days around the instants from which the alerts' delays and holds are counted."""
    instants = [
        instant
        for alert in alerts
        for instant in (alert.reached_at, alert.snoozed_until, alert.oldest_due_at)
        if instant is not None
    ]
    hours = any(alert.family == Family.CALL_BACK for alert in alerts)
    return Daybook({_calendar_of(alert) for alert in alerts}, instants, hours=hours)


def _calendar_of(alert: Alert) -> int:
    return int(alert.calendar_id)  # type: ignore[attr-defined]


def schedule(alert: Alert, now: dt.datetime) -> None:
    """Write when the sweep looks at the alert next."""
    schedule_many([alert.pk], now)


def schedule_many(alert_ids: Iterable[int], now: dt.datetime) -> None:
    """Write `wake_at` of open alerts, from what comes next for each; of closed ones nothing."""
    wanted = list(alert_ids)
    if not wanted:
        return
    changed = []
    for standing in standings(wanted):
        following = standing.next()
        wake_at = following.at if following else None
        if standing.alert.wake_at != wake_at:
            standing.alert.wake_at = wake_at
            changed.append(standing.alert)
    update_many(changed, ["wake_at"])


def stamp_reached(alert_ids: Iterable[int], at: dt.datetime) -> None:
    """A3 in one UPDATE, for the sender who settles mail by mail; `schedule_many` may follow for many at once.

    Until then the alerts are due to be looked at now: if nobody comes to schedule them, the next sweep does.
    """
    Alert.objects.open().filter(
        pk__in=list(alert_ids), reached_at__isnull=True, rung__gt=Rung.NOBODY, rung_at__lte=at
    ).in_order().update(reached_at=at, wake_at=at)


def rung_reached(alert_ids: Iterable[int], at: dt.datetime) -> None:
    """A3: the first delivery of the present rung was settled `at`; delays of the next one count from it."""
    with transaction.atomic():
        waiting = Alert.objects.open().filter(
            pk__in=list(alert_ids), reached_at__isnull=True, rung__gt=Rung.NOBODY, rung_at__lte=at
        )
        ids = waiting.lock()
        if ids:
            Alert.objects.filter(pk__in=ids).update(reached_at=at)
            schedule_many(ids, at)
