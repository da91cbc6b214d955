"""M2: whether what a mail tells may still be told, asked when it is sent, and only then."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from accounts.models import User
from alerts.choices import REPORTS, EventKind, Family
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


def recheck(reader: User, events: Sequence[AlertEvent]) -> dict[int, str]:
    """Return why each event is withheld from a reader, by event id; those that may go are not in it. Two queries."""
    if not reader.is_active:
        return {event.pk: INACTIVE for event in events}
    theirs = Clock.objects.visible_to(reader).filter(pk=OuterRef("customer_id"))
    alerts = Alert.objects.filter(pk__in={event.alert_id for event in events}).annotate(seen=Exists(theirs))
    found = {alert.pk: alert for alert in alerts}
    reasons = {event.pk: _reason(event, found.get(event.alert_id)) for event in events}
    return {pk: reason for pk, reason in reasons.items() if reason}


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
