"""Working time, walked date by date from a calendar's weekly hours, exceptions and holidays (T2, T5, T6, W2)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import defaultdict
from functools import cache

import holidays

from accounts.models import Calendar, CalendarException, WeeklySpan
from tests.accounts.walk import DAY, Hours, Walk

Exceptions = tuple[tuple[dt.date, dt.time | None, dt.time | None], ...]


class Days(Walk):
    """A calendar by its rows; instants are UTC, dates are local ones."""

    first: dt.date

    def date_of(self, instant: dt.datetime) -> dt.date:
        """The local date of an instant (T5)."""
        return instant.astimezone(zoneinfo.ZoneInfo(self.zone)).date()

    def day_after(self, date: dt.date, days: int, *, working: bool) -> dt.date:
        """The date N days after (T2); the calendar's first date for what is anchored before it (T4)."""
        if date < self.first:
            return self.first
        return self.working_day_after(date, days) if working else date + days * DAY

    def opening_after(self, date: dt.date, days: int) -> dt.datetime:
        """The opening of the Nth working day after (A6)."""
        return self.opening(self.working_day_after(date, days))

    def after_seconds(self, start: dt.datetime, seconds: int) -> dt.datetime:
        """The instant so many working seconds later; a sum that ends on a closing is due then (W2)."""
        date = max(self.date_of(start) - DAY, self.first)
        while True:
            for opens, closes in sorted(self.spans(date)):
                begins = max(opens, start)
                if closes <= begins:
                    continue
                if seconds <= (closes - begins).total_seconds():
                    return begins + dt.timedelta(seconds=seconds)
                seconds -= int((closes - begins).total_seconds())
            date += DAY


def days_of(calendars: list[int]) -> dict[int, Days]:
    """The calendars as their rows say now. Three queries."""
    weekly: dict[int, list[tuple[int, dt.time, dt.time]]] = defaultdict(list)
    for span in WeeklySpan.objects.order_by("pk"):
        weekly[span.calendar_id].append((span.weekday, span.opens, span.closes))
    other: dict[int, list[tuple[dt.date, dt.time | None, dt.time | None]]] = defaultdict(list)
    for row in CalendarException.objects.order_by("pk"):
        other[row.calendar_id].append((row.date, row.opens, row.closes))
    return {
        one.pk: _days(
            one.zone,
            one.country,
            one.region,
            one.built_from or dt.date.min,
            tuple(weekly[one.pk]),
            tuple(other[one.pk]),
        )
        for one in Calendar.objects.filter(pk__in=calendars)
    }


@cache
def _days(
    zone: str,
    country: str,
    region: str,
    first: dt.date,
    weekly: tuple[tuple[int, dt.time, dt.time], ...],
    other: Exceptions,
) -> Days:
    by_weekday: dict[int, list[Hours]] = defaultdict(list)
    for weekday, opens, closes in weekly:
        by_weekday[weekday].append((opens, closes))
    by_date: dict[dt.date, list[Hours]] = defaultdict(list)
    for date, begins, ends in other:
        by_date[date] += [(begins, ends)] if begins and ends else []
    days = Days(zone, dict(by_weekday), dict(by_date), _holidays(country, region, first.year))
    days.first = first
    return days


@cache
def _holidays(country: str, region: str, year: int) -> set[dt.date]:
    if not country:
        return set()
    return set(holidays.country_holidays(country, subdiv=region or None, years=range(year, year + 6)))
