"""The slow walk over days and minutes that the working-time tables are compared with. It shares no code with them."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, field

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
Hours = tuple[dt.time, dt.time]


@dataclass
class Walk:
    """A working calendar, walked day by day and minute by minute."""

    zone: str
    weekly: dict[int, list[Hours]]
    exceptions: dict[dt.date, list[Hours]] = field(default_factory=dict)
    holidays: set[dt.date] = field(default_factory=set)
    seen: dict[dt.date, list[tuple[dt.datetime, dt.datetime]]] = field(default_factory=dict)

    def instant(self, date: dt.date, time: dt.time) -> dt.datetime:
        """The UTC instant of a wall-clock time, found by trying the offsets of the day before and the day after."""
        zone = zoneinfo.ZoneInfo(self.zone)
        wall = dt.datetime.combine(date, time)
        around = [dt.datetime.combine(date + step * DAY, dt.time(12), tzinfo=dt.UTC) for step in (-2, -1, 0, 1, 2)]
        offsets = [moment.astimezone(zone).utcoffset() or dt.timedelta(0) for moment in around]
        tries = sorted((wall - offset).replace(tzinfo=dt.UTC) for offset in offsets)
        existing = [moment for moment in tries if moment.astimezone(zone).replace(tzinfo=None) == wall]
        return existing[0] if existing else (wall - offsets[0]).replace(tzinfo=dt.UTC)

    def spans(self, date: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
        if date not in self.seen:
            self.seen[date] = self._spans(date)
        return self.seen[date]

    def _spans(self, date: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
        if date in self.exceptions:
            hours = self.exceptions[date]
        elif date in self.holidays:
            hours = []
        else:
            hours = self.weekly.get(date.weekday(), [])
        instants = [(self.instant(date, opens), self.instant(date, closes)) for opens, closes in hours]
        return [(opens, closes) for opens, closes in instants if closes > opens]

    def working_day_after(self, date: dt.date, days: int) -> dt.date:
        while days:
            date += DAY
            days -= bool(self.spans(date))
        return date

    def opening(self, date: dt.date) -> dt.datetime:
        return min(opens for opens, _closes in self.spans(date))

    def closing(self, date: dt.date) -> dt.datetime:
        spans = self.spans(date)
        if spans:
            return max(closes for _opens, closes in spans)
        return self.instant(date, max(closes for hours in self.weekly.values() for _opens, closes in hours))

    def alert_opening(self, date: dt.date) -> dt.datetime:
        return self.closing(date) if self.spans(date) else self.opening(self.working_day_after(date, 1))

    def is_open(self, moment: dt.datetime) -> bool:
        """Whether the minute that begins at `moment` is worked."""
        date = moment.astimezone(zoneinfo.ZoneInfo(self.zone)).date()
        near = (date - DAY, date, date + DAY)
        return any(opens <= moment < closes for day in near for opens, closes in self.spans(day))

    def minutes(self, start: dt.datetime) -> Iterator[tuple[dt.datetime, bool]]:
        while True:
            yield start, self.is_open(start)
            start += MINUTE

    def after(self, start: dt.datetime, minutes: int) -> dt.datetime:
        for moment, is_open in self.minutes(start):
            minutes -= is_open
            if not minutes:
                return moment + MINUTE
        raise AssertionError

    def worked(self, start: dt.datetime, end: dt.datetime) -> int:
        total = 0
        for moment, is_open in self.minutes(start):
            if moment >= end:
                return total
            total += is_open
        raise AssertionError
