"""Write the working-time tables of a calendar, and keep them long enough."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import holidays
from django.db import transaction

from accounts.calendar_table import Day, End, Hours, Span, Table, Week, build
from accounts.models import Calendar, CalendarDay, WorkingSpan

YEARS_BACK = 5
YEARS_AHEAD = 3


def years_from(date: dt.date, years: int) -> dt.date:
    """Return the same date of another year; 29 February becomes 1 March."""
    try:
        return date.replace(year=date.year + years)
    except ValueError:
        return dt.date(date.year + years, 3, 1)


def holidays_of(country: str, region: str, first: dt.date, last: dt.date) -> dict[dt.date, str]:
    """Return the public holidays by date; empty without a country (or for one that the library does not know)."""
    if not country:
        return {}
    years = range(first.year, last.year + 2)
    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError:
        return {}
    return dict(found.items())


def week_of(calendar: Calendar, first: dt.date, last: dt.date) -> Week:
    """Read what a calendar's rows say. Two queries."""
    weekly: dict[int, list[Hours]] = defaultdict(list)
    for weekday, opens, closes in calendar.weekly_spans.values_list("weekday", "opens", "closes"):
        weekly[weekday].append((opens, closes))
    exceptions: dict[dt.date, list[Hours]] = defaultdict(list)
    for date, opens_or_none, closes_or_none in calendar.exceptions.values_list("date", "opens", "closes"):
        hours = exceptions[date]
        if opens_or_none is not None and closes_or_none is not None:
            hours.append((opens_or_none, closes_or_none))
    return Week(
        zone=calendar.tz,
        weekly=weekly,
        exceptions=exceptions,
        holidays=holidays_of(calendar.country, calendar.region, first, last),
    )


@transaction.atomic
def rebuild(calendar: Calendar, *, today: dt.date) -> dt.date | None:
    """Make the tables of `calendar` say what its week, holidays and exceptions say.

    They reach from five years before `today` to three years after, and never get shorter. Returns the first
    date that changed, or None when nothing did. Raises `NeverOpen` for a week without an open hour.
    """
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    first = min(calendar.built_from or dt.date.max, years_from(today, -YEARS_BACK))
    last = max(calendar.built_until or dt.date.min, years_from(today, YEARS_AHEAD))
    week = week_of(calendar, first, last)
    table = build(week, first, last)
    changed = _first_change(calendar, table)
    if changed is not None:
        CalendarDay.objects.filter(calendar=calendar, date__gte=changed).delete()
        WorkingSpan.objects.filter(calendar=calendar, date__gte=changed).delete()
        _write(calendar, table, since=changed)
    Calendar.objects.filter(pk=calendar.pk).update(
        built_from=first, built_until=last, latest_closing=week.latest_closing
    )
    return changed


@transaction.atomic
def extend(calendar: Calendar, *, today: dt.date) -> int:
    """Append the days that are missing until three years after `today`; returns how many."""
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    last = years_from(today, YEARS_AHEAD)
    if calendar.built_until is None:
        rebuild(calendar, today=today)
        return CalendarDay.objects.filter(calendar=calendar).count()
    first = calendar.built_until + dt.timedelta(days=1)
    if first > last:
        return 0
    ordinal = calendar.days.get(date=calendar.built_until).ordinal
    span = calendar.spans.order_by("-closes_at").first()
    end = End(ordinal, span.worked_until, span.closes_at) if span else End(ordinal)
    table = build(week_of(calendar, first, last), first, last, end)
    _write(calendar, table)
    Calendar.objects.filter(pk=calendar.pk).update(built_until=last)
    return len(table.days)


def _first_change(calendar: Calendar, table: Table) -> dt.date | None:
    """Return the first date whose rows differ from those stored; it changes everything counted after it."""
    stored = {day.date: day for day in CalendarDay.objects.filter(calendar=calendar)}
    spans = {span.closes_at: span for span in WorkingSpan.objects.filter(calendar=calendar)}
    dates = [day.date for day in table.days if not _same(stored.get(day.date), day, DAY_FIELDS)]
    dates += [span.date for span in table.spans if not _same(spans.get(span.closes_at), span, SPAN_FIELDS)]
    # A span that is gone needs no look of its own: it moves the sum of the next one of its date, or the date's closing.
    return min(dates, default=None)


DAY_FIELDS = ("is_open", "ordinal", "number", "opens_at", "closes_at", "next_opens_at", "holiday")
SPAN_FIELDS = ("date", "opens_at", "closes_at", "worked_before", "worked_until")


def _same(stored: object | None, wanted: Day | Span, fields: Iterable[str]) -> bool:
    return stored is not None and all(getattr(stored, name) == getattr(wanted, name) for name in fields)


def _write(calendar: Calendar, table: Table, since: dt.date = dt.date.min) -> None:
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=calendar, date=day.date, **{name: getattr(day, name) for name in DAY_FIELDS})
        for day in table.days
        if day.date >= since
    )
    WorkingSpan.objects.bulk_create(
        WorkingSpan(calendar=calendar, **{name: getattr(span, name) for name in SPAN_FIELDS})
        for span in table.spans
        if span.date >= since
    )
