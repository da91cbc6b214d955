"""The trail of one alert: what happened, who did it, who was told by which mail."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from alerts.choices import EventKind, Rung
from alerts.mail.trail import TONES, ended_words
from alerts.models import Alert, AlertEvent, Deadline, DeliveryItem
from crm.day_words import by_day, day_words, local_day

ICONS = {
    EventKind.OPENED: "bell-ringing",
    EventKind.JOINED: "link",
    EventKind.ADMITTED: "bell",
    EventKind.PASSED_OVER: "hourglass",
    EventKind.DUE: "clock-exclamation",
    EventKind.CLIMBED: "arrow-up",
    EventKind.RESTARTED: "rotate",
    EventKind.SNOOZED: "zzz",
    EventKind.SNOOZE_ENDED: "bell",
    EventKind.ACKNOWLEDGED: "hand-stop",
    EventKind.DISMISSED: "bell-off",
    EventKind.DISMISS_ENDED: "bell",
    EventKind.REOPENED: "rotate",
    EventKind.REASSIGNED: "arrow-right",
    EventKind.DATE_AGREED: "calendar-event",
    EventKind.CLOSED: "check",
}


@dataclass(frozen=True)
class Told:
    """A mail that told somebody: its state in words; `delivery` its id where the reader may open it."""

    name: str
    state: str
    tone: str
    delivery: int | None


@dataclass(frozen=True)
class Line:
    """One event. `why` is what the person wrote."""

    at: dt.datetime
    icon: str
    words: str
    by: str
    why: str
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True)
class Promise:
    """A promise in the alert: what, by when in words, and whether it is still open."""

    label: str
    when: str
    open: bool
    late: bool


def trail_of(alert: Alert, *, reader: User, zone: ZoneInfo) -> list[Line]:
    """Return what happened, newest first. Two queries."""
    told = _told(alert, reader)
    events = AlertEvent.objects.filter(alert=alert).select_related("actor").order_by("-at", "-pk")
    return [
        Line(
            at=event.at,
            icon=ICONS[EventKind(event.kind)],
            words=_words(event, alert, zone),
            by=_by(event, reader),
            why=str(event.data.get("reason", "")),
            told=told[event.pk],
        )
        for event in events
    ]


def promises_in(alert: Alert, *, zone: ZoneInfo, now: dt.datetime) -> list[Promise]:
    """Return the promises that the alert is about, open ones first. One query."""
    today = local_day(now, zone)
    parts = Deadline.objects.filter(alert=alert, has_twin=False).order_by("due_at", "pk")
    lines = [
        Promise(
            str(part.get_kind_display()), day_words(local_day(part.due_at, zone), today), part.is_open,
            part.is_open and part.due_at <= now,
        )
        for part in parts
    ]  # fmt: skip
    return sorted(lines, key=lambda line: not line.open)


def _told(alert: Alert, reader: User) -> defaultdict[int, list[Told]]:
    told: defaultdict[int, list[Told]] = defaultdict(list)
    items = DeliveryItem.objects.filter(event__alert=alert).select_related("recipient", "delivery").order_by("pk")
    for item in items.defer("delivery__text_body", "delivery__html_body", "delivery__attachments"):
        delivery = item.delivery
        state = str(delivery.get_state_display())
        if why := item.withheld or delivery.reason:
            state = ended_words(state, why)
        may_open = reader.is_administrator or delivery.to_user_id == reader.pk
        name = _("you") if item.recipient_id == reader.pk else item.recipient.name
        told[item.event_id].append(Told(name, state, TONES[delivery.state], delivery.pk if may_open else None))  # type: ignore[index]
    return told


def _by(event: AlertEvent, reader: User) -> str:
    if event.actor is None:
        return ""
    return _("you") if event.actor_id == reader.pk else event.actor.name


def _words(event: AlertEvent, alert: Alert, zone: ZoneInfo) -> str:
    if event.kind == EventKind.CLIMBED:
        if event.rung == Rung.ADMINISTRATORS:
            return _("Climbed to the administrators")
        return _("Climbed to the supervisor")
    if event.kind == EventKind.SNOOZED and (days := event.data.get("days")):
        return ngettext("Snoozed for %(n)s day", "Snoozed for %(n)s days", days) % {"n": days}
    if event.kind == EventKind.DISMISSED and (until := parse_datetime(str(event.data.get("until", "")))):
        return _("Dismissed until %(day)s") % {"day": by_day(local_day(until, zone), local_day(event.at, zone))}
    if event.kind == EventKind.CLOSED and event.data.get("undone"):
        return _("Closed, and taken back")
    if event.kind == EventKind.CLOSED and alert.close_reason:
        return _("Closed: %(reason)s") % {"reason": alert.get_close_reason_display()}
    return capfirst(event.get_kind_display())
