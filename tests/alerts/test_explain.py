"""What the page of an alert says comes next (A6): "Thursday 9:00: Marta is told"."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from accounts.models import Absence, Membership
from alerts.choices import Kind, Rung
from alerts.explain import TURN, WEEKLY, explain_next
from alerts.models import Alert
from alerts.mornings import ensure_mornings
from tests.alerts.rows import alert, at, call_back, client, told
from tests.cast import Cast

pytestmark = pytest.mark.django_db

TUESDAY = at("11-17 10:00")


@pytest.fixture
def silence(cast: Cast) -> Alert:
    return told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")


def says(of: Alert, cast: Cast, now: dt.datetime = TUESDAY) -> str | None:
    with translation.override("en"):
        coming = explain_next(of, reader=cast.ana, now=now)
        return coming.sentence if coming else None


def test_it_names_the_day_the_hour_and_who_is_told(cast: Cast, silence: Alert) -> None:
    assert says(silence, cast) == "Thursday 09:00: Carla is told"
    coming = explain_next(silence, reader=cast.ana, now=TUESDAY)
    assert coming is not None
    assert (coming.at, coming.rung, coming.people) == (at("11-19 09:00"), Rung.SUPERVISOR, (cast.carla,))


def test_it_speaks_to_whom_it_tells(cast: Cast, silence: Alert) -> None:
    coming = explain_next(silence, reader=cast.carla, now=TUESDAY)

    assert coming is not None
    assert coming.sentence == "Thursday 09:00: you are told"


def test_a10_it_names_who_covers_the_supervisor(cast: Cast, silence: Alert) -> None:
    Absence.objects.create(user=cast.carla, cover=cast.fatima, starts_at=at("11-15 00:00"), ends_at=at("11-30 00:00"))

    assert says(silence, cast) == "Thursday 09:00: Fátima is told"


def test_it_names_several(cast: Cast, silence: Alert) -> None:
    Membership.objects.create(user=cast.fatima, team=cast.iberia, supervises=True)

    assert says(silence, cast) == "Thursday 09:00: Carla and Fátima are told"


def test_next_week_it_has_its_date(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00", snoozed_until="11-30 00:00")

    assert says(silence, cast) == "30 Nov 00:00: the pause ends"


def test_a3_the_administrators_read_it_in_their_weekly_mail(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00", rung=Rung.SUPERVISOR)
    coming = explain_next(silence, reader=cast.ana, now=TUESDAY)

    assert coming is not None
    assert (coming.kind, coming.people) == (WEEKLY, ())


def test_a3_a_rung_without_anybody_new_is_not_spoken_of(cast: Cast, silence: Alert) -> None:
    Membership.objects.filter(user=cast.carla).delete()

    assert says(silence, cast) is None


def test_w2_a_call_back_names_its_due(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-17 09:00", "11-17 13:00")

    assert says(missed, cast) == "Today 13:00: the call back is due"


def test_a4_one_that_waits_names_the_morning_of_who_acts(cast: Cast) -> None:
    ensure_mornings(TUESDAY)
    waiting = alert(client(cast.ana, cast.iberia), "11-10 18:00")
    queued = alert(client(None, cast.andes), "11-10 18:00")

    assert says(waiting, cast) == "It waits its turn: the next ones are told tomorrow 08:00"
    coming = explain_next(queued, reader=cast.diego, now=TUESDAY)
    assert coming is not None
    assert (coming.kind, coming.at) == (TURN, at("11-17 14:00"))


@pytest.mark.parametrize("kind", [Kind.REVIEW, Kind.PERSONAL])
def test_where_a_persons_turn_comes_first_it_says_nothing(cast: Cast, kind: Kind) -> None:
    standing = alert(
        client(cast.ana, cast.iberia), "11-10 18:00", kind, rung=Rung.OWNER, admitted_at="11-16 08:00",
        reached_at="11-16 08:00",
    )  # fmt: skip

    assert says(standing, cast) is None


def test_asking_changes_nothing(cast: Cast, silence: Alert) -> None:
    explain_next(silence, reader=cast.ana, now=TUESDAY)

    silence.refresh_from_db()
    assert silence.rung == Rung.OWNER
