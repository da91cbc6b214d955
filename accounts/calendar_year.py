"""A year of a calendar, as its page draws it: twelve months, each day with what it is and its name."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass

from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.calendar_holidays import days_of
from accounts.calendar_words import Hours, hours_words
from accounts.models import Calendar

OPEN, HALF, HOLIDAY, CLOSED = "open", "half", "holiday", "closed"


@dataclass(frozen=True)
class DayCell:
    """One date: `kind` is open, half (hours of its own), holiday (by law or by name) or closed as each week."""

    date: dt.date
    kind: str
    name: str
    hours: str

    @property
    def words(self) -> str:
        """For who does not see it, and on a tap: the date, its name, its hours."""
        day = date_format(self.date, _("l, j F"))
        return ": ".join([day, ", ".join(filter(None, [self.name, self.hours or _("closed")]))])


@dataclass(frozen=True)
class Month:
    """`lead`: how many weekdays come before its first, Monday first."""

    name: str
    lead: int
    days: list[DayCell]


@dataclass(frozen=True)
class Year:
    number: int
    months: list[Month]
    previous: int | None
    next: int | None

    @property
    def holidays(self) -> int:
        return self._count(HOLIDAY)

    @property
    def halves(self) -> int:
        return self._count(HALF)

    @property
    def working_days(self) -> int:
        return self._count(OPEN) + self.halves

    def _count(self, kind: str) -> int:
        return sum(day.kind == kind for month in self.months for day in month.days)


def year_of(calendar: Calendar, number: int) -> Year:
    """Draw a year from the tables by which everything is reckoned. Three queries."""
    first, last = dt.date(number, 1, 1), dt.date(number, 12, 31)
    hours: dict[dt.date, list[Hours]] = defaultdict(list)
    for date, opens, closes in (
        calendar.spans.filter(date__range=(first, last))
        .order_by("opens_at")
        .values_list("date", "opens_at", "closes_at")
    ):
        hours[date].append((opens.astimezone(calendar.tz).time(), closes.astimezone(calendar.tz).time()))
    names = dict(calendar.exceptions.filter(date__range=(first, last)).values_list("date", "name"))
    known = calendar.days.filter(date__range=(first, last)).values_list("date", "is_open", "holiday")
    rows = {date: (is_open, holiday) for date, is_open, holiday in known}
    spoken = days_of(calendar.country, calendar.region, number)
    months = []
    for month in range(1, 13):
        lead, length = monthrange(number, month)
        dates = [dt.date(number, month, day) for day in range(1, length + 1)]
        cells = [_cell(date, *rows[date], names, spoken, hours[date]) for date in dates if date in rows]
        months.append(Month(str(MONTHS[month]), lead if cells and cells[0].date.day == 1 else 0, cells))
    return Year(number, months, *_neighbours(calendar, number))


def _cell(
    date: dt.date,
    is_open: bool,
    holiday: str,
    names: dict[dt.date, str],
    spoken: dict[dt.date, str],
    hours: list[Hours],
) -> DayCell:
    own = date in names
    name = names.get(date) or (spoken.get(date) or holiday if holiday else "")
    if is_open:
        return DayCell(date, HALF if own else OPEN, name, hours_words(hours))
    return DayCell(date, HOLIDAY if own or holiday else CLOSED, name, "")


def _neighbours(calendar: Calendar, number: int) -> tuple[int | None, int | None]:
    from_year = calendar.built_from.year if calendar.built_from else number
    until_year = calendar.built_until.year if calendar.built_until else number
    return (number - 1 if number > from_year else None), (number + 1 if number < until_year else None)


def year_shown(calendar: Calendar, asked: str, today: dt.date) -> int:
    """The year that an address asks for, within the calendar's; else this one."""
    first = calendar.built_from.year if calendar.built_from else today.year
    last = calendar.built_until.year if calendar.built_until else today.year
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today.year
    return min(max(number, first), last)
