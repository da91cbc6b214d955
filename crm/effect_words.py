"""What saving an interaction does, in one or two sentences: the drawer's line and the toast."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.choices import FELT, CountsAs
from crm.day_words import by_day, clock_time, local_day, moment, number
from crm.effects import CALL_BACK_DUE, OPEN_ALERTS, TELLS_AT, Effect, Reading
from crm.models.clock import State
from crm.sentence import PERSONAL


@dataclass(frozen=True)
class EffectLine:
    """`tone` is fine, soon, overdue or none; `icon` one of the sprite."""

    tone: str
    icon: str
    text: str


def effect_line(effect: Effect, now: dt.datetime) -> EffectLine:
    """Return the line above Save."""
    if effect.counts_as in FELT:
        return EffectLine("fine", "heart-check", _attention(effect, now))
    if effect.counts_as == CountsAs.ATTEMPT:
        return EffectLine("soon", "hourglass", _attempt(effect, now))
    if effect.counts_as == CountsAs.INBOUND:
        return EffectLine("soon", "clock-exclamation", _inbound(effect, now))
    if effect.counts_as == CountsAs.MARKS_ADDRESS:
        return EffectLine("none", "phone-x", _("The number or address is marked as wrong. The clock goes on."))
    return EffectLine("none", "info-circle", _("This counts as nothing for the clock; it stands in the history."))


def toast_text(effect: Effect, name: str, now: dt.datetime) -> str:
    """Return what the toast says after saving: "Logged. Ferretería Solís is fine until 24 Dec."."""
    status = effect.clock.status_at(now)
    if effect.counts_as in FELT and status.state == State.FINE and effect.clock.soon_at:
        return _("Logged. %(name)s is fine until %(day)s.") % {
            "name": name,
            "day": _day(effect, effect.clock.soon_at, now),
        }
    if effect.counts_as == CountsAs.ATTEMPT:
        return _("Logged as an attempt: %(name)s.") % {"name": name}
    return _("Logged: %(name)s.") % {"name": name}


def _attention(effect: Effect, now: dt.datetime) -> str:
    counts = (
        _("This counts as a personal moment.")
        if effect.counts_as == CountsAs.PERSONAL
        else _("This counts as attention.")
    )
    closed = _number(effect.before, OPEN_ALERTS) - _number(effect.after, OPEN_ALERTS)
    due = _next(effect, now, stays=effect.after.due_at == effect.before.due_at)
    if closed <= 0:
        return f"{counts} {due[:1].upper()}{due[1:]}." if due else counts
    closes = ngettext("One alert closes", "%(n)s alerts close", closed) % {"n": number(closed).capitalize()}
    if not due:
        return f"{counts} {closes}."
    return _("%(counts)s %(closes)s, and %(due)s.") % {"counts": counts, "closes": closes, "due": due}


def _next(effect: Effect, now: dt.datetime, *, stays: bool) -> str:
    """Return "the next contact is due by 24 Dec", or nothing without a cadence."""
    after = effect.after
    if after.due_at is None:
        return ""
    day = _day(effect, after.due_at, now)
    if after.due_at <= now:
        return _("they still wait for a personal moment") if after.due_kind == PERSONAL else _("they still wait")
    if stays:
        return _("the next contact stays due by %(day)s") % {"day": day}
    if after.due_kind == PERSONAL:
        return _("the next personal moment is due by %(day)s") % {"day": day}
    return _("the next contact is due by %(day)s") % {"day": day}


def _attempt(effect: Effect, now: dt.datetime) -> str:
    tells, told_before = effect.after.extra.get(TELLS_AT), effect.before.extra.get(TELLS_AT)
    if isinstance(tells, dt.datetime) and (not isinstance(told_before, dt.datetime) or tells > told_before):
        zone = effect.clock.calendar.tz
        return _("An attempt: the clock goes on. Nobody else is told before %(day)s at %(time)s.") % {
            "day": by_day(local_day(tells, zone), local_day(now, zone)),
            "time": clock_time(tells, zone),
        }
    due = effect.after.due_at
    if due is not None and due > now:
        return _("An attempt: the clock goes on, the next contact stays due by %(day)s.") % {
            "day": _day(effect, due, now)
        }
    return _("An attempt: the clock goes on.")


def _inbound(effect: Effect, now: dt.datetime) -> str:
    due = effect.after.extra.get(CALL_BACK_DUE)
    if isinstance(due, dt.datetime):
        return _("They wait for you: a call back is due %(when)s.") % {
            "when": moment(due, effect.clock.calendar.tz, now)
        }
    return _("They wait for you.")


def _day(effect: Effect, at: dt.datetime, now: dt.datetime) -> str:
    zone = effect.clock.calendar.tz
    return by_day(local_day(at, zone), local_day(now, zone))


def _number(reading: Reading, name: str) -> int:
    value = reading.extra.get(name, 0)
    return value if isinstance(value, int) else 0
