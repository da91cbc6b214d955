"""Promises kept by owner and month: from the deadlines, each number the count of the list that it opens."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from alerts.reassign import reassign
from alerts.sweep import run_sweep
from crm.models import Customer
from retention.promised_list import listed
from retention.promises_by_month import BROKEN, Line, lines_of, months_until, promised_in, together
from tests import portfolio as stage
from tests.cast import Cast
from tests.portfolio import at, client_of, logged

NOW = stage.NOW.astimezone(dt.UTC)
MONTHS = months_until(dt.date(2026, 11, 24))


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def waiting(cast: Cast, name: str, *days: str, owner: User | None = None) -> Customer:
    """A client added on 1 September and attended within their welcome, and on these days."""
    customer = client_of(owner or cast.ana, name, cast.iberia)
    for day in ("09-02", *days):
        logged(customer, cast.ana, f"{day} 11:00")
        run_sweep(at(f"{day} 12:00"))
    return customer


def told(cast: Cast, user: User | None = None) -> dict[str, list[str]]:
    lines = lines_of(user or cast.carla, MONTHS, NOW)
    return {line.name: [f"{one.kept}/{one.total}" if one else "" for one in line.months] for line in lines}


def page(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_last_six_months_end_with_this_one() -> None:
    assert [dt.date(2026, month, 1) for month in range(6, 12)] == MONTHS
    assert months_until(dt.date(2027, 2, 28))[0] == dt.date(2026, 9, 1)


def test_one_a_client_and_kind_and_month_is_kept_if_none_was_late(db: None, cast: Cast) -> None:
    # Promised within 30 days.
    waiting(cast, "Twice in October", "10-01", "10-20", "11-10")
    waiting(cast, "Late in October", "10-14", "10-28")
    waiting(cast, "Still waiting", "10-02")
    run_sweep(NOW)

    assert told(cast) == {"Ana Torres": ["", "", "", "3/3", "2/3", "1/2"]}
    assert together(lines_of(cast.carla, MONTHS, NOW), 5).percent == 50


def test_an_owner_answers_for_what_was_due_while_the_client_was_theirs(db: None, cast: Cast) -> None:
    customer = waiting(cast, "A", "10-14")
    reassign(Customer.objects.filter(pk=customer.pk), owner=cast.bruno, actor=cast.carla, now=at("10-15 10:00"))
    logged(customer, cast.bruno, "11-02 11:00")

    assert told(cast) == {
        "Ana Torres": ["", "", "", "1/1", "0/1", ""],
        "Bruno Sanz": ["", "", "", "", "", "1/1"],
    }


def test_each_sees_what_is_theirs_and_managers_nothing(client: Client, cast: Cast) -> None:
    waiting(cast, "Iberia", "10-01")
    andes = client_of(cast.diego, "Café Andino", cast.andes)
    logged(andes, cast.diego, "09-02 17:00")

    assert list(told(cast)) == ["Ana Torres"]
    assert list(told(cast, cast.fatima)) == ["Diego Rojas"]
    assert told(cast, cast.eva) == told(cast) | told(cast, cast.fatima)
    assert "Iberia" not in page(client, cast.fatima, f"/promises-kept/?owner={cast.ana.pk}&month=2026-10").replace(
        "Iberia (", ""
    )
    client.force_login(cast.ana)
    assert client.get("/promises-kept/").status_code == 403


def test_each_number_opens_a_list_of_the_same_count(client: Client, cast: Cast) -> None:
    waiting(cast, "Twice in October", "10-01", "10-20", "11-10")
    waiting(cast, "Late in October", "10-14", "10-28", owner=cast.bruno)
    waiting(cast, "Still waiting", "10-02")
    run_sweep(NOW)
    html = page(client, cast.carla, "/promises-kept/")

    numbers = re.findall(r'data-count="(\d+)">\d+</a> of <a href="(\?[^#"]+)#clients" data-count="(\d+)"', html)
    assert len(numbers) == 5
    for kept, address, total in numbers:
        opened = page(client, cast.carla, "/promises-kept/" + address.replace("&amp;", "&"))
        rows = opened.partition('id="clients"')[2].partition("</section>")[0]
        assert len(listed_names(opened)) == int(total), address
        assert rows.count("in time") == int(kept), address


def test_the_broken_ones_come_first(db: None, cast: Cast) -> None:
    waiting(cast, "A", "10-02")
    waiting(cast, "B", "10-14")

    found = promised_in(Line(str(cast.ana.pk), ""), cast.carla, dt.date(2026, 10, 1), NOW)

    assert [(one.client, one.late) for one in listed(found, BROKEN).rows] == [("B", 1), ("A", 0)]


@pytest.mark.parametrize("asked", ["", "?owner=7654321&month=2026-10", "?owner=x&month=2026-13", "?month=2020-01"])
def test_what_is_not_there_opens_nothing(client: Client, cast: Cast, asked: str) -> None:
    assert 'id="clients"' not in page(client, cast.carla, f"/promises-kept/{asked}")


def listed_names(html: str) -> list[str]:
    section = html.partition('id="clients"')[2]
    return re.findall(r'<a href="/customers/\d+/">([^<]+)</a>', section)


def test_the_kept_and_the_late_ones_are_told_apart(client: Client, cast: Cast) -> None:
    waiting(cast, "Kept", "10-20", "11-10")
    waiting(cast, "Late", "10-02")
    run_sweep(NOW)
    cell = f"/promises-kept/?owner={cast.ana.pk}&month=2026-11"

    assert listed_names(page(client, cast.carla, cell)) == ["Late", "Kept"]
    assert listed_names(page(client, cast.carla, f"{cell}&which=kept")) == ["Kept"]
    assert listed_names(page(client, cast.carla, f"{cell}&which=late")) == ["Late"]


def test_the_last_thirty_days_of_a_scope_are_listed(client: Client, cast: Cast) -> None:
    waiting(cast, "Kept", "10-20", "11-10")
    waiting(cast, "Late", "10-02", owner=cast.bruno)
    run_sweep(NOW)
    lately = "/promises-kept/?lately=1"

    html = page(client, cast.carla, lately)
    assert listed_names(html) == ["Late", "Kept"]
    assert 'data-total="2"' in html
    assert listed_names(page(client, cast.carla, f"{lately}&owner={cast.bruno.pk}")) == ["Late"]
    assert listed_names(page(client, cast.fatima, lately)) == []


def test_a_long_list_goes_on_by_pages(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.promised_list.PAGE_SIZE", 2)
    for name in "ABC":
        waiting(cast, name, "10-20", "11-10")
    cell = f"/promises-kept/?owner={cast.ana.pk}&month=2026-11"

    first, last = (page(client, cast.carla, f"{cell}&page={n}") for n in (1, 2))

    assert (listed_names(first), listed_names(last)) == (["A", "B"], ["C"])
    assert 'data-total="3"' in first
    assert ('rel="next"' in first, 'rel="next"' in last) == (True, False)
