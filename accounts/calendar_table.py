"""The working-time tables as a pure function of a calendar's week, holidays and exceptions (T6). No database."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from accounts.exceptions import NeverOpen

Hours = tuple[dt.time, dt.time]
# After so many closed days in a row the calendar counts as never open.
LONGEST_CLOSURE = 400


@dataclass(frozen=True)
class Week:
    """What a calendar's rows say: weekly hours by weekday (0 Monday), dates that differ, holidays by name."""

    zone: zoneinfo.ZoneInfo
    weekly: Mapping[int, list[Hours]]
    exceptions: Mapping[dt.date, list[Hours]] = field(default_factory=dict)
    holidays: Mapping[dt.date, str] = field(default_factory=dict)

    @property
    def latest_closing(self) -> dt.time:
        """Return the latest weekly closing hour, which closes a closed date (T2)."""
        return max((closes for hours in self.weekly.values() for _opens, closes in hours))

    def hours_on(self, date: dt.date) -> list[Hours]:
        """Return the wall-clock hours of a date: its exception, else none on a holiday, else the week's."""
        if date in self.exceptions:
            return sorted(self.exceptions[date])
        if date in self.holidays:
            return []
        return sorted(self.weekly.get(date.weekday(), []))


@dataclass(frozen=True)
class Span:
    """One row of `WorkingSpan`: instants in UTC, worked time in seconds."""

    date: dt.date
    opens_at: dt.datetime
    closes_at: dt.datetime
    worked_before: int

    @property
    def worked_until(self) -> int:
        return self.worked_before + int((self.closes_at - self.opens_at).total_seconds())


@dataclass(frozen=True)
class Day:
    """One row of `CalendarDay`; instants in UTC."""

    date: dt.date
    is_open: bool
    ordinal: int
    opens_at: dt.datetime
    closes_at: dt.datetime
    next_opens_at: dt.datetime
    holiday: str

    @property
    def number(self) -> int:
        return self.date.toordinal()


@dataclass(frozen=True)
class Table:
    """All rows of a range of dates."""

    days: list[Day]
    spans: list[Span]


@dataclass(frozen=True)
class End:
    """Where an earlier table ended, so that the next rows go on from it."""

    ordinal: int = 0
    worked: int = 0
    closed_at: dt.datetime | None = None


def utc(date: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """Turn a wall-clock time into UTC: one that does not exist moves forward by the gap, a doubled one is the first."""
    return dt.datetime.combine(date, time.replace(microsecond=0, fold=0), tzinfo=zone).astimezone(dt.UTC)


def build(week: Week, first: dt.date, last: dt.date, after: End = End()) -> Table:
    """Return the rows from `first` to `last`, both included; `NeverOpen` if the week has no open hour."""
    if not any(week.weekly.values()):
        raise NeverOpen
    days: list[Day] = []
    spans: list[Span] = []
    ordinal, worked = after.ordinal, after.worked
    opened: list[tuple[dt.date, list[tuple[dt.datetime, dt.datetime]]]] = []
    for date, open_spans in _open_spans(week, first, after.closed_at):
        if date > last and open_spans:
            opened.append((date, open_spans))
            break
        if date <= last:
            opened.append((date, open_spans))
    next_openings = _next_openings(opened)
    for date, open_spans in opened:
        if date > last:
            break
        for opens_at, closes_at in open_spans:
            span = Span(date, opens_at, closes_at, worked)
            worked = span.worked_until
            spans.append(span)
        ordinal += bool(open_spans)
        days.append(_day(week, date, open_spans, ordinal, next_openings[date]))
    return Table(days, spans)


def _day(
    week: Week,
    date: dt.date,
    open_spans: list[tuple[dt.datetime, dt.datetime]],
    ordinal: int,
    next_opens_at: dt.datetime,
) -> Day:
    return Day(
        date=date,
        is_open=bool(open_spans),
        ordinal=ordinal,
        opens_at=open_spans[0][0] if open_spans else next_opens_at,
        closes_at=open_spans[-1][1] if open_spans else utc(date, week.latest_closing, week.zone),
        next_opens_at=next_opens_at,
        holiday=week.holidays.get(date, "")[:80],
    )


def _open_spans(
    week: Week, first: dt.date, closed_at: dt.datetime | None
) -> Iterator[tuple[dt.date, list[tuple[dt.datetime, dt.datetime]]]]:
    """Yield each date with its spans in UTC, for ever; spans that a clock change pushes together never overlap."""
    closed_days = 0
    for number in count():
        date = first + dt.timedelta(days=number)
        spans: list[tuple[dt.datetime, dt.datetime]] = []
        for opens, closes in week.hours_on(date):
            opens_at, closes_at = utc(date, opens, week.zone), utc(date, closes, week.zone)
            if closed_at is not None:
                opens_at = max(opens_at, closed_at)
            if closes_at > opens_at:
                spans.append((opens_at, closes_at))
                closed_at = closes_at
        closed_days = 0 if spans else closed_days + 1
        if closed_days > LONGEST_CLOSURE:
            raise NeverOpen
        yield date, spans


def _next_openings(
    opened: list[tuple[dt.date, list[tuple[dt.datetime, dt.datetime]]]],
) -> dict[dt.date, dt.datetime]:
    """Return for each date the first opening of the next open date."""
    result: dict[dt.date, dt.datetime] = {}
    following: dt.datetime | None = None
    for date, open_spans in reversed(opened):
        if following is not None:
            result[date] = following
        if open_spans:
            following = open_spans[0][0]
    return result
