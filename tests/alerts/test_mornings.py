"""The morning of each person and queue: their digest hour, their zone, their calendar's working days (A4)."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import events
from accounts.models import Membership, Team, User
from alerts.models import Morning
from alerts.mornings import calendar_changed, ensure_mornings, next_morning, person_changed
from tests.alerts.rows import at
from tests.cast import Cast

pytestmark = pytest.mark.django_db

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def morning_of(who: User | Team) -> Morning:
    return Morning.objects.get(user=who) if isinstance(who, User) else Morning.objects.get(team=who)


@pytest.mark.parametrize(
    ("after", "morning"),
    [
        ("11-16 07:59", "11-16 08:00"),
        ("11-16 08:00", "11-17 08:00"),
        ("11-20 12:00", "11-23 08:00"),  # Over the weekend.
        ("12-07 12:00", "12-09 08:00"),  # Tuesday is a holiday.
        ("10-23 12:00", "10-26 08:00"),  # The clocks go back on Sunday: eight by the clock.
        ("03-27 12:00", "03-30 08:00"),
    ],
)
def test_a4_the_next_morning_is_on_a_working_day(cast: Cast, after: str, morning: str) -> None:
    assert next_morning(cast.ana, at(after)) == at(morning)


def test_a4_the_hour_is_in_their_own_zone_and_the_days_their_teams(cast: Cast) -> None:
    cast.ana.time_zone, cast.ana.digest_hour = "America/New_York", dt.time(6, 30)

    assert next_morning(cast.ana, at("11-20 12:00", NEW_YORK)) == at("11-23 06:30", NEW_YORK)


def test_a4_an_hour_that_the_clock_skips_comes_later_by_the_gap(cast: Cast) -> None:
    cast.iberia.calendar.exceptions.create(date=dt.date(2026, 3, 29), opens=dt.time(9), closes=dt.time(12))
    from accounts.calendar_build import rebuild

    rebuild(cast.madrid, today=dt.date(2026, 3, 1))
    cast.ana.digest_hour = dt.time(2, 30)

    assert next_morning(cast.ana, at("03-28 12:00")) == at("03-29 03:30")


def test_a4_a_queue_has_its_morning_at_eight_of_its_calendar(cast: Cast) -> None:
    # Monday 16 November is a holiday in Bogotá; Tuesday 8:00 there is 14:00 in Madrid.
    assert next_morning(cast.andes, at("11-15 12:00")) == at("11-17 14:00")


def test_without_a_team_the_days_are_the_default_teams(cast: Cast) -> None:
    assert next_morning(cast.eva, at("12-07 12:00")) == at("12-09 08:00")


def test_everybody_who_works_here_and_every_queue_gets_a_morning(cast: Cast) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    User.objects.filter(pk=cast.diego.pk).update(first_signed_in_at=None)

    assert ensure_mornings(at("11-16 07:00")) == 4 + 3
    assert {morning.user_id for morning in Morning.objects.all()} == {
        *(person.pk for person in (cast.ana, cast.carla, cast.eva, cast.fatima)),
        None,
    }
    assert morning_of(cast.ana).next_at == at("11-16 08:00")


def test_nothing_is_made_twice_and_asking_is_cheap(cast: Cast) -> None:
    ensure_mornings(at("11-16 07:00"))
    with CaptureQueriesContext(connection) as asked:
        assert ensure_mornings(at("11-16 07:01")) == 0

    assert len(asked) == 2


def test_making_them_asks_no_more_for_many(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        ensure_mornings(at("11-16 07:00"))

    assert len(asked) <= 10, [query["sql"] for query in asked]


def test_a_changed_hour_moves_the_next_morning(cast: Cast) -> None:
    ensure_mornings(at("11-16 07:00"))
    cast.ana.digest_hour = dt.time(10)
    cast.ana.save()

    events.person_changed(cast.ana, at("11-16 07:30"))

    assert morning_of(cast.ana).next_at == at("11-16 10:00")


def test_a_day_that_had_its_morning_gets_no_second(cast: Cast) -> None:
    ensure_mornings(at("11-16 07:00"))
    Morning.objects.update(last_on=dt.date(2026, 11, 16))
    cast.ana.digest_hour = dt.time(10)
    cast.ana.save()

    person_changed(cast.ana, at("11-16 09:00"))

    assert morning_of(cast.ana).next_at == at("11-17 10:00")


def test_another_team_brings_another_calendar(cast: Cast) -> None:
    ensure_mornings(at("11-13 07:00"))
    Membership.objects.filter(user=cast.ana).update(team=cast.andes)

    person_changed(cast.ana, at("11-13 12:00"))

    # Monday 16 November is a holiday in Bogotá.
    assert morning_of(cast.ana).next_at == at("11-17 08:00")


def test_who_is_gone_has_no_morning(cast: Cast) -> None:
    ensure_mornings(at("11-16 07:00"))
    cast.ana.is_active = False
    cast.ana.save()

    person_changed(cast.ana, at("11-16 09:00"))

    assert not Morning.objects.filter(user=cast.ana).exists()


def test_a_changed_calendar_moves_the_mornings_that_follow_it(cast: Cast) -> None:
    ensure_mornings(at("11-16 07:00"))
    Morning.objects.update(next_at=at("11-30 08:00"))

    calendar_changed(cast.bogota, None, at("11-17 12:00"))

    assert morning_of(cast.diego).next_at == at("11-17 14:00")
    assert morning_of(cast.andes).next_at == at("11-17 14:00")
    assert morning_of(cast.ana).next_at == at("11-30 08:00")


def test_a_changed_default_calendar_moves_those_without_a_team(cast: Cast) -> None:
    ensure_mornings(at("11-16 07:00"))
    Morning.objects.update(next_at=at("11-30 08:00"))

    calendar_changed(cast.default.calendar, None, at("11-17 12:00"))

    assert morning_of(cast.eva).next_at == at("11-18 08:00")
    assert morning_of(cast.diego).next_at == at("11-30 08:00")
