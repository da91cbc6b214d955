"""People: the list, and the page of one; each count opens a list of the same count."""

from __future__ import annotations

import datetime as dt
import html as markup
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Absence, Membership, User
from alerts.models import Alert
from alerts.sweep import run_sweep
from retention.person_page import Load, load_of
from tests import portfolio
from tests.cast import Cast
from tests.portfolio import client_of, logged

NOW = portfolio.NOW.astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def build(cast: Cast) -> None:
    for number, day in enumerate(("10-01", "10-14", "10-27", "10-29", "11-12", "11-20")):
        worth: dict[str, Any] = {"annual_value": 1000 * (number + 1), "currency": "EUR" if number % 2 else "COP"}
        logged(client_of(cast.ana, f"Client {number}", cast.iberia, **worth), cast.ana, f"{day} 11:00")
    logged(client_of(cast.ana, "Guest", cast.andes), cast.ana, "10-01 10:00")
    run_sweep(NOW)
    admitted = Alert.objects.order_by("pk").values("pk")[:2]
    Alert.objects.filter(pk__in=list(admitted.values_list("pk", flat=True))).update(admitted_at=NOW, rung=1)


def page(client: Client, reader: User, path: str) -> str:
    client.force_login(reader)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def counted(client: Client, address: str) -> int:
    """The number that a list says of itself."""
    text = client.get(address).content.decode()
    if "/alerts/" in address:
        return len(set(re.findall(r'id="alert-(\d+)"', text)))
    found = re.search(r'data-total="(\d+)"', text)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("reader", ["ana", "carla", "eva"])
def test_each_number_opens_a_list_of_that_number(client: Client, cast: Cast, reader: str) -> None:
    build(cast)
    who = cast.people[reader]
    html = page(client, who, f"/people/{cast.ana.pk}/")
    load: Load = load_of(cast.ana, who, NOW)

    # Carla does not see the client that Ana has in another team.
    assert load.clients == (6 if reader == "carla" else 7)
    assert (load.overdue, load.within, load.alerts) == ((2, 2, 2) if reader == "carla" else (3, 2, 2))
    lists = [
        (f"/customers/{load.clients_url}", load.clients),
        (f"/customers/{load.overdue_url}", load.overdue),
        (f"/customers/{load.within_url}", load.within),
        (f"/alerts/{load.alerts_url}", load.alerts),
        (f"/alerts/{load.waiting_url}", load.waiting),
        *((f"/customers/{stake.url}", stake.clients) for stake in load.stakes),
    ]
    assert [stake.clients for stake in load.stakes] == [3, 3]
    for address, count in lists:
        assert counted(client, address) == count, address
        assert markup.escape(address) in html


def test_who_they_are_and_who_covers(client: Client, cast: Cast) -> None:
    day = dt.timedelta(days=1)
    Absence.objects.create(user=cast.ana, cover=cast.bruno, starts_at=NOW + day, ends_at=NOW + 3 * day)
    Absence.objects.create(user=cast.bruno, cover=cast.ana, starts_at=NOW - day, ends_at=NOW + day / 2)

    html = page(client, cast.carla, f"/people/{cast.ana.pk}/")

    assert "Account manager in Iberia." in html and "Bruno Sanz covers" in html
    assert "covers for Bruno Sanz" in html and "09:12 there now" in html
    assert "Supervises Iberia." in page(client, cast.carla, f"/people/{cast.carla.pk}/")
    assert "Administers the firm." in page(client, cast.eva, f"/people/{cast.eva.pk}/")


def names(html: str) -> list[str]:
    return re.findall(r'<a href="/people/\d+/">([^<]+)</a>', html)


def test_the_list_holds_those_one_looks_after(client: Client, cast: Cast) -> None:
    assert names(page(client, cast.carla, "/people/")) == ["Ana Torres", "Bruno Sanz", "Carla Núñez"]
    everybody = ["Ana Torres", "Bruno Sanz", "Carla Núñez", "Diego Rojas", "Eva Molina", "Fátima Díaz"]
    assert names(page(client, cast.eva, "/people/")) == everybody


def test_the_list_is_narrowed_by_team_name_and_whether_they_are_here(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    User.objects.filter(pk=cast.diego.pk).update(first_signed_in_at=None)

    assert names(page(client, cast.eva, f"/people/?team={cast.andes.pk}")) == ["Diego Rojas", "Fátima Díaz"]
    assert names(page(client, cast.eva, "/people/?team=none")) == ["Eva Molina"]
    assert names(page(client, cast.eva, "/people/?q=torres")) == ["Ana Torres"]
    assert names(page(client, cast.eva, "/people/?who=gone")) == ["Bruno Sanz"]
    assert names(page(client, cast.eva, "/people/?who=invited")) == ["Diego Rojas"]
    assert "Bruno Sanz" not in names(page(client, cast.eva, "/people/"))
    assert "Bruno Sanz" in names(page(client, cast.eva, "/people/?who=all"))
    assert "Nobody fits" in page(client, cast.eva, "/people/?q=zzz")


def test_the_list_has_pages(client: Client, cast: Cast) -> None:
    made = User.objects.bulk_create(
        User(email=f"p{n}@constante.test", name=f"Person {n:03}", first_signed_in_at=NOW) for n in range(60)
    )
    Membership.objects.bulk_create(Membership(user=one, team=cast.iberia) for one in made)

    first = page(client, cast.carla, "/people/")
    more = re.search(r'href="(/people/\?after=[^"]+)"', first)
    assert more is not None
    rest = page(client, cast.carla, markup.unescape(more[1]))

    assert len(names(first)) == 50 and len(names(rest)) == 13
    assert not set(names(first)) & set(names(rest))


def test_somebody_of_no_team_is_not_shown_to_a_supervisor(client: Client, cast: Cast) -> None:
    client.force_login(cast.carla)
    assert client.get(f"/people/{cast.eva.pk}/").status_code == 404
    client.force_login(cast.bruno)
    assert client.get(f"/people/{cast.ana.pk}/").status_code == 403
