"""The working-time sums for one calendar and plain values: the same query as for many, once."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.db.models import DateField, DateTimeField, IntegerField, Subquery, Value

from accounts import working_time
from accounts.exceptions import BeyondCalendar
from accounts.models import Calendar, CalendarDay


def _one(calendar: Calendar, expression: working_time.Formula) -> dt.datetime | int:
    """Ask the database once; `BeyondCalendar` where the table does not reach."""
    value = (
        Calendar.objects.filter(pk=calendar.pk).annotate(reckoned=expression).values_list("reckoned", flat=True).get()
    )
    if value is None:
        raise BeyondCalendar(calendar.built_until)
    return cast("dt.datetime | int", value)


def _instant(calendar: Calendar, expression: working_time.Formula) -> dt.datetime:
    return cast(dt.datetime, _one(calendar, expression))


def _date(date: dt.date) -> Value:
    return Value(date, DateField())


def _moment(instant: dt.datetime) -> Value:
    return Value(instant, DateTimeField())


def add_working_days(calendar: Calendar, date: dt.date, days: int) -> dt.datetime:
    """Return the closing of the Nth working day after a local date, N ≥ 1. UTC. May raise `BeyondCalendar`."""
    return _instant(calendar, working_time.closing_after_working_days("pk", _date(date), days))


def opening_of_working_day_after(calendar: Calendar, date: dt.date, days: int) -> dt.datetime:
    """Return the opening of the Nth working day after a local date, N ≥ 1. UTC. May raise `BeyondCalendar`."""
    return _instant(calendar, working_time.opening_after_working_days("pk", _date(date), days))


def add_calendar_days(calendar: Calendar, date: dt.date, days: int) -> dt.datetime:
    """Return the closing of the date N days after a local date (T2). UTC. May raise `BeyondCalendar`."""
    return _instant(calendar, working_time.closing_after_calendar_days("pk", _date(date), days))


def closing_on(calendar: Calendar, date: dt.date) -> dt.datetime:
    """Return the closing of a local date; of a closed one the latest weekly hour. UTC. May raise `BeyondCalendar`."""
    return _instant(calendar, working_time.closing_on("pk", _date(date)))


def next_opening_on(calendar: Calendar, date: dt.date) -> dt.datetime:
    """Return when the alert of what is due on a date opens (T2). UTC. May raise `BeyondCalendar`."""
    return _instant(calendar, working_time.next_opening_on("pk", _date(date)))


def opening_after(calendar: Calendar, instant: dt.datetime) -> dt.datetime:
    """Return the instant itself inside opening hours, else the next opening. UTC. May raise `BeyondCalendar`."""
    return _instant(calendar, working_time.opening_after("pk", _moment(instant)))


def add_working_seconds(calendar: Calendar, instant: dt.datetime, seconds: int) -> dt.datetime:
    """Return the instant N working seconds after another, N ≥ 1 (W2). UTC. May raise `BeyondCalendar`."""
    return _instant(calendar, working_time.after_working_seconds("pk", _moment(instant), seconds))


def add_working_hours(calendar: Calendar, instant: dt.datetime, hours: float) -> dt.datetime:
    """Return the instant N working hours after another, N > 0 (W2). UTC. May raise `BeyondCalendar`."""
    return add_working_seconds(calendar, instant, round(hours * 3600))


def working_seconds(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> int:
    """Return the working seconds from one instant to a later one. May raise `BeyondCalendar`."""
    sum_between = working_time.working_seconds_between("pk", _moment(start), _moment(end))
    return cast(int, _one(calendar, sum_between))


def local_date(calendar: Calendar, instant: dt.datetime) -> dt.date:
    """Return the date of an instant in the calendar's zone. No query."""
    return instant.astimezone(calendar.tz).date()


def start_of(calendar: Calendar, date: dt.date) -> dt.datetime:
    """Return 00:00 of a local date, in UTC (the end of a snooze: A6). No query."""
    return dt.datetime.combine(date, dt.time(0), tzinfo=calendar.tz).astimezone(dt.UTC)


def is_working_day(calendar: Calendar, date: dt.date) -> bool:
    """Return whether the calendar is open on a local date. May raise `BeyondCalendar`."""
    found = calendar.days.filter(date=date).values_list("is_open", flat=True).first()
    if found is None:
        raise BeyondCalendar(calendar.built_until)
    return found


def working_day_after(calendar: Calendar, date: dt.date, days: int = 1) -> dt.date:
    """Return the Nth working day after a local date, N ≥ 1. May raise `BeyondCalendar`."""
    day = Subquery(CalendarDay.objects.filter(calendar=calendar, date=date).values("ordinal"), IntegerField())
    found = (
        CalendarDay.objects.filter(calendar=calendar, is_open=True, ordinal=day + Value(days))
        .values_list("date", flat=True)
        .first()
    )
    if found is None:
        raise BeyondCalendar(calendar.built_until)
    return found


def next_working_day(calendar: Calendar, date: dt.date) -> dt.date:
    """Return the first working day after a local date. May raise `BeyondCalendar`."""
    return working_day_after(calendar, date, 1)
