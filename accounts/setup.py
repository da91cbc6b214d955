"""What must exist before anything else: one calendar with an open week, and the firm's default team (T5)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction

from accounts.calendar_build import rebuild
from accounts.models import Calendar, Team, WeeklySpan
from accounts.zones import country_of, place_of

OPENS, CLOSES = dt.time(9), dt.time(18)
WORKDAYS = range(5)


@transaction.atomic
def ensure_defaults(*, today: dt.date | None = None) -> Team:
    """Return the firm's default team, made with its calendar (Monday to Friday, 9 to 18) where there is none."""
    team = Team.objects.select_related("calendar").filter(is_default=True).first()
    if team is None:
        name = place_of(settings.FIRM_TIME_ZONE)
        calendar = Calendar.objects.filter(name=name).first() or make_calendar(name, settings.FIRM_TIME_ZONE)
        team = Team.objects.create(name=name, calendar=calendar, is_default=True)
    if team.calendar.built_until is None:
        rebuild(team.calendar, today=today or dt.datetime.now(dt.UTC).date())
        team.calendar.refresh_from_db()
    return team


def make_calendar(name: str, zone: str, *, country: str | None = None, region: str = "") -> Calendar:
    """Create a calendar open Monday to Friday, 9 to 18, without its tables; country by the zone unless given."""
    calendar = Calendar.objects.create(
        name=name, zone=zone, country=country_of(zone) if country is None else country, region=region
    )
    WeeklySpan.objects.bulk_create(
        WeeklySpan(calendar=calendar, weekday=weekday, opens=OPENS, closes=CLOSES) for weekday in WORKDAYS
    )
    return calendar
