"""Who acts for whom (A10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.acting import absent_until, acting_for, acting_map, calendar_of
from accounts.models import Absence, Membership, User
from tests.cast import Cast

NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def away(user: User, cover: User | None, *, since: int = -1, until: int | None = 1) -> Absence:
    ends = None if until is None else NOW + until * DAY
    return Absence.objects.create(user=user, cover=cover, starts_at=NOW + since * DAY, ends_at=ends)


def test_somebody_present_acts_for_themselves(cast: Cast) -> None:
    assert acting_for(cast.ana, cast.iberia, NOW) == cast.ana


def test_nobody_acts_where_nobody_owns(cast: Cast) -> None:
    assert acting_for(None, cast.iberia, NOW) is None


def test_the_cover_acts_from_the_first_instant_until_the_last(cast: Cast) -> None:
    absence = away(cast.ana, cast.bruno)
    assert acting_for(cast.ana, cast.iberia, absence.starts_at) == cast.bruno
    assert acting_for(cast.ana, cast.iberia, absence.starts_at - dt.timedelta(seconds=1)) == cast.ana
    assert absence.ends_at is not None
    assert acting_for(cast.ana, cast.iberia, absence.ends_at) == cast.ana


def test_the_chain_is_followed_to_the_third_cover(cast: Cast) -> None:
    away(cast.ana, cast.bruno)
    away(cast.bruno, cast.carla)
    away(cast.carla, cast.diego)
    assert acting_for(cast.ana, cast.iberia, NOW) == cast.diego


def test_a_chain_of_four_ends_in_the_queue(cast: Cast) -> None:
    away(cast.ana, cast.bruno)
    away(cast.bruno, cast.carla)
    away(cast.carla, cast.diego)
    away(cast.diego, cast.fatima)
    assert acting_for(cast.ana, cast.iberia, NOW) is None
    assert acting_for(cast.bruno, cast.iberia, NOW) == cast.fatima


def test_without_a_cover_it_is_the_queue(cast: Cast) -> None:
    away(cast.ana, None)
    assert acting_for(cast.ana, cast.iberia, NOW) is None


def test_of_two_absences_the_one_begun_last_decides(cast: Cast) -> None:
    away(cast.ana, cast.bruno, since=-5, until=5)
    away(cast.ana, cast.carla, since=-1, until=1)
    assert acting_for(cast.ana, cast.iberia, NOW) == cast.carla


@pytest.mark.parametrize("gone", [{"is_active": False}, {"first_signed_in_at": None}])
def test_somebody_deactivated_or_never_here_leaves_it_to_the_queue(cast: Cast, gone: dict[str, Any]) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(**gone)
    away(cast.ana, cast.bruno)
    assert acting_map([cast.ana.pk, cast.bruno.pk], NOW) == {cast.ana.pk: None, cast.bruno.pk: None}


def test_many_people_cost_two_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    away(cast.ana, cast.bruno)
    people = [user.pk for user in cast.people.values()]
    with django_assert_num_queries(2):
        acting = acting_map(people, NOW)
    assert acting == {pk: cast.bruno.pk if pk == cast.ana.pk else pk for pk in people}


def test_a_loop_of_covers_is_refused(cast: Cast) -> None:
    away(cast.ana, cast.bruno)
    away(cast.bruno, cast.carla)
    back = Absence(user=cast.carla, cover=cast.ana, starts_at=NOW, ends_at=NOW + DAY)
    with pytest.raises(ValidationError) as refused:
        back.full_clean()
    assert list(refused.value.message_dict) == ["cover"]
    assert "Ana Torres" in refused.value.message_dict["cover"][0]


def test_a_loop_of_other_days_is_none(cast: Cast) -> None:
    away(cast.ana, cast.bruno)
    Absence(user=cast.bruno, cover=cast.ana, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY).full_clean()


def test_an_absence_without_end_needs_a_cover(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        Absence(user=cast.ana, starts_at=NOW).full_clean()


def test_it_says_when_somebody_is_back(cast: Cast) -> None:
    absence = away(cast.ana, None)
    assert absent_until(cast.ana, NOW) == absence.ends_at
    assert absent_until(cast.bruno, NOW) is None


def test_people_work_by_the_calendar_of_their_primary_team(cast: Cast) -> None:
    Membership.objects.create(user=cast.diego, team=cast.iberia)
    assert calendar_of(cast.diego) == cast.bogota
    assert calendar_of(cast.eva) == cast.default.calendar
