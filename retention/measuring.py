"""The night's work for "How we do": what became of alerts and how contacts were logged, week by week.

Pages and lists read these rows alone, so that a number and the list that it opens are the same rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Max

from accounts.models import Calendar
from accounts.reckoning import local_date, start_of
from alerts.insert_select import insert_select
from retention import measured_alerts, measured_contacts
from retention.measured_alerts import Stretch
from retention.models import MeasuredAlert, MeasuredContact, MeasuredWeek

#: Weeks that the page shows, the present one among them; so many are written when none is there yet.
SHOWN = 12
#: The present week and the one before are written anew each night.
ANEW = 2
#: Older ones are taken away: from alerts and contacts they can always be written again.
KEPT = 53

_WEEK = dt.timedelta(weeks=1)


def monday_of(day: dt.date) -> dt.date:
    """The Monday of the week of a date."""
    return day - dt.timedelta(days=day.weekday())


def write_weeks(now: dt.datetime) -> int:
    """Write the present week and the one before, and those that no night has written; returns the rows written."""
    present = monday_of(max((local_date(one, now) for one in Calendar.objects.order_by("pk")), default=now.date()))
    last = MeasuredWeek.objects.aggregate(last=Max("week"))["last"]
    first = present - (SHOWN - 1) * _WEEK
    if last is not None:
        first = max(first, min(last, present) - (ANEW - 1) * _WEEK)
    written = 0
    while first <= present:
        written += write_week(first, now)
        first += _WEEK
    MeasuredWeek.objects.filter(week__lt=present - KEPT * _WEEK).delete()
    for model in (MeasuredAlert, MeasuredContact):
        model.objects.filter(week__lt=present - KEPT * _WEEK).delete()
    return written


@transaction.atomic
def write_week(week: dt.date, now: dt.datetime) -> int:
    """Write one week anew, up to `now` where it still runs. Two at once wait for each other. Returns the rows."""
    list(Calendar.objects.select_for_update().order_by("pk").values_list("pk"))
    for model in (MeasuredAlert, MeasuredContact):
        model.objects.filter(week=week).delete()
    written = 0
    for one in _stretches(week, now):
        written += insert_select(MeasuredAlert, measured_alerts.columns(one), measured_alerts.dealt_with(one))
        written += insert_select(MeasuredContact, measured_contacts.columns(one), measured_contacts.entered(one))
    MeasuredWeek.objects.update_or_create(week=week, defaults={"measured_at": now})
    return written


def _stretches(week: dt.date, now: dt.datetime) -> Iterator[Stretch]:
    for calendar in Calendar.objects.order_by("pk"):
        begins, ends = start_of(calendar, week), start_of(calendar, week + _WEEK)
        if begins < now:
            yield Stretch(calendar, week, begins, min(ends, now))
