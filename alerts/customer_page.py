"""What alerts add to the page of a customer: the promises panel, words beside the state, entries of the history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from alerts.choices import EventKind, Family, Kind, Rung
from alerts.models import AlertEvent, Deadline
from alerts.querysets import DeadlineQuerySet
from crm import panels, timeline
from crm.day_words import day_words
from crm.models import Clock, Task
from crm.panels import Badge, Panel
from crm.timeline import Moment, Request

#: Beside crm's own sources, which are tens too.
POSITION = 40
#: Told in a history. The others say when something was told to whom, which the alert's own page says.
SHOWN = (
    EventKind.CLIMBED,
    EventKind.SNOOZED,
    EventKind.ACKNOWLEDGED,
    EventKind.DISMISSED,
    EventKind.REOPENED,
    EventKind.DATE_AGREED,
)
ICONS = {
    EventKind.CLIMBED: ("arrow-up", "bad"),
    EventKind.SNOOZED: ("clock-pause", ""),
    EventKind.ACKNOWLEDGED: ("hand-stop", "in"),
    EventKind.DISMISSED: ("bell-off", ""),
    EventKind.REOPENED: ("rotate", "bad"),
    EventKind.DATE_AGREED: ("calendar-event", ""),
}


@dataclass(frozen=True)
class PromiseLine:
    """One open promise: what, and by when in words; `late` once that has passed."""

    label: str
    when: str
    late: bool


def register() -> None:
    """Fill crm's registries; called when the app starts."""
    panels.register_panel(promises, position=10)
    panels.register_badges(badges, position=10)
    timeline.register(moments, position=POSITION)


def promises(clock: Clock, _reader: User, now: dt.datetime) -> Panel | None:
    """The open promises to a customer, soonest first."""
    zone = clock.calendar.tz
    today = now.astimezone(zone).date()
    lines = [
        PromiseLine(_label(deadline), day_words(deadline.due_at.astimezone(zone).date(), today), deadline.due_at <= now)
        for deadline in _open_deadlines(clock)
    ]
    return Panel("alerts/_promises.html", lines) if lines else None


def badges(clock: Clock, reader: User, now: dt.datetime) -> Iterator[Badge]:
    """What is being done about the silence: waits its turn, climbed, on it, paused, accepted."""
    silent = next((one.alert for one in _open_deadlines(clock) if one.alert and one.alert.is_open), None)
    if silent is None or silent.family != Family.SILENCE:
        return
    zone = clock.calendar.tz
    if silent.dismissed_until:
        day = date_format(silent.dismissed_until.astimezone(zone), _("j M"))
        yield Badge(_("accepted until %(day)s") % {"day": day}, "bell-off")
    elif silent.snoozed_until:
        day = date_format(silent.snoozed_until.astimezone(zone), _("j M"))
        yield Badge(_("paused until %(day)s") % {"day": day}, "clock-pause")
    elif silent.rung >= Rung.SUPERVISOR:
        yield Badge(str(Rung(silent.rung).label), "arrow-up", "up")
    elif silent.passed_over_at and not silent.admitted_at:
        yield Badge(_("waits its turn"), "hourglass")
    if silent.acknowledged_by_id:
        assert silent.acknowledged_by is not None
        who = silent.acknowledged_by
        name = _("you") if who.pk == reader.pk else who.get_short_name()
        yield Badge(_("%(name)s is on it") % {"name": name}, "hand-stop", "brand")


def _open_deadlines(clock: Clock) -> list[Deadline]:
    """The open deadlines with their alerts, read once a page."""
    found: list[Deadline] | None = getattr(clock, "_open_deadlines", None)
    if found is None:
        title = Task.objects.filter(pk=OuterRef("subject_id")).values("title")[:1]
        rows = DeadlineQuerySet(Deadline).open().filter(customer=clock.pk, suspended_at__isnull=True)
        rows = rows.select_related("alert", "alert__acknowledged_by").annotate(task_title=Subquery(title))
        found = list(rows.order_by("due_at", "pk")[:20])
        clock._open_deadlines = found  # type: ignore[attr-defined]
    return found


def _label(deadline: Deadline) -> str:
    if deadline.kind == Kind.PROMISE:
        return str(getattr(deadline, "task_title", "") or Kind.PROMISE.label)
    return str(Kind(deadline.kind).label)


def moments(request: Request) -> Iterator[Moment]:
    """What was done about this customer's alerts. One query."""
    rows = AlertEvent.objects.filter(request.older("at"), alert__customer=request.customer, kind__in=SHOWN)
    for row in rows.select_related("actor", "alert").order_by("-at", "-pk")[: request.limit]:
        icon, tone = ICONS[EventKind(row.kind)]
        yield Moment(
            at=row.at,
            pk=row.pk,
            icon=icon,
            tone=tone,
            headline=_headline(row),
            about=_about(row, request.reader),
            text=str(row.data.get("reason", "")),
            anchor=f"alert-event-{row.pk}",
        )


def _headline(event: AlertEvent) -> str:
    if event.kind == EventKind.CLIMBED:
        to_administrators = event.rung == Rung.ADMINISTRATORS
        return _("Climbed to the administrators") if to_administrators else _("Climbed to the supervisor")
    return {
        EventKind.SNOOZED: _("Alert paused"),
        EventKind.ACKNOWLEDGED: _("Somebody is on it"),
        EventKind.DISMISSED: _("Silence accepted"),
        EventKind.REOPENED: _("Alert back: a contact was removed"),
        EventKind.DATE_AGREED: _("A date was agreed"),
    }[EventKind(event.kind)]


def _about(event: AlertEvent, reader: User) -> str:
    if event.actor is None:
        return str(Family(event.alert.family).label)
    name = _("you") if event.actor_id == reader.pk else event.actor.get_short_name()
    return _("by %(name)s") % {"name": name}
