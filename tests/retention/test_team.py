"""Team: the load of each person, the queue, who is away; each count opens its list."""

from __future__ import annotations

import datetime as dt
import html as markup
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Absence, User
from alerts.models import Alert
from alerts.sweep import run_sweep
from retention.team import Load, loads_of
from tests import portfolio
from tests.cast import Cast
from tests.portfolio import at, client_of, logged
from tests.support.browser import Pages, accessibility_faults

NOW = portfolio.NOW.astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def build(cast: Cast) -> None:
    for number, day in enumerate(("10-01", "10-14", "10-27", "10-29", "11-12", "11-20")):
        for owner in (cast.ana, None):
            logged(client_of(owner, f"Client {number} {owner}", cast.iberia), cast.ana, f"{day} 11:00")
    logged(client_of(cast.bruno, "Bruno's", cast.iberia), cast.bruno, "11-20 10:00")
    logged(client_of(cast.diego, "Guest", cast.iberia), cast.diego, "11-20 10:00")
    logged(client_of(cast.diego, "Foreign", cast.andes), cast.diego, "10-01 10:00")
    run_sweep(NOW)
    Alert.objects.update(admitted_at=NOW, rung=1)


def loads(user: User) -> dict[str, Load]:
    return {str(load.person or "queue"): load for one in loads_of(user, NOW) for load in one.loads}


def page(client: Client, user: User) -> str:
    client.force_login(user)
    answer = client.get("/team/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_person_and_the_queue_has_a_row(cast: Cast) -> None:
    build(cast)

    found = loads(cast.carla)

    assert list(found) == ["Ana Torres", "Bruno Sanz", "Diego Rojas", "Carla Núñez", "queue"]
    ana = found["Ana Torres"]
    assert (ana.clients, ana.overdue, ana.within, ana.alerts) == (6, 2, 2, 2)
    assert found["queue"].overdue == 2
    assert (found["Diego Rojas"].clients, found["Diego Rojas"].is_member) == (1, False)
    assert (ana.promises.kept, ana.promises.total) == (0, 2)


def test_each_count_opens_a_list_of_the_same_count(client: Client, cast: Cast) -> None:
    build(cast)
    html = page(client, cast.carla)

    for load in loads(cast.carla).values():
        for address, count in (
            (load.clients_url, load.clients),
            (load.overdue_url, load.overdue),
            (load.within_url, load.within),
        ):
            assert markup.escape(f"/customers/{address}") in html
            text = client.get(f"/customers/{address}").content.decode()
            found = re.search(r'data-total="(\d+)"', text)
            assert (int(found[1]) if found else 0) == count, address
        alerts = client.get(f"/alerts/{load.alerts_url}").content.decode()
        assert alerts.count("row-alert") == load.alerts


def test_it_opens_with_who_carries_how_much_and_how_many_wait(client: Client, cast: Cast) -> None:
    build(cast)

    html = " ".join(page(client, cast.carla).split())

    assert re.search(r"care for 14 clients\. <b>\w+ have waited too long\.</b>", html), html
    late = sum(load.overdue for load in loads(cast.carla).values())
    assert late > 1


def test_who_is_away_is_said_with_the_cover(client: Client, cast: Cast) -> None:
    build(cast)
    Absence.objects.create(user=cast.ana, cover=cast.bruno, starts_at=at("11-23 00:00"), ends_at=at("11-30 00:00"))

    html = page(client, cast.carla)

    assert "Away until 30 Nov, Bruno covers" in html
    assert "One is away." in html


def test_who_will_be_away_by_the_end_of_next_week_is_said(client: Client, cast: Cast) -> None:
    build(cast)
    Absence.objects.create(user=cast.ana, cover=cast.bruno, starts_at=at("11-30 00:00"), ends_at=at("12-05 00:00"))
    Absence.objects.create(user=cast.carla, cover=cast.eva, starts_at=at("12-07 00:00"), ends_at=at("12-09 00:00"))

    html = page(client, cast.carla)

    assert "Away from 30 Nov until 5 Dec, Bruno covers" in html
    assert "Away from 7 Dec" not in html, "that is the week after"
    assert "without a cover" not in html


@pytest.mark.parametrize(
    ("first", "back", "covered", "said"),
    [
        ("11-30 00:00", "12-01 00:00", False, True),
        ("11-23 00:00", None, True, False),
        ("11-23 00:00", "11-30 00:00", False, False),
        ("12-07 00:00", "12-09 00:00", False, False),
    ],
)
def test_who_has_no_cover_next_week_is_counted(
    client: Client, cast: Cast, first: str, back: str | None, covered: bool, said: bool
) -> None:
    build(cast)
    Absence.objects.create(
        user=cast.ana, cover=cast.bruno if covered else None, starts_at=at(first), ends_at=at(back) if back else None
    )

    html = page(client, cast.carla)
    assert ("Next week one is without a cover." in html) is said
    assert ("Nobody covers next week" in html) is said
    assert (f'<a class="btn btn-small" href="/away/{cast.ana.pk}/">' in " ".join(html.split())) is said


def test_a_cover_who_is_away_with_none_covers_nobody(client: Client, cast: Cast) -> None:
    build(cast)
    Absence.objects.create(user=cast.ana, cover=cast.bruno, starts_at=at("11-30 00:00"), ends_at=at("12-05 00:00"))
    Absence.objects.create(user=cast.bruno, starts_at=at("12-02 00:00"), ends_at=at("12-03 00:00"))

    html = page(client, cast.carla)
    assert "Next week two are without a cover." in html
    assert "Away from 30 Nov until 5 Dec, and Bruno is away too" in html
    assert "Away from 2 Dec until 3 Dec, no cover" in html


def test_managers_are_refused_and_other_teams_are_not_there(client: Client, cast: Cast) -> None:
    build(cast)

    assert "Ana" not in page(client, cast.fatima)
    assert "Andes" not in page(client, cast.carla)
    assert "Andes" in page(client, cast.eva)
    for manager in (cast.ana, cast.diego):
        client.force_login(manager)
        assert client.get("/team/").status_code == 403


def test_sixty_clients_ask_no_more_than_one(client: Client, cast: Cast) -> None:
    client_of(cast.ana, "First", cast.iberia)
    asked = [_queries(client, cast.carla)]
    for number in range(59):
        client_of((cast.ana, cast.bruno, None)[number % 3], f"Client {number}", cast.iberia)
    asked.append(_queries(client, cast.carla))

    assert asked[0] == asked[1]
    assert asked[1] <= 15


def _queries(client: Client, user: User) -> int:
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/team/").status_code == 200
    return len(queries)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_it_is_for_everybody(transactional_db: None, pages: Pages, cast: Cast, width: int, theme: str) -> None:
    build(cast)
    screen = pages.open(cast.eva, path="/team/", width=width, theme=theme)  # type: ignore[arg-type]

    assert accessibility_faults(screen) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_address_that_takes_no_mail_shows(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.ana.pk).update(address_refused_at=NOW)

    assert "their mail server refuses our mail" in page(client, cast.carla)
