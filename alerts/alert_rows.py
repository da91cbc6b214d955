"""Rows of the list of alerts: who, why in a sentence, where on the ladder, what comes next. Read at once for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.acting import current_absences
from accounts.models import Absence, User
from alerts.choices import CloseReason, Family, Rung
from alerts.models import Alert, Deadline
from alerts.models.deadline import OPEN
from alerts.querysets import AlertQuerySet
from crm.day_words import WEEK, clock_time, day_words, local_day, on_day, short_date, span
from crm.models import Clock, Customer, Task
from crm.sentence import Accepted, Fact, call_back_facts, facts_of, with_facts
from crm.waits import Wait, waits_of


@dataclass(frozen=True)
class Chip:
    """Where an alert stands, in a word; `tone` is a badge of the look, `icon` may be empty."""

    label: str
    tone: str
    icon: str = ""


@dataclass(frozen=True)
class Row:
    """One alert as a list shows it. `away` says that its owner is not here, and who covers."""

    alert: Alert
    clock: Clock
    facts: list[Fact]
    chip: Chip
    since: str
    next: str = ""
    away: str = ""
    on_it: str = ""

    @property
    def customer(self) -> Customer:
        return self.clock.customer

    @property
    def is_silence(self) -> bool:
        """Only silences are snoozed, acknowledged or dismissed (A7)."""
        return self.alert.is_open and self.alert.family == Family.SILENCE

    @property
    def is_quiet(self) -> bool:
        return bool(self.alert.snoozed_until or self.alert.dismissed_until)

    @property
    def never(self) -> bool:
        return self.alert.is_open and self.clock.last_attention_at is None


@dataclass
class Group:
    """Rows under one heading; `count` is how many there are on all pages."""

    name: str
    title: str
    count: int
    rows: list[Row] = field(default_factory=list)


def read_alerts(pks: Sequence[int]) -> list[Alert]:
    """Read alerts with the people whom their rows name, in the order of `pks`. One query."""
    people = ("acknowledged_by", "dismissed_by", "closed_by_interaction__entered_by")
    alerts = AlertQuerySet(Alert).select_related(*people).in_bulk(pks) if pks else {}
    return [alerts[pk] for pk in pks if pk in alerts]


def rows_of(alerts: Sequence[Alert], *, reader: User, now: dt.datetime) -> list[Row]:
    """Make the rows, in the order of `alerts`. At most five queries, however many."""
    ids = {alert.customer_id for alert in alerts}
    clocks = {clock.pk: clock for clock in with_facts(Clock.objects.filter(pk__in=ids))} if ids else {}
    waits = waits_of(clocks.values(), now)
    maker = _Maker(reader, now, _oldest_parts(alerts), _absences(clocks, now))
    return [maker.row(alert, clocks[alert.customer_id], waits.get(alert.customer_id)) for alert in alerts]


def _oldest_parts(alerts: Sequence[Alert]) -> dict[int, Deadline]:
    """The oldest open part of each alert that is no silence, with the title of the task that was promised."""
    ids = [alert.pk for alert in alerts if alert.family != Family.SILENCE and alert.is_open]
    if not ids:
        return {}
    title = Task.objects.filter(pk=OuterRef("subject_id")).values("title")[:1]
    parts = Deadline.objects.filter(OPEN, alert__in=ids).annotate(task_title=Subquery(title))
    return {part.alert_id: part for part in parts.order_by("-due_at", "-pk") if part.alert_id}


def _absences(clocks: dict[int, Clock], now: dt.datetime) -> dict[int, Absence]:
    owners = {clock.owner_id for clock in clocks.values() if clock.owner_id}
    if not owners:
        return {}
    rows = current_absences(now).filter(user__in=owners).select_related("cover").order_by("starts_at", "pk")
    return {absence.user_id: absence for absence in rows}


@dataclass(frozen=True)
class _Maker:
    """What every row of a page is made from."""

    reader: User
    now: dt.datetime
    parts: dict[int, Deadline]
    absences: dict[int, Absence]

    def row(self, alert: Alert, clock: Clock, wait: Wait | None) -> Row:
        zone = clock.calendar.tz
        return Row(
            alert,
            clock,
            self._facts(alert, clock, wait) if alert.is_open else [_answer(alert, zone, self.now)],
            chip_of(alert, zone),
            _since(alert, zone, self.now),
            _next(alert, zone, self.now) if alert.is_open else "",
            self._away(clock, zone),
            self._on_it(alert),
        )

    def _facts(self, alert: Alert, clock: Clock, wait: Wait | None) -> list[Fact]:
        part = self.parts.get(alert.pk)
        if alert.family == Family.CALL_BACK and part:
            return call_back_facts(
                called_at=part.anchor_at,
                due_at=part.due_at,
                hours=part.amount,
                clock=clock,
                reader=self.reader,
                now=self.now,
            )
        if alert.family == Family.PROMISE and part:
            return _promise(part, clock.calendar.tz, self.now)
        accepted = Accepted(alert.dismissed_by, alert.dismissed_until) if alert.dismissed_until else None
        return facts_of(clock, reader=self.reader, now=self.now, wait=wait, accepted=accepted)

    def _away(self, clock: Clock, zone: ZoneInfo) -> str:
        absence = self.absences.get(clock.owner_id or 0)
        if absence is None:
            return ""
        said = _("away")
        if absence.ends_at:
            back = local_day(absence.ends_at, zone)
            said = _("away until %(day)s") % {"day": short_date(back, local_day(self.now, zone))}
        if absence.cover is None:
            return _("%(away)s, no cover") % {"away": said}
        if absence.cover_id == self.reader.pk:
            return _("%(away)s, you cover") % {"away": said}
        return _("%(away)s, %(name)s covers") % {"away": said, "name": absence.cover.get_short_name()}

    def _on_it(self, alert: Alert) -> str:
        who = alert.acknowledged_by
        if who is None or not alert.is_open:
            return ""
        if who.pk == self.reader.pk:
            return _("You are on it.")
        return _("%(name)s is on it.") % {"name": who.get_short_name()}


def chip_of(alert: Alert, zone: ZoneInfo) -> Chip:
    """Where an alert stands, in a word."""
    if not alert.is_open:
        kept = alert.close_reason in (CloseReason.ATTENDED, CloseReason.ATTENDED_IN_TIME, CloseReason.KEPT)
        return Chip(capfirst(alert.get_close_reason_display()), "fine" if kept else "none", "check")
    if alert.dismissed_until:
        day = date_format(alert.dismissed_until.astimezone(zone), _("j M"))
        return Chip(_("Until %(day)s") % {"day": day}, "none", "bell-off")
    if alert.snoozed_until:
        day = date_format(alert.snoozed_until.astimezone(zone), _("j M"))
        return Chip(_("Until %(day)s") % {"day": day}, "none", "zzz")
    if alert.rung >= Rung.SUPERVISOR:
        return Chip(str(Rung(alert.rung).label), "up", "arrow-up")
    if alert.family != Family.SILENCE:
        return Chip(str(Family(alert.family).label), "brand")
    if alert.admitted_at is None:
        return Chip(_("Waits its turn"), "none", "hourglass")
    return Chip(str(Rung.OWNER.label), "brand")


def _promise(part: Deadline, zone: ZoneInfo, now: dt.datetime) -> list[Fact]:
    day = local_day(part.due_at, zone)
    title = getattr(part, "task_title", None) or _("a follow-up")
    return [
        Fact("promised", _("Promised: %(what)s") % {"what": title}, day, strong=True),
        Fact("due", _("due %(day)s") % {"day": on_day(day, local_day(now, zone))}, day),
    ]


def _answer(alert: Alert, zone: ZoneInfo, now: dt.datetime) -> Fact:
    """How an alert ended: "Ana on Thursday, attended late"."""
    assert alert.closed_at is not None
    day = on_day(local_day(alert.closed_at, zone), local_day(now, zone))
    interaction = alert.closed_by_interaction
    who = interaction.entered_by if interaction else None
    if who is None:
        return Fact("answered", _("Settled %(day)s") % {"day": day}, alert.closed_at.date())
    words = _("%(name)s took care of it %(day)s") % {"name": who.get_short_name(), "day": day}
    return Fact("answered", words, alert.closed_at.date())


def _since(alert: Alert, zone: ZoneInfo, now: dt.datetime) -> str:
    """How long it has been open, or was."""
    end = alert.closed_at or now
    days = (local_day(end, zone) - local_day(alert.opened_at, zone)).days
    if days < 1:
        waited = span((end - alert.opened_at).total_seconds())
        return (_("open %(time)s") if alert.is_open else _("was open %(time)s")) % {"time": waited}
    if not alert.is_open:
        return ngettext("was open %(n)s day", "was open %(n)s days", days) % {"n": days}
    if days == 1:
        return _("since yesterday")
    return ngettext("open %(n)s day", "open %(n)s days", days) % {"n": days}


def _next(alert: Alert, zone: ZoneInfo, now: dt.datetime) -> str:
    """What comes next by itself, from the alert's own columns: "Supervisor Thu 09:00"; whom exactly, its page says."""
    at = alert.wake_at
    if at is None or alert.dismissed_until:
        return ""
    when = {"when": _when(at, zone, now)}
    if alert.snoozed_until:
        return _("back %(when)s") % when
    if alert.family == Family.CALL_BACK and at == alert.oldest_due_at:
        return _("due %(when)s") % when
    if alert.admitted_at is None or alert.rung >= Rung.ADMINISTRATORS:
        return ""
    if alert.rung >= Rung.SUPERVISOR:
        return _("administrators %(when)s") % when
    return _("supervisor %(when)s") % when


def _when(at: dt.datetime, zone: ZoneInfo, now: dt.datetime) -> str:
    day, today = local_day(at, zone), local_day(now, zone)
    if at <= now:
        return _("any minute")
    if day == today:
        return clock_time(at, zone)
    if (day - today).days <= WEEK:
        return f"{date_format(day, 'D')} {clock_time(at, zone)}"
    return day_words(day, today)
