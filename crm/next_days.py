"""The days offered in one tap: tomorrow, Friday, in a week; each a working day of the client's calendar."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Calendar
from crm.day_words import short_date

FRIDAY = 4


def next_days(calendar: Calendar, now: dt.datetime) -> list[tuple[str, str]]:
    """Return (ISO date, words) of up to three days, in order, none twice. One query."""
    today = now.astimezone(calendar.tz).date()
    open_days = list(
        calendar.days.filter(date__gt=today, date__lte=today + dt.timedelta(days=24), is_open=True)
        .order_by("date")
        .values_list("date", flat=True)
    )
    wanted = [today + dt.timedelta(days=1), _coming_friday(today), today + dt.timedelta(days=7)]
    found = (next((day for day in open_days if day >= wish), None) for wish in wanted)
    return [(day.isoformat(), _words(day, today)) for day in sorted({day for day in found if day})]


def _coming_friday(today: dt.date) -> dt.date:
    """The next Friday that is not tomorrow already."""
    ahead = (FRIDAY - today.weekday()) % 7
    return today + dt.timedelta(days=ahead if ahead > 1 else ahead + 7)


def _words(day: dt.date, today: dt.date) -> str:
    if day == today + dt.timedelta(days=1):
        return _("Tomorrow")
    if day == today + dt.timedelta(days=7):
        return _("In a week")
    return f"{date_format(day, 'D')} {short_date(day, today)}"
