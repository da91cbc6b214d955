"""At risk of very many clients: counted beside the pages, as of an instant that is printed and handed on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from accounts.models import User
from alerts import pump
from crm.listing import Listing, View
from retention import firm_board
from retention.board_numbers import from_json, numbers_of
from retention.care import care_counts
from retention.models import BoardSummary
from retention.snapshots import rebuild
from retention.worst import worst_ids
from tests import portfolio as stage
from tests.cast import Cast
from tests.portfolio import client_of, logged
from tests.retention.test_at_risk import portfolio
from tests.support.browser import Pages, accessibility_faults

NOW = stage.NOW.astimezone(dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def tuesday_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def large(db: None, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three clients are very many."""
    portfolio(cast)
    for module in ("crm.listing", "retention.board", "retention.firm_board", "retention.past_scope"):
        monkeypatch.setattr(f"{module}.EXACT_COUNT", 3)


def page(client: Client, user: User, address: str = "/at-risk/") -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def renewed(now: dt.datetime = NOW) -> bool:
    return firm_board.renew(lambda: now)


def test_a_small_firm_is_counted_for_the_page(client: Client, cast: Cast) -> None:
    portfolio(cast)

    assert "as of" not in page(client, cast.eva)
    assert not BoardSummary.objects.exists()


def test_the_first_look_asks_for_the_numbers_and_the_next_shows_them(client: Client, cast: Cast, large: None) -> None:
    first = page(client, cast.eva)
    assert "They are being counted" in first
    assert client.get("/at-risk/", {"counting": "1"}).status_code == 204
    assert pump._jobs["retention.tasks.renew_boards"](NOW)

    assert renewed()
    assert not renewed()
    assert not firm_board.waits(NOW)
    assert client.get("/at-risk/", {"counting": "1"}).headers["HX-Refresh"] == "true"
    html = page(client, cast.eva)
    assert "as of 09:12" in html
    assert "counted anew" not in html
    assert 'data-count="12"' in html


@pytest.mark.parametrize("who", ["eva", "carla"])
def test_they_are_the_live_numbers_of_that_instant(client: Client, cast: Cast, large: None, who: str) -> None:
    rebuild(NOW.date() - dt.timedelta(days=30), NOW.date() - dt.timedelta(days=1), NOW)
    user = cast.people[who]
    page(client, user)
    renewed()
    counted = firm_board.look(View(), user, NOW).counted
    assert counted

    rows = Listing(View(), user, NOW).rows
    assert counted.numbers == numbers_of(rows, NOW)
    assert counted.numbers == from_json(counted.numbers.as_json())
    assert (counted.care, counted.worst) == (care_counts(View(), user, NOW), worst_ids(rows, NOW))
    assert len(counted.evenings) > 3


def plain(html: str) -> str:
    return re.sub(
        r"\s+", " ", re.sub(r'<p class="detail"[^>]*> as of .*?</p>|csrf\w*" value="\w+"|X-CSRF\S+', "", html)
    )


