"""An absence in words, by the person's own calendar: "24 Nov 14:00 – 27 Nov", and who planned and changed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Absence, Calendar, User

#: So many changes are told, newest first.
CHANGES = 20


@dataclass(frozen=True)
class Shown:
    """One absence as the page prints it."""

    absence: Absence
    days: str
    is_now: bool


@dataclass(frozen=True)
class Change:
    """Who planned, changed or withdrew an absence, and how it was from then on."""

    at: dt.datetime
    who: User | None
    act: str
    days: str
    cover: str


def shown(absences: Iterable[Absence], calendar: Calendar, now: dt.datetime) -> list[Shown]:
    return [Shown(one, days_words(one, calendar, now), one.starts_at <= now) for one in absences]


def days_words(absence: Any, calendar: Calendar, now: dt.datetime) -> str:
    """Say from when to when; an hour stands only where a day is not whole."""
    year = now.astimezone(calendar.tz).year
    starts = absence.starts_at.astimezone(calendar.tz)
    first = _day(starts, year) if starts.time() == dt.time(0) else _day_and_hour(starts, year)
    if absence.ends_at is None:
        return _("from %(first)s on") % {"first": first}
    ends = absence.ends_at.astimezone(calendar.tz)
    if ends.time() == dt.time(0):
        ends -= dt.timedelta(days=1)
        if ends.date() <= starts.date():
            hour = f"{starts:%H:%M}"
            whole = starts.time() == dt.time(0)
            return first if whole else _("%(day)s from %(hour)s") % {"day": _day(starts, year), "hour": hour}
        return f"{first} – {_day(ends, year)}"
    last = f"{ends:%H:%M}" if ends.date() == starts.date() else _day_and_hour(ends, year)
    return f"{first} – {last}"


def changes_of(user: User, calendar: Calendar, now: dt.datetime) -> list[Change]:
    """Return the latest changes of a person's absences, newest first. Two queries."""
    rows: Any = Absence.history.filter(user=user.pk).select_related("history_user").order_by("-history_id")
    found = list(rows[:CHANGES])
    names = {one.pk: one.name for one in User.objects.filter(pk__in={row.cover_id for row in found if row.cover_id})}
    return [
        Change(
            row.history_date,
            row.history_user,
            row.history_type,
            days_words(row, calendar, now),
            names.get(row.cover_id, ""),
        )
        for row in found
    ]


def _day(at: dt.datetime, year: int) -> str:
    return date_format(at.date(), _("j M") if at.year == year else _("j M Y"))


def _day_and_hour(at: dt.datetime, year: int) -> str:
    return f"{_day(at, year)} {at:%H:%M}"
