"""What the list of calendars shows, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from accounts import countries
from accounts.calendar_holidays import days_of, regions
from accounts.calendar_words import Hours, week_words
from accounts.models import Calendar, CalendarDay, WeeklySpan


@dataclass(frozen=True)
class CalendarLine:
    """One calendar in words; `holiday` is the next date, from today on, with a name."""

    calendar: Calendar
    place: str
    week: str
    holiday: dt.date | None
    holiday_name: str
    teams: list[str]


def lines(now: dt.datetime) -> list[CalendarLine]:
    """All calendars by name. Four queries."""
    weeks: dict[int, dict[int, list[Hours]]] = defaultdict(lambda: defaultdict(list))
    spans = WeeklySpan.objects.order_by("calendar", "weekday", "opens")
    for calendar, weekday, opens, closes in spans.values_list("calendar", "weekday", "opens", "closes"):
        weeks[calendar][weekday].append((opens, closes))
    following = _next_holidays(now)
    return [
        _line(calendar, week_words(weeks[calendar.pk]), following.get(calendar.pk))
        for calendar in Calendar.objects.prefetch_related("teams").order_by("name")
    ]


def _line(calendar: Calendar, week: str, following: tuple[dt.date, str] | None) -> CalendarLine:
    date, name = following or (None, "")
    if date is not None:
        name = days_of(calendar.country, calendar.region, date.year).get(date, name)
    country = dict(countries.choices()).get(calendar.country, "")
    region = dict(regions(calendar.country)).get(calendar.region, "")
    return CalendarLine(
        calendar,
        ", ".join(filter(None, [region, country])),
        week,
        date,
        name,
        sorted(team.name for team in calendar.teams.all()),
    )


def _next_holidays(now: dt.datetime) -> dict[int, tuple[dt.date, str]]:
    """The next closed date with a name, by calendar: within a year there is one, or none is worth a word."""
    first = now.date()
    named = CalendarDay.objects.filter(date__range=(first, first + dt.timedelta(days=366)), is_open=False)
    rows = named.filter(~Q(holiday="")).order_by("-date").values_list("calendar", "date", "holiday")
    return {calendar: (date, name) for calendar, date, name in rows}
