"""Dates and numbers as one says them on the phone: "today", "on Thursday", "14 Oct", "two"."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.contrib.humanize.templatetags.humanize import apnumber
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

# A weekday says which one is meant within this many days, before or after.
WEEK = 6
# From here on a date without its year could be taken for another one.
HALF_A_YEAR = 183


def local_day(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    return at.astimezone(zone).date()


def day_words(day: dt.date, today: dt.date) -> str:
    """Return "today", "yesterday", "tomorrow", "Thursday" within 6 days, "14 Oct", "14 Oct 2024" when far."""
    near = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}
    distance = (day - today).days
    if distance in near:
        return near[distance]
    return date_format(day, "l") if abs(distance) <= WEEK else short_date(day, today)


def on_day(day: dt.date, today: dt.date) -> str:
    """Return the date as it stands in a sentence: "today", "on Thursday", "on 14 Oct"."""
    words = day_words(day, today)
    if abs((day - today).days) <= 1:
        return words
    return _("on %(day)s") % {"day": words}


def by_day(day: dt.date, today: dt.date) -> str:
    """Return a date with its weekday, to be met: "today", "Thursday", "Monday 30 Nov", "14 Jan"."""
    distance = (day - today).days
    if WEEK < distance <= 2 * WEEK:
        words = f"{date_format(day, 'l')} {short_date(day, today)}"
    else:
        words = day_words(day, today)
    if abs(distance) <= 1:
        return words
    # Some languages put an article here: "el jueves".
    return pgettext("a date to be met", "%(day)s") % {"day": words}


def short_date(day: dt.date, today: dt.date) -> str:
    """Return "14 Oct", with the year when it is more than half a year away."""
    return date_format(day, _("j M Y") if abs((day - today).days) > HALF_A_YEAR else _("j M"))


def clock_time(at: dt.datetime, zone: ZoneInfo) -> str:
    """Return the hour of an instant in a zone: "16:40"."""
    return f"{at.astimezone(zone):%H:%M}"


def moment(at: dt.datetime, zone: ZoneInfo, now: dt.datetime) -> str:
    """Return day and hour: "yesterday at 16:40", "on Thursday at 9:05"."""
    day = on_day(local_day(at, zone), local_day(now, zone))
    return _("%(day)s at %(time)s") % {"day": day, "time": clock_time(at, zone)}


def number(value: int) -> str:
    """Return one to nine in words, larger ones in digits."""
    return str(apnumber(value))


def span(seconds: float) -> str:
    """Return a time of less than some days: "50 min", "3 h", "3 h 10"."""
    minutes = max(round(seconds / 60), 0)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{rest:02}"}