def test_the_page_is_the_live_one(client: Client, cast: Cast, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild(NOW.date() - dt.timedelta(days=30), NOW.date() - dt.timedelta(days=1), NOW)
    page(client, cast.eva)
    renewed()
    counted = page(client, cast.eva)
    monkeypatch.setattr("retention.firm_board.EXACT_COUNT", 1000)
    BoardSummary.objects.all().delete()
    live = page(client, cast.eva)

    assert "as of 09:12" in counted
    main = [re.sub(r" as of \d\d:\d\d", "", plain(html).partition('id="board"')[2]) for html in (counted, live)]
    assert re.findall(r'data-count="\d+">[^<]*', main[0]) == re.findall(r'data-count="\d+">[^<]*', main[1])
    assert re.findall(r'href="/customers/\d+/"[^>]*>[^<]*', main[0]) == re.findall(
        r'href="/customers/\d+/"[^>]*>[^<]*', main[1]
    )


def test_every_number_opens_a_list_of_that_count_however_long(client: Client, cast: Cast, large: None) -> None:
    page(client, cast.eva)
    renewed()
    html = page(client, cast.eva)

    links = re.findall(r'href="(/customers/[^"]+)"\s+data-count="(\d+)"', html)
    assert {"12", "5"} & {count for _address, count in links}
    for address, count in links:
        text = client.get(address.replace("&amp;", "&")).content.decode()
        found = re.search(r'data-total="(\d+)"', text)
        assert found, address
        assert found[1] == count, address


def test_it_is_counted_again_while_somebody_looks(
    client: Client, cast: Cast, large: None, tuesday_morning: time_machine.Traveller
) -> None:
    page(client, cast.eva)
    renewed()
    assert not firm_board.waits(NOW + 3 * MINUTE)
    assert firm_board.waits(NOW + 4 * MINUTE)
    # Nobody looked for a quarter of an hour.
    assert not firm_board.waits(NOW + 15 * MINUTE)

    tuesday_morning.move_to(NOW + 60 * MINUTE)
    html = page(client, cast.eva)
    assert "as of 09:12" in html
    assert "counted anew" in html
    assert renewed(NOW + 60 * MINUTE)
    assert "as of 10:12" in page(client, cast.eva)


def test_looks_are_noted_once_a_minute(client: Client, cast: Cast, large: None) -> None:
    page(client, cast.eva)
    renewed()
    client.force_login(cast.eva)

    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get("/at-risk/")

    assert not [query["sql"] for query in captured if query["sql"].startswith(("UPDATE", "INSERT"))]
    assert len(captured) <= 15


def test_who_was_called_since_is_not_among_the_worst(client: Client, cast: Cast, large: None) -> None:
    late = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    logged(late, cast.ana, "09-10 11:00")
    page(client, cast.eva)
    renewed()
    assert "Ferretería Solís" in page(client, cast.eva)

    logged(late, cast.ana, "11-24 09:12")
    html = page(client, cast.eva)
    assert "Ferretería Solís" not in html


def test_two_workers_count_it_once(client: Client, cast: Cast, large: None) -> None:
    page(client, cast.eva)
    row = BoardSummary.objects.get()
    BoardSummary.objects.update(held_until=NOW + MINUTE)

    assert not renewed()
    # Whoever held it was lost.
    assert renewed(NOW + 2 * MINUTE)
    row.refresh_from_db()
    assert row.as_of == NOW + 2 * MINUTE


def test_what_goes_wrong_is_kept_and_tried_again(
    client: Client, cast: Cast, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(client, cast.eva)
    with monkeypatch.context() as broken:
        broken.setattr("retention.firm_board.worst_ids", lambda rows, now: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            renewed()

    assert BoardSummary.objects.get().fault.startswith("ZeroDivisionError")
    assert not renewed()
    assert renewed(NOW + MINUTE)
    assert BoardSummary.objects.get().fault == ""


def test_each_scope_and_each_supervisor_has_its_own(client: Client, cast: Cast, large: None) -> None:
    for user, address in (
        (cast.eva, "/at-risk/"),
        (cast.eva, f"/at-risk/?team={cast.iberia.pk}"),
        (cast.carla, "/at-risk/"),
    ):
        page(client, user, address)
    while renewed():
        pass

    found = {(row.reader_id, row.scope): row.clients for row in BoardSummary.objects.all()}
    assert found == {(None, "?"): 12, (None, f"?team={cast.iberia.pk}"): 12, (cast.carla.pk, "?"): 12}
    assert "They are being counted" not in page(client, cast.carla)
    assert "No clients here yet." in page(client, cast.fatima)


def test_one_that_nobody_asks_for_is_forgotten(client: Client, cast: Cast, large: None) -> None:
    page(client, cast.eva)

    assert firm_board.forget(NOW + dt.timedelta(days=29)) == 0
    assert firm_board.forget(NOW + dt.timedelta(days=31)) == 1


@pytest.mark.browser
def test_the_page_comes_by_itself_once_it_is_counted(pages: Pages, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    portfolio(cast)
    for module in ("crm.listing", "retention.board", "retention.firm_board", "retention.past_scope"):
        monkeypatch.setattr(f"{module}.EXACT_COUNT", 3)
    page = pages.open(cast.eva, path="/at-risk/", width=390)
    expect(page.get_by_text("These are very many clients")).to_be_visible()

    renewed()

    expect(page.get_by_text("as of 09:12")).to_be_visible()
    assert accessibility_faults(page) == []


def test_menus_of_a_large_firm_hold_those_with_most_overdue(
    client: Client, cast: Cast, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("retention.board", "retention.views.at_risk"):
        monkeypatch.setattr(f"{module}.MENU", 2)
    monkeypatch.setattr("retention.views.at_risk.CHIPS", 2)
    page(client, cast.eva)
    renewed()

    items = re.findall(r'class="menu-item"\s+href="[^"]+"[^>]*>([^<]+)<', page(client, cast.eva))

    assert {"Ana Torres", "Bruno Sanz", "No owner", "Iberia"} <= set(items)
    # Nobody of theirs has an overdue client, or any.
    assert not {"Diego Rojas", "Fatima Haddad", "Andes"} & set(items)
