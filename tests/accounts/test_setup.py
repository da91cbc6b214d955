"""The firm's default team and its calendar."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.acting import calendar_of
from accounts.models import Calendar, Team, User
from accounts.setup import ensure_defaults
from accounts.zones import country_of, place_of
from tests.cast import Cast

TODAY = dt.date(2026, 11, 24)


def test_there_is_always_one_and_twice_is_as_good_as_once(cast: Cast) -> None:
    assert ensure_defaults(today=TODAY) == ensure_defaults(today=TODAY) == cast.default


@pytest.mark.django_db
def test_an_emptied_database_gets_it_back_with_its_tables() -> None:
    User.objects.all().delete()
    Team.objects.all().delete()
    Calendar.objects.all().delete()
    calendar = ensure_defaults(today=TODAY).calendar
    assert (calendar.name, calendar.zone, calendar.country) == ("Madrid", "Europe/Madrid", "ES")
    assert (calendar.built_from, calendar.built_until) == (dt.date(2021, 11, 24), dt.date(2029, 11, 24))
    assert calendar.days.get(date=dt.date(2026, 12, 8)).holiday
    assert calendar.latest_closing == dt.time(18)


def test_who_has_no_team_works_by_it(cast: Cast) -> None:
    assert calendar_of(cast.eva).name == "Madrid"


def test_zones_know_their_country_and_place() -> None:
    assert (country_of("America/Bogota"), place_of("America/Buenos_Aires")) == ("CO", "Buenos Aires")
    assert country_of("UTC") == ""
