"""Alerts whose next step has come: they climb, a snooze or dismissal ends, a due is told (A3, A6, A7, W2)."""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from alerts import journal
from alerts.admission import admit_key
from alerts.choices import EventKind
from alerts.holds import one_day_hold
from alerts.ladder import Comes, Next, Standing, standings
from alerts.models import Alert, AlertEvent, Hold
from alerts.recipients import NOBODY, TOLD_BEFORE, recipients_of
from alerts.restart import COLUMNS as RESTARTED
from alerts.restart import empty
from alerts.update_many import update_many

log = logging.getLogger(__name__)

#: Alerts of one transaction.
BATCH = 500
#: How long one that fails is put off.
DEFERRED = dt.timedelta(hours=1)
#: An alert takes at most so many steps at once: due, two rungs, an end of a snooze or dismissal.
ROUNDS = 6
#: What a step writes.
COLUMNS = tuple(dict.fromkeys([*RESTARTED, "due_told_at", "error"]))


def climb_due(now: dt.datetime, limit: int = BATCH) -> int:
    """Take every alert that is due to be looked at a step on; returns how many were.

    `limit` at a time, each batch in a transaction of its own; rows that another worker holds are left to it. A batch
    that fails is redone one by one: the bad ones are put off an hour with their error, the rest is kept, and the
    first error is raised at the end.
    """
    climbed, errors = 0, list[Exception]()
    while True:
        try:
            with transaction.atomic():
                ids = _claim(now, limit)
                if ids:
                    _step(ids, now)
            climbed += len(ids)
        except Exception:
            log.exception("A batch of climbs failed; it is done again one by one.")
            ids, failed = _one_by_one(now, limit)
            climbed += len(ids) - len(failed)
            errors += failed
        if len(ids) < limit:
            break
    if errors:
        raise errors[0]
    return climbed


def _claim(now: dt.datetime, limit: int, only: int | None = None) -> list[int]:
    """Lock due alerts that nobody else holds, by the partial index on wake_at."""
    due = Alert.objects.open().filter(wake_at__lte=now)
    if only is not None:
        due = due.filter(pk=only)
    locked = due.order_by("wake_at", "pk").select_for_update(skip_locked=True)
    return list(locked.values_list("pk", flat=True)[:limit])


def _one_by_one(now: dt.datetime, limit: int) -> tuple[list[int], list[Exception]]:
    errors = []
    ids = list(
        Alert.objects.open().filter(wake_at__lte=now).order_by("wake_at", "pk").values_list("pk", flat=True)[:limit]
    )
    for pk in ids:
        try:
            with transaction.atomic():
                _step(_claim(now, 1, only=pk), now)
        except Exception as error:  # noqa: BLE001 - stored with the alert, and raised at the end
            Alert.objects.filter(pk=pk).update(wake_at=now + DEFERRED, error=f"{type(error).__name__}: {error}")
            errors.append(error)
    return ids, errors


@dataclass
class _Steps:
    """The steps of one batch: what they append, before it is all written at once."""

    now: dt.datetime
    events: list[AlertEvent] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    restarted: list[Alert] = field(default_factory=list)

    def take(self, standing: Standing, following: Next) -> None:
        """Take one step that is no climb."""
        alert = standing.alert
        if following.kind == Comes.DUE:
            alert.due_told_at = self.now
            self.events.append(journal.entry(alert, EventKind.DUE, at=self.now))
        elif following.kind == Comes.SNOOZE_END:
            hold = one_day_hold(alert, Hold.Why.SNOOZE, standing.calendar, following.at)
            standing.holds.append(hold)
            self.holds.append(hold)
            alert.snoozed_until = None
            self.events.append(journal.entry(alert, EventKind.SNOOZE_ENDED, at=self.now))
        else:
            self.events.append(journal.entry(alert, EventKind.DISMISS_ENDED, at=self.now, tell=False))
            # A dismissal ends a snooze, so there is none to give back.
            empty(alert, zoneinfo.ZoneInfo("UTC"), self.now)
            self.events.append(journal.entry(alert, EventKind.RESTARTED, at=self.now, data={"why": "dismissal"}))
            self.restarted.append(alert)

    def climb(self, climbs: Sequence[tuple[Standing, Next]]) -> None:
        """Move alerts a rung up. One without anybody new passes at its own instant and counts as reached then (A3)."""
        events = []
        for standing, following in climbs:
            alert = standing.alert
            alert.rung, alert.rung_at, alert.reached_at = following.rung, self.now, None
            weekly = any(step.rung == alert.rung and step.channel == "weekly" for step in standing.steps)
            events.append(journal.entry(alert, EventKind.CLIMBED, at=self.now, tell=False if weekly else None))
        for event, told, (standing, following) in zip(events, recipients_of(events, self.now), climbs, strict=True):
            if not told.people and told.why in (NOBODY, TOLD_BEFORE):
                standing.alert.rung_at = standing.alert.reached_at = following.at
                event.tell, event.data = False, {"passed": told.why}
        self.events += events


def _step(ids: Iterable[int], now: dt.datetime) -> None:
    """Take the given alerts as far as `now` goes. The number of queries does not grow with them."""
    found = standings(ids, customers=True)
    steps = _Steps(now)
    for _round in range(ROUNDS):
        due = [(one, following) for one in found if (following := one.next()) and following.at <= now]
        if not due:
            break
        climbs = [(one, following) for one, following in due if following.kind == Comes.CLIMB]
        for one, following in due:
            if following.kind != Comes.CLIMB:
                steps.take(one, following)
        if climbs:
            steps.climb(climbs)
    for one in found:
        upcoming = one.next()
        one.alert.wake_at = upcoming.at if upcoming else None
        one.alert.error = ""
    update_many([one.alert for one in found], COLUMNS)
    Hold.objects.bulk_create(steps.holds, batch_size=1000)
    journal.save_all(steps.events)
    admit_key([alert.pk for alert in steps.restarted], now)
