"""A2: an alert that starts again goes back to nobody and waits to be admitted as new."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence

from accounts.models import User
from alerts import journal
from alerts.admission import admit_key
from alerts.choices import EventKind, Rung
from alerts.models import Alert
from alerts.update_many import update_many
from crm.models import Clock

#: The columns that `empty` writes.
COLUMNS = (
    "rung",
    "rung_at",
    "reached_at",
    "admitted_at",
    "passed_over_at",
    "restarted_at",
    "snoozed_until",
    "snooze_dates_used",
    "dismissed_until",
    "dismissed_by",
    "wake_at",
)


def restart_many(alerts: Sequence[Alert], *, at: dt.datetime, why: str, actor: User | None = None) -> None:
    """Start silences again: a snooze or dismissal ends, nobody has been told; key clients are admitted at once."""
    zones = zones_of(alerts)
    for alert in alerts:
        empty(alert, zones[alert.customer_id], at)
    update_many(alerts, COLUMNS)
    journal.note_many([(alert, EventKind.RESTARTED, {"why": why}) for alert in alerts], at=at, actor=actor)
    admit_key([alert.pk for alert in alerts], at)


def empty(alert: Alert, zone: zoneinfo.ZoneInfo, at: dt.datetime, *, keep_dismissal: bool = False) -> None:
    """Set an alert's columns as a restart leaves them, without saving."""
    give_back_snooze(alert, zone, at)
    alert.rung = Rung.NOBODY
    alert.rung_at = alert.reached_at = alert.admitted_at = alert.passed_over_at = None
    alert.restarted_at = at
    if not keep_dismissal:
        alert.dismissed_until = alert.dismissed_by = None
    alert.wake_at = alert.dismissed_until


def give_back_snooze(alert: Alert, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> None:
    """A6: end a running snooze, without saving; the dates that have not passed are free again."""
    if alert.snoozed_until is None:
        return
    left = (alert.snoozed_until.astimezone(zone).date() - now.astimezone(zone).date()).days
    alert.snooze_dates_used = max(0, alert.snooze_dates_used - max(0, left))
    alert.snoozed_until = None


def zones_of(alerts: Sequence[Alert]) -> dict[int, zoneinfo.ZoneInfo]:
    """Return the zone of each alert's customer's calendar, by customer. One query."""
    rows = Clock.objects.filter(customer__in={alert.customer_id for alert in alerts}).values_list(
        "customer_id", "calendar__zone"
    )
    return {customer: zoneinfo.ZoneInfo(zone) for customer, zone in rows}
