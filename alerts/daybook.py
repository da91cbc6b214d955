"""Days and hours of several calendars, read at once, so that many alerts are reckoned without a query for each.

Only looks up what stands in the tables of working time: day D's ordinal + N, as `accounts.working_time` does in SQL.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts import reckoning
from accounts.models import Calendar, CalendarDay, WorkingSpan

#: How many days beyond the last date asked for are read: delays, holds and intervals of this engine are shorter.
AHEAD = dt.timedelta(days=40)
BEFORE = dt.timedelta(days=2)


@dataclass
class WorkDays:
    """One calendar's part of a daybook. Answers as `accounts.reckoning`, which it asks for what it has not read."""

    calendar: Calendar
    ordinals: dict[dt.date, int] = field(default_factory=dict)
    open_dates: dict[int, tuple[dt.date, dt.datetime]] = field(default_factory=dict)
    spans: list[tuple[dt.datetime, dt.datetime, int]] = field(default_factory=list)

    def local_date(self, instant: dt.datetime) -> dt.date:
        return reckoning.local_date(self.calendar, instant)

    def start_of(self, date: dt.date) -> dt.datetime:
        """Return 00:00 of a local date, in UTC."""
        return reckoning.start_of(self.calendar, date)

    def is_working_day(self, date: dt.date) -> bool:
        ordinal = self.ordinals.get(date)
        if ordinal is None:
            return reckoning.is_working_day(self.calendar, date)
        return ordinal in self.open_dates and self.open_dates[ordinal][0] == date

    def working_day_after(self, date: dt.date, days: int = 1) -> dt.date:
        """Return the Nth working day after a local date. May raise `BeyondCalendar`."""
        found = self._after(date, days)
        return found[0] if found else reckoning.working_day_after(self.calendar, date, days)

    def opening_after(self, date: dt.date, days: int) -> dt.datetime:
        """Return the opening of the Nth working day after a local date (A6). May raise `BeyondCalendar`."""
        found = self._after(date, days)
        return found[1] if found else reckoning.opening_of_working_day_after(self.calendar, date, days)

    def add_working_hours(self, instant: dt.datetime, hours: int) -> dt.datetime:
        """Return the instant N working hours later (W2). May raise `BeyondCalendar`."""
        at = bisect_right(self.spans, instant, key=lambda span: span[1])
        if at < len(self.spans):
            opens, closes, worked = self.spans[at]
            into = max(0, int((instant - opens).total_seconds()))
            target = worked + into + hours * 3600
            for opens, closes, worked in self.spans[at:]:
                if worked + int((closes - opens).total_seconds()) >= target:
                    return opens + dt.timedelta(seconds=target - worked)
        return reckoning.add_working_hours(self.calendar, instant, hours)

    def _after(self, date: dt.date, days: int) -> tuple[dt.date, dt.datetime] | None:
        ordinal = self.ordinals.get(date)
        return None if ordinal is None else self.open_dates.get(ordinal + days)


class Daybook:
    """`daybook[calendar_id]` gives that calendar's days. Two queries to read, three with hours."""

    def __init__(self, calendars: Iterable[int], instants: Iterable[dt.datetime], *, hours: bool = False) -> None:
        """Read the days around `instants` of the calendars with these ids."""
        self._days = {one.pk: WorkDays(one) for one in Calendar.objects.filter(pk__in=set(calendars))}
        known = [instant.date() for instant in instants]
        if known and self._days:
            first, last = min(known) - BEFORE, max(known) + AHEAD
            self._read_days(first, last)
            if hours:
                self._read_spans(first, last)

    def __getitem__(self, calendar_id: int) -> WorkDays:
        return self._days[calendar_id]

    def _read_days(self, first: dt.date, last: dt.date) -> None:
        rows = CalendarDay.objects.filter(calendar__in=self._days, date__range=(first, last)).values_list(
            "calendar_id", "date", "ordinal", "is_open", "opens_at"
        )
        for calendar_id, date, ordinal, is_open, opens_at in rows:
            days = self._days[calendar_id]
            days.ordinals[date] = ordinal
            if is_open:
                days.open_dates[ordinal] = (date, opens_at)

    def _read_spans(self, first: dt.date, last: dt.date) -> None:
        rows = (
            WorkingSpan.objects.filter(calendar__in=self._days, date__range=(first, last))
            .order_by("calendar_id", "closes_at")
            .values_list("calendar_id", "opens_at", "closes_at", "worked_before")
        )
        spans = defaultdict(list)
        for calendar_id, opens_at, closes_at, worked_before in rows:
            spans[calendar_id].append((opens_at, closes_at, worked_before))
        for calendar_id, found in spans.items():
            self._days[calendar_id].spans = found
