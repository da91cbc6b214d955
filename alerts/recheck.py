"""M2: whether what a mail tells may still be told, asked when it is sent, and only then."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from accounts.models import User
from alerts.choices import REPORTS, CloseReason, EventKind, Family
from alerts.models import Alert, AlertEvent
from crm.models import Clock

DEMO = "not sent: demo"
INACTIVE = "works here no more"
NOT_THEIRS = "not theirs to see any more"
CLOSED = "attended in the meantime"
SNOOZED = "snoozed in the meantime"
DISMISSED = "dismissed in the meantime"
REOPENED = "open again in the meantime"
RESTARTED = "started again in the meantime"
EMPTY = "nothing left to tell"
CHANGED = "changed in the meantime"
SWITCHED_OFF = "switched off by its reader"


def recheck(reader: User, events: Sequence[AlertEvent]) -> dict[int, str]:
    """Return why each event is withheld from a reader, by event id; those that may go are not in it. Two queries."""
    if not reader.is_active:
        return {event.pk: INACTIVE for event in events}
    theirs = Clock.objects.visible_to(reader).filter(pk=OuterRef("customer_id"))
    alerts = Alert.objects.filter(pk__in={event.alert_id for event in events}).annotate(seen=Exists(theirs))
    found = {alert.pk: alert for alert in alerts}
    reasons = {event.pk: _reason(event, found.get(event.alert_id)) for event in events}
    if not reader.daily_lines:
        reasons |= {event.pk: reasons[event.pk] or SWITCHED_OFF for event in events if only_informs(event)}
    return {pk: reason for pk, reason in reasons.items() if reason}


def only_informs(event: AlertEvent) -> bool:
    """Whether an event is told for its reader to know only: what it said may be switched off."""
    return event.kind == EventKind.CLOSED and event.data.get("reason") != CloseReason.DATE_AGREED


def _reason(event: AlertEvent, alert: Alert | None) -> str:
    if alert is None or not alert.seen:  # type: ignore[attr-defined]
        return NOT_THEIRS
    if event.kind == EventKind.CLOSED and alert.closed_at is None:
        return REOPENED
    if event.kind in REPORTS:
        return ""
    if alert.closed_at is not None:
        return CLOSED
    if alert.family != Family.SILENCE:
        return ""
    if alert.snoozed_until is not None:
        return SNOOZED
    if alert.dismissed_until is not None:
        return DISMISSED
    if event.kind in (EventKind.ADMITTED, EventKind.CLIMBED) and alert.rung < event.rung:
        return RESTARTED
    return ""
