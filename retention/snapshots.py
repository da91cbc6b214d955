"""What the evening looked like: how many clients were in which state at the end of a date, kept for trends."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Case, CharField, Count, DateField, F, IntegerField, Sum, Value, When

from accounts.models import Calendar
from accounts.reckoning import local_date, start_of
from alerts.insert_select import insert_select
from crm.models import Clock
from crm.models.clock import State
from crm.querysets import state_q
from retention.models import DailySnapshot


def write_last_day(now: dt.datetime) -> int:
    """Write, for each calendar, the last date that has ended there: the work of a night. Returns the rows written."""
    calendars = Calendar.objects.order_by("pk")
    return sum(_write(calendar, local_date(calendar, now) - dt.timedelta(days=1)) for calendar in calendars)


def write_snapshot(day: dt.date, now: dt.datetime) -> int:
    """Write one date for each calendar in which it has ended at `now`. Returns the rows written."""
    ended = [calendar for calendar in Calendar.objects.order_by("pk") if local_date(calendar, now) > day]
    return sum(_write(calendar, day) for calendar in ended)


@transaction.atomic
def _write(calendar: Calendar, day: dt.date) -> int:
    """Write the states as of the end of a date in `calendar`, once: a second call writes nothing. Returns the rows."""
    # Two nights at once wait for each other here.
    list(Calendar.objects.select_for_update().filter(pk=calendar.pk).values_list("pk"))
    if DailySnapshot.objects.filter(day=day, calendar=calendar).exists():
        return 0
    end = start_of(calendar, day + dt.timedelta(days=1))
    state = Case(
        *(When(state_q(one, end), then=Value(one.value)) for one in State),
        output_field=CharField(),
    )
    cells = (
        Clock.objects.active()
        .filter(calendar=calendar)
        .order_by()
        .annotate(state=state)
        .values("owner_id", "team_id", "segment_id", "currency", "state")
        .annotate(n=Count("pk"), worth=Sum("value"))
    )
    columns = {
        "day": Value(day, DateField()),
        "calendar_id": Value(calendar.pk, IntegerField()),
        **{name: F(name) for name in ("owner_id", "team_id", "segment_id", "state", "currency")},
        "count": F("n"),
        "value": F("worth"),
    }
    return insert_select(DailySnapshot, columns, cells)
