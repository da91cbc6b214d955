"""The firm's default team and its calendar, with their working-time tables built."""

import datetime as dt
import zoneinfo

from django.conf import settings
from django.db import migrations

from accounts.calendar_build import DAY_FIELDS, SPAN_FIELDS, YEARS_AHEAD, YEARS_BACK, holidays_of, years_from
from accounts.calendar_table import Week, build
from accounts.setup import CLOSES, OPENS, WORKDAYS
from accounts.zones import country_of, place_of


def create(apps, schema_editor):
    Calendar, Team = apps.get_model("accounts", "Calendar"), apps.get_model("accounts", "Team")
    if Team.objects.filter(is_default=True).exists():
        return
    zone = settings.FIRM_TIME_ZONE
    today = dt.datetime.now(dt.UTC).date()
    first, last = years_from(today, -YEARS_BACK), years_from(today, YEARS_AHEAD)
    country = country_of(zone)
    week = Week(
        zone=zoneinfo.ZoneInfo(zone),
        weekly={weekday: [(OPENS, CLOSES)] for weekday in WORKDAYS},
        holidays=holidays_of(country, "", first, last),
    )
    calendar = Calendar.objects.create(
        name=place_of(zone), zone=zone, country=country, built_from=first, built_until=last, latest_closing=CLOSES
    )
    Team.objects.create(name=calendar.name, calendar=calendar, is_default=True)
    table = build(week, first, last)
    rows = (
        ("WeeklySpan", [{"weekday": weekday, "opens": OPENS, "closes": CLOSES} for weekday in WORKDAYS]),
        ("CalendarDay", [{"date": day.date} | {name: getattr(day, name) for name in DAY_FIELDS} for day in table.days]),
        ("WorkingSpan", [{name: getattr(span, name) for name in SPAN_FIELDS} for span in table.spans]),
    )
    for name, values in rows:
        model = apps.get_model("accounts", name)
        model.objects.bulk_create(model(calendar=calendar, **row) for row in values)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
