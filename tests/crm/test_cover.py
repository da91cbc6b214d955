"""What a cover sees and may do: from the evening before until two working days after the return, then no more (A10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts import absences
from accounts.models import Absence, User
from accounts.reckoning import closing_on
from crm.models import Clock, Customer, Interaction
from retention.today import day_of
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving


def away(user: User, cover: User, first: str, back: str | None) -> Absence:
    ends_at = at(f"{back} 00:00") if back else None
    absence = Absence(user=user, cover=cover, starts_at=at(f"{first} 00:00"), ends_at=ends_at)
    absences.save(absence, actor=user)
    return absence


def sees(user: User) -> list[str]:
    """Whose whole record somebody sees now."""
    fresh = User.objects.get(pk=user.pk)
    names = sorted(Customer.objects.visible_to(fresh).values_list("name", flat=True))
    assert names == sorted(Clock.objects.visible_to(fresh).values_list("customer__name", flat=True))
    return names


def test_a_cover_sees_from_the_evening_before_until_two_working_days_after(cast: Cast, clock: Any) -> None:
    client_of(cast.ana, "Ferretería Solís", cast.iberia)
    # Monday to Friday; Monday the 7th, a day for work, she is back.
    absence = away(cast.ana, cast.bruno, "11-30", "12-05")
    evening = closing_on(cast.madrid, dt.date(2026, 11, 27)) - absences.BEFORE_CLOSING
    last = absences.days_after(absence)
    assert last is not None

    assert absence.seen_from == evening
    seconds = dt.timedelta(seconds=1)
    for moment, seen in (
        (evening - seconds, False),
        (evening + seconds, True),
        (at("12-02 10:00"), True),
        (at("12-05 10:00"), True),
        (last - seconds, True),
        (last + seconds, False),
    ):
        clock.move_to(moment)
        assert bool(sees(cast.bruno)) is seen, moment
        assert sees(cast.ana) == ["Ferretería Solís"]
        assert sees(cast.diego) == []


def test_two_working_days_after_the_return_are_counted_from_the_first_day_back(cast: Cast) -> None:
    # Over on a Saturday: back on Monday the 30th, seen until Wednesday's closing.
    absence = away(cast.ana, cast.bruno, "11-25", "11-28")
    assert absence.seen_until == closing_on(cast.madrid, dt.date(2026, 12, 2))
    # Back within a day: that is the first one.
    absence.ends_at = at("11-26 12:00")
    absences.save(absence, actor=cast.ana)
    assert absence.seen_until == closing_on(cast.madrid, dt.date(2026, 11, 30))


def test_an_early_return_ends_it_early(cast: Cast, clock: Any) -> None:
    client_of(cast.ana, "Ferretería Solís", cast.iberia)
    absence = away(cast.ana, cast.bruno, "11-23", "12-20")
    absences.end(absence, actor=cast.ana, now=NOW)

    assert sees(cast.bruno) == ["Ferretería Solís"]
    clock.move_to(at("11-27 10:00"))
    assert sees(cast.bruno) == []


def test_another_cover_takes_the_first_ones_place(cast: Cast) -> None:
    client_of(cast.ana, "Ferretería Solís", cast.iberia)
    absence = away(cast.ana, cast.bruno, "11-23", "12-20")
    absence.cover = cast.diego
    absences.save(absence, actor=cast.eva)

    assert (sees(cast.bruno), sees(cast.diego)) == ([], ["Ferretería Solís"])


def test_the_cover_of_a_cover_sees_too(cast: Cast) -> None:
    client_of(cast.ana, "Ferretería Solís", cast.iberia)
    client_of(cast.bruno, "Hotel Rías", cast.iberia)
    away(cast.ana, cast.bruno, "11-23", None)
    away(cast.bruno, cast.fatima, "11-23", "12-20")
    away(cast.fatima, cast.diego, "11-24", "11-30")

    assert sees(cast.diego) == ["Ferretería Solís", "Hotel Rías"]


def test_after_the_return_it_is_no_work_of_theirs_any_more(cast: Cast, clock: Any) -> None:
    client_of(cast.ana, "Ferretería Solís", cast.iberia)
    away(cast.ana, cast.bruno, "11-20", "11-24")

    assert sees(cast.bruno) == ["Ferretería Solís"]
    assert day_of(User.objects.get(pk=cast.bruno.pk), NOW).clients == 0
    clock.move_to(at("11-23 10:00"))
    assert day_of(User.objects.get(pk=cast.bruno.pk), at("11-23 10:00")).clients == 1


def test_the_cover_logs_and_the_owner_sees_who_did(client: Client, cast: Cast) -> None:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    away(cast.ana, cast.diego, "11-23", "12-20")
    client.force_login(cast.diego)

    entry = {"customer": solis.pk, "channel": "call", "direction": "out", "outcome": "reached"}
    assert client.post("/log/", entry).status_code == 302

    call = Interaction.objects.get()
    assert (call.by, call.customer) == (cast.diego, solis)
    assert Customer.objects.get().owner == cast.ana


def test_who_covers_nobody_asks_no_more_than_before(cast: Cast, django_assert_num_queries: Any) -> None:
    away(cast.ana, cast.bruno, "11-23", "12-20")
    for user, queries in ((cast.ana, 1), (cast.bruno, 2)):
        fresh = User.objects.get(pk=user.pk)
        with django_assert_num_queries(queries):
            assert fresh.sees_for_ids
            assert fresh.team_ids
