"""Planning to be away: half-days, covers, loops, overlaps, not today, back again, taken back, and who may (A10)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import absences
from accounts.absences import Days
from accounts.calendar_build import rebuild
from accounts.models import Absence, User
from tests.cast import Cast
from tests.portfolio import NOW, at

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def day(n: int) -> str:
    """The date n days from now, as a browser sends it."""
    return (TODAY + dt.timedelta(days=n)).isoformat()


def plan(client: Client, by: User, whose: User, **fields: Any) -> Any:
    client.force_login(by)
    return client.post(f"/away/{whose.pk}/", fields)


def planned(user: User, cover: User | None, since: int, until: int | None) -> Absence:
    """An absence of whole days, from one to another counted from today."""
    starts = at("11-24 00:00") + dt.timedelta(days=since)
    ends = None if until is None else at("11-24 00:00") + dt.timedelta(days=until)
    absence = Absence(user=user, cover=cover, starts_at=starts, ends_at=ends)
    absences.save(absence, actor=user)
    return absence


def faults(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


def test_whole_days_end_with_the_last_evening(client: Client, cast: Cast) -> None:
    answer = plan(client, cast.ana, cast.ana, first=day(6), last=day(9), cover=cast.bruno.pk, reason="Viaje")

    assert answer.status_code == 302
    absence = Absence.objects.get()
    assert (absence.user, absence.cover, absence.reason) == (cast.ana, cast.bruno, "Viaje")
    assert (absence.starts_at, absence.ends_at) == (at("11-30 00:00"), at("12-04 00:00"))
    html = client.get(f"/away/{cast.ana.pk}/").content.decode()
    assert "30 Nov – 3 Dec" in html
    assert "Bruno Sanz covers" in html


def test_half_a_day_ends_at_the_break_of_the_calendar(cast: Cast) -> None:
    cast.madrid.weekly_spans.filter(weekday=1).delete()
    for opens, closes in ((9, 14), (17, 20)):
        cast.madrid.weekly_spans.create(weekday=1, opens=dt.time(opens), closes=dt.time(closes))
    rebuild(cast.madrid, today=TODAY)
    cast.madrid.refresh_from_db()

    starts, ends = absences.instants(Days(dt.date(2026, 12, 1), dt.date(2026, 12, 1), from_midday=True), cast.madrid)
    assert (starts, ends) == (at("12-01 14:00"), at("12-02 00:00"))
    _starts, ends = absences.instants(Days(dt.date(2026, 12, 1), dt.date(2026, 12, 1), to_midday=True), cast.madrid)
    assert ends == at("12-01 14:00")


def test_half_a_day_of_one_span_is_half_of_its_hours(cast: Cast) -> None:
    cast.madrid.weekly_spans.filter(weekday=1).delete()
    cast.madrid.weekly_spans.create(weekday=1, opens=dt.time(8), closes=dt.time(15))
    rebuild(cast.madrid, today=TODAY)

    assert absences.midday(cast.madrid, dt.date(2026, 12, 1)) == at("12-01 11:30")


def test_without_a_last_day_somebody_must_cover(client: Client, cast: Cast) -> None:
    assert list(faults(plan(client, cast.ana, cast.ana, first=day(1)))) == ["cover"]
    assert plan(client, cast.ana, cast.ana, first=day(1), cover=cast.carla.pk).status_code == 302


def test_a_loop_is_refused_beside_the_cover(client: Client, cast: Cast) -> None:
    planned(cast.bruno, cast.ana, 1, 9)

    said = faults(plan(client, cast.ana, cast.ana, first=day(2), last=day(3), cover=cast.bruno.pk))

    assert list(said) == ["cover"]
    assert "come back to Ana Torres" in said["cover"][0]
    assert not Absence.objects.filter(user=cast.ana).exists()


def test_a_cover_who_is_away_with_nobody_covering_is_refused(client: Client, cast: Cast) -> None:
    planned(cast.bruno, None, 1, 9)

    said = faults(plan(client, cast.ana, cast.ana, first=day(2), last=day(3), cover=cast.bruno.pk))

    assert said == {"cover": ["Bruno is away then too, and nobody covers."]}


@pytest.mark.parametrize("gone", [{"is_active": False}, {"first_signed_in_at": None}])
def test_a_cover_must_be_somebody_at_work(client: Client, cast: Cast, gone: dict[str, Any]) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(**gone)

    assert list(faults(plan(client, cast.ana, cast.ana, first=day(2), last=day(3), cover=cast.bruno.pk))) == ["cover"]


def test_a_stranger_cannot_be_the_cover(client: Client, cast: Cast) -> None:
    assert list(faults(plan(client, cast.ana, cast.ana, first=day(2), last=day(3), cover=cast.diego.pk))) == ["cover"]


def test_nobody_is_away_twice_in_the_same_days(client: Client, cast: Cast) -> None:
    planned(cast.ana, cast.bruno, 5, 8)

    assert list(faults(plan(client, cast.ana, cast.ana, first=day(7), last=day(9)))) == ["first"]
    # The day that they are back is free.
    assert plan(client, cast.ana, cast.ana, first=day(8), last=day(9)).status_code == 302


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"first": day(5), "last": day(4)}, "last"),
        ({"first": day(5), "last": day(5), "first_half": "midday", "last_half": "midday"}, "last"),
        ({"first": "2099-01-01", "last": "2099-01-02"}, "first"),
        ({"first": "0001-01-01", "last": day(1)}, "first"),
        ({"last": day(1)}, "first"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(client: Client, cast: Cast, fields: dict[str, str], name: str) -> None:
    assert name in faults(plan(client, cast.ana, cast.ana, **fields))


def test_a_supervisor_plans_for_people_of_their_team_only(client: Client, cast: Cast) -> None:
    assert plan(client, cast.carla, cast.ana, first=day(2), last=day(3)).status_code == 302
    assert plan(client, cast.eva, cast.diego, first=day(2), last=day(3)).status_code == 302
    assert plan(client, cast.carla, cast.diego, first=day(6), last=day(7)).status_code == 404
    assert plan(client, cast.bruno, cast.ana, first=day(6), last=day(7)).status_code == 403
    client.force_login(cast.ana)
    html = " ".join(client.get(f"/away/{cast.ana.pk}/").content.decode().split())
    assert re.search(r"<b>Carla Núñez</b> planned 26 – 27 Nov|<b>Carla Núñez</b> planned 26 Nov – 27 Nov", html)


def test_not_today_is_one_click_and_the_supervisor_covers(client: Client, cast: Cast) -> None:
    client.force_login(cast.ana)

    answer = client.post(f"/away/{cast.ana.pk}/today/", follow=True)

    absence = Absence.objects.get()
    assert (absence.starts_at, absence.ends_at) == (NOW, at("11-25 00:00"))
    assert (absence.cover, absence.reason) == (cast.carla, "")
    assert "Away until tomorrow; Carla covers." in answer.content.decode()


def test_not_today_asks_who_covered_last(cast: Cast) -> None:
    planned(cast.ana, cast.bruno, -20, -15)

    absence, _change = absences.not_today(cast.ana, actor=cast.ana, now=NOW)

    assert absence.cover == cast.bruno


def test_not_today_passes_over_who_is_away(cast: Cast) -> None:
    planned(cast.carla, None, 0, 3)

    assert absences.not_today(cast.ana, actor=cast.ana, now=NOW)[0].cover is None


def test_not_today_ends_where_the_next_absence_begins(client: Client, cast: Cast) -> None:
    afternoon = Absence(user=cast.ana, cover=cast.bruno, starts_at=at("11-24 14:00"), ends_at=at("11-25 00:00"))
    absences.save(afternoon, actor=cast.ana)

    assert absences.not_today(cast.ana, actor=cast.ana, now=NOW)[0].ends_at == at("11-24 14:00")


def test_whoever_is_away_already_cannot_be_away_again(client: Client, cast: Cast) -> None:
    planned(cast.ana, cast.bruno, -1, 3)
    client.force_login(cast.ana)

    answer = client.post(f"/away/{cast.ana.pk}/today/", follow=True)

    assert "is away already in these days" in answer.content.decode()
    assert Absence.objects.count() == 1


def test_back_ends_it_now_and_one_not_begun_is_withdrawn(client: Client, cast: Cast) -> None:
    running, later = planned(cast.ana, cast.bruno, -1, 3), planned(cast.ana, cast.bruno, 9, 12)
    client.force_login(cast.ana)

    for absence in (running, later):
        assert client.post(f"/absences/{absence.pk}/end/").status_code == 302

    assert list(Absence.objects.values_list("ends_at", flat=True)) == [NOW]
    assert Absence.history.filter(id=later.pk, history_type="-", history_user=cast.ana).exists()


def test_an_edit_keeps_the_instant_of_an_end_that_stays(client: Client, cast: Cast) -> None:
    absence, _change = absences.not_today(cast.ana, actor=cast.ana, now=NOW)
    client.force_login(cast.ana)

    answer = client.post(
        f"/absences/{absence.pk}/", {"first": day(0), "first_half": "midday", "last": day(1), "cover": cast.bruno.pk}
    )

    assert answer.status_code == 302
    absence.refresh_from_db()
    assert (absence.starts_at, absence.ends_at, absence.cover) == (NOW, at("11-26 00:00"), cast.bruno)


def test_of_two_who_change_it_the_second_is_told_first(client: Client, cast: Cast) -> None:
    absence = planned(cast.ana, cast.bruno, 9, 12)
    client.force_login(cast.carla)
    address = f"/absences/{absence.pk}/"
    found = re.search(r'name="base" value="(\d+)"', client.get(address).content.decode())
    assert found
    mine = {"first": day(9), "last": day(10), "cover": cast.carla.pk, "base": found[1]}
    absence.reason = "Viaje"
    absences.save(absence, actor=cast.ana)

    refused = client.post(address, mine)

    assert "Somebody changed this absence meanwhile" in refused.content.decode()
    assert Absence.objects.get().cover == cast.bruno
    again = re.search(r'name="base" value="(\d+)"', refused.content.decode())
    assert again
    assert client.post(address, mine | {"base": again[1]}).status_code == 302
    assert Absence.objects.get().cover == cast.carla


def test_each_act_can_be_taken_back(cast: Cast) -> None:
    absence = Absence(user=cast.ana, cover=cast.bruno, starts_at=at("11-30 00:00"), ends_at=at("12-02 00:00"))
    made = absences.save(absence, actor=cast.ana)
    absence.cover = cast.carla
    changed = absences.save(absence, actor=cast.ana)
    dropped = absences.end(absence, actor=cast.ana, now=NOW)

    def now() -> list[Any]:
        return list(Absence.objects.values_list("cover__name", "ends_at"))

    assert now() == []
    assert not absences.take_back(changed, actor=cast.ana, now=NOW), "something was done since"
    assert absences.take_back(dropped, actor=cast.ana, now=NOW)
    assert now() == [("Carla Núñez", at("12-02 00:00"))]
    assert not absences.take_back(made, actor=cast.ana, now=NOW)


def test_nobody_takes_back_what_another_did_or_too_late(client: Client, cast: Cast) -> None:
    absence = Absence(user=cast.ana, cover=cast.bruno, starts_at=at("11-30 00:00"), ends_at=at("12-02 00:00"))
    made = absences.save(absence, actor=cast.carla)
    client.force_login(cast.ana)

    assert client.post(f"/absences/undo/{made}/").status_code == 404
    assert not absences.take_back(made, actor=cast.carla, now=NOW + dt.timedelta(minutes=11))
    client.force_login(cast.carla)
    assert client.post(f"/absences/undo/{made}/", headers={"HX-Request": "true"}).status_code == 204
    assert not Absence.objects.exists()


def test_what_cannot_stand_any_more_is_not_taken_back(cast: Cast) -> None:
    absence = planned(cast.ana, cast.bruno, 5, 8)
    dropped = absences.end(absence, actor=cast.ana, now=NOW)
    planned(cast.ana, cast.carla, 6, 7)

    with pytest.raises(ValidationError):
        absences.take_back(dropped, actor=cast.ana, now=NOW)


def test_the_toast_offers_to_take_it_back(client: Client, cast: Cast) -> None:
    client.force_login(cast.ana)

    html = client.post(f"/away/{cast.ana.pk}/", {"first": day(2), "last": day(2)}, follow=True).content.decode()

    found = re.search(r'data-undo="(/absences/undo/\d+/)"', html)
    assert found
    client.post(found[1])
    assert not Absence.objects.exists()


def test_the_menu_leads_there(client: Client, cast: Cast) -> None:
    client.force_login(cast.ana)

    assert f'href="/away/{cast.ana.pk}/"' in client.get("/preferences/").content.decode()


def test_a_change_of_days_is_taken_back(cast: Cast) -> None:
    absence = Absence(user=cast.ana, cover=cast.bruno, starts_at=at("12-01 00:00"), ends_at=at("12-03 00:00"))
    absences.save(absence, actor=cast.ana)
    absence.ends_at = at("12-09 00:00")
    change = absences.save(absence, actor=cast.ana)

    assert absences.take_back(change, actor=cast.ana, now=NOW)
    assert Absence.objects.get(pk=absence.pk).ends_at == at("12-03 00:00")
