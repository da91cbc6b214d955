"""The events of alerts: what happened, when, by whom, and whether it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from accounts.models import User
from alerts.choices import EventKind, Family
from alerts.models import Alert, AlertEvent

#: Told of call backs, promises and reviews: to whom they are owed by, at once (W2, A13).
TOLD = frozenset({EventKind.OPENED, EventKind.DUE, EventKind.CLIMBED, EventKind.REOPENED, EventKind.REASSIGNED})
#: Told of a silence; "opened" never is, "admitted" is (A4).
TOLD_OF_SILENCES = frozenset({EventKind.ADMITTED, EventKind.CLIMBED, EventKind.SNOOZE_ENDED, EventKind.REOPENED})


def is_told(alert: Alert, kind: str) -> bool:
    """Whether an event becomes mail by ENGINE's rule: of a silence only once it is admitted."""
    if alert.family == Family.SILENCE:
        return kind in TOLD_OF_SILENCES and alert.admitted_at is not None
    return kind in TOLD


def entry(
    alert: Alert,
    kind: str,
    *,
    at: dt.datetime,
    actor: User | None = None,
    rung: int | None = None,
    data: dict[str, Any] | None = None,
    tell: bool | None = None,
) -> AlertEvent:
    """Make an event without saving it. Without `tell` the rule decides; without `rung` it is the alert's."""
    return AlertEvent(
        alert=alert,
        kind=kind,
        at=at,
        actor=actor,
        rung=alert.rung if rung is None else rung,
        data=data or {},
        tell=is_told(alert, kind) if tell is None else tell,
    )


def note(
    alert: Alert,
    kind: str,
    *,
    at: dt.datetime,
    actor: User | None = None,
    rung: int | None = None,
    data: dict[str, Any] | None = None,
    tell: bool | None = None,
) -> AlertEvent:
    """Save one event of an alert, as `entry` makes it."""
    event = entry(alert, kind, at=at, actor=actor, rung=rung, data=data, tell=tell)
    event.save()
    return event


def note_many(
    entries: Iterable[tuple[Alert, str, dict[str, Any]]], *, at: dt.datetime, actor: User | None = None
) -> list[AlertEvent]:
    """Save one event for each (alert, kind, data), in their order, as `entry` makes them."""
    return save_all(entry(alert, kind, at=at, actor=actor, data=data) for alert, kind, data in entries)


def save_all(events: Iterable[AlertEvent]) -> list[AlertEvent]:
    """Save events that `entry` made, in their order."""
    return AlertEvent.objects.bulk_create(events, batch_size=1000)
