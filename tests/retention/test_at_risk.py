"""At risk: live numbers, each the count of the list that it opens; who and why."""

from __future__ import annotations

import datetime as dt
import html as markup
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User
from alerts.models import Deadline
from alerts.sweep import run_sweep
from crm.choices import Outcome
from crm.listing import Listing, View
from crm.models import Customer, Segment
from retention.board import board_of
from retention.promises_kept import promises_of
from retention.worst import worst_of
from tests import portfolio as stage
from tests.cast import Cast
from tests.portfolio import client_of, logged
from tests.support.browser import Pages, accessibility_faults

NOW = stage.NOW.astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, user: User, address: str = "/at-risk/") -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def waiting(cast: Cast, name: str, last: str = "10-14 11:00", **fields: object) -> Customer:
    owner = fields.pop("owner", cast.ana)
    team = fields.pop("team", cast.iberia)
    customer = client_of(owner, name, team, **fields)  # type: ignore[arg-type]
    logged(customer, cast.ana, last)
    return customer


def listed(client: Client, address: str) -> int:
    """How many clients the list at an address says that it has."""
    text = client.get(address).content.decode()
    found = re.search(r'data-total="(\d+)"', text)
    return int(found[1]) if found else 0


def portfolio(cast: Cast) -> None:
    """Clients of every state, owner, currency and wait that the page tells apart."""
    a, b = (Segment.objects.get_or_create(name=name)[0] for name in ("Large", "Small"))
    days = ("09-20", "10-01", "10-14", "10-24", "10-25", "10-27", "10-30", "11-05", "11-12", "11-20", "11-23")
    for number, day in enumerate(days):
        waiting(
            cast,
            f"Client {number}",
            f"{day} 11:00",
            owner=(cast.ana, cast.bruno, None)[number % 3],
            segment=(a, b, None)[number % 3],
            annual_value=(None, 1000, 12000)[number % 3],
            currency=("", "EUR", "USD")[number % 3],
        )
    client_of(cast.carla, "Never", cast.iberia, added="11-23 10:00")
    run_sweep(NOW)


def test_it_opens_with_how_many_and_what_is_theirs(client: Client, cast: Cast) -> None:
    waiting(cast, "Hotel Costa Clara", annual_value=96000, currency="EUR")
    waiting(cast, "Grupo Andino", annual_value=Decimal("74500.50"), currency="EUR")
    waiting(cast, "Fine", "11-20 11:00", annual_value=1_000_000, currency="EUR")

    html = page(client, cast.carla)

    assert "2 clients have waited longer than promised</a>; <b>€170,500.50</b> a year is theirs." in html
    assert re.search(r'data-count="2">2</a>\s*<small><a[^>]+data-count="3">of 3<', html)
    assert ">€171K <small>" in html


def test_currencies_are_never_added_up(cast: Cast) -> None:
    waiting(cast, "A", annual_value=100, currency="EUR")
    waiting(cast, "B", annual_value=50, currency="EUR")
    waiting(cast, "C", annual_value=9_000_000, currency="COP")
    waiting(cast, "D")

    stakes = board_of(View(), cast.carla, NOW).stakes

    assert [(one.currency, one.value, one.clients) for one in stakes] == [
        ("EUR", Decimal(150), 2),
        ("COP", Decimal(9_000_000), 1),
    ]


def test_every_number_opens_a_list_of_the_same_count(client: Client, cast: Cast) -> None:
    portfolio(cast)
    html = page(client, cast.carla)
    board = board_of(View(), cast.carla, NOW)
    slices = [*board.owners, *board.teams, *board.segments]
    numbers = {
        board.clients_url: board.clients,
        board.overdue_url: board.overdue,
        board.within_url: board.within,
        board.broken_url: board.broken,
        board.url(states=("soon",)): board.soon,
        **{bar.url: bar.count for bar in board.bars},
        **{stake.url: stake.clients for stake in board.stakes},
        **{one.url: one.clients for one in slices},
        **{one.overdue_url: one.overdue for one in slices},
        **{stake.url: stake.clients for one in slices for stake in one.stakes},
    }

    assert board.overdue
    assert board.within
    assert board.broken
    for address, count in numbers.items():
        assert listed(client, f"/customers/{address}") == count, address
    shown = set(re.findall(r'href="/customers/(\?[^"]+)"', html))
    assert {markup.unescape(one) for one in shown} <= set(numbers)


@pytest.mark.parametrize("scope", ["owner", "team", "segment"])
def test_filters_stand_in_the_address_and_narrow_every_number(client: Client, cast: Cast, scope: str) -> None:
    portfolio(cast)
    whole = board_of(View(), cast.carla, NOW)
    cut = {"owner": whole.owners, "team": whole.teams, "segment": whole.segments}[scope]
    for one in cut:
        value = re.search(rf"{scope}=(\w+)", one.url)
        assert value
        narrowed: dict[str, Any] = {scope: value[1]}
        board = board_of(replace(View(), **narrowed), cast.carla, NOW)
        assert (board.clients, board.overdue) == (one.clients, one.overdue)
        assert sum(bar.count for bar in board.bars) == board.with_cadence
        assert f"of {one.clients}</a></small>" in page(client, cast.carla, f"/at-risk/?{scope}={value[1]}")


def test_the_bars_divide_at_the_promise(cast: Cast) -> None:
    portfolio(cast)
    board = board_of(View(), cast.carla, NOW)

    assert sum(bar.count for bar in board.bars) == board.clients
    assert sum(bar.count for bar in board.bars if bar.state == "overdue") == board.overdue


def test_managers_are_refused_and_strangers_see_nothing(client: Client, cast: Cast) -> None:
    def plain(html: str) -> list[str]:
        return [line for line in html.splitlines() if "csrf" not in line.lower()]

    for name in ("Large", "Small"):
        Segment.objects.create(name=name)
    before = plain(page(client, cast.fatima))
    portfolio(cast)

    assert plain(page(client, cast.fatima)) == before
    for manager in (cast.ana, cast.diego):
        client.force_login(manager)
        assert client.get("/at-risk/").status_code == 403
    assert f"of {Customer.objects.count()}</a></small>" in page(client, cast.eva)


def test_a_foreign_owner_in_the_address_counts_nothing(client: Client, cast: Cast) -> None:
    waiting(cast, "Ferretería Solís")

    html = page(client, cast.fatima, f"/at-risk/?owner={cast.ana.pk}")

    assert "Solís" not in html
    assert "Ana" not in html
    assert "No clients here yet." in html


def test_promises_are_one_per_client_and_kind_and_kept_if_none_was_late(cast: Cast) -> None:
    kept = waiting(cast, "Kept twice", "11-01 10:00")
    logged(kept, cast.ana, "11-10 10:00")
    logged(kept, cast.ana, "11-20 10:00")
    broken = waiting(cast, "Late once, kept once", "09-25 10:00")
    run_sweep(NOW - dt.timedelta(days=20))
    logged(broken, cast.ana, "11-10 10:00")
    logged(broken, cast.ana, "11-20 10:00")
    waiting(cast, "Still waiting", "10-14 10:00")
    run_sweep(NOW)
    clocks = Listing(View(), cast.carla, NOW).rows

    found = promises_of(clocks, NOW)

    assert (found.kept, found.total) == (1, 3)
    assert found.percent == 33
    names = {
        which: set(Listing(View(promises=which), cast.carla, NOW).rows.values_list("customer__name", flat=True))
        for which in ("kept", "broken")
    }
    assert names == {"kept": {"Kept twice"}, "broken": {"Late once, kept once", "Still waiting"}}


def test_what_was_replaced_or_undone_is_not_counted(cast: Cast) -> None:
    customer = waiting(cast, "A", "10-14 10:00")
    run_sweep(NOW)
    clocks = Listing(View(), cast.carla, NOW).rows
    Deadline.objects.filter(customer=customer, due_at__lte=NOW).update(has_twin=True)

    assert promises_of(clocks, NOW).total == 0
    assert promises_of(clocks, NOW).percent is None


def test_who_and_why_is_in_the_order_of_wait_and_value(cast: Cast) -> None:
    waiting(cast, "Small, as long", annual_value=10, currency="EUR")
    waiting(cast, "Large, as long", annual_value=9000, currency="EUR")
    waiting(cast, "Longest", "08-20 10:00")
    waiting(cast, "Just so", "10-23 10:00")
    waiting(cast, "Fine", "11-20 10:00")

    people = worst_of(Listing(View(), cast.carla, NOW).rows, NOW)

    # A4: without a value one stands in the middle, so before the smallest that has waited a little longer.
    assert [one.clock.customer.name for one in people] == ["Longest", "Large, as long", "Just so", "Small, as long"]


def test_reasons_stand_beside_the_name(client: Client, cast: Cast) -> None:
    customer = waiting(cast, "Hotel Costa Clara", key=True, renewal_on=dt.date(2026, 12, 18))
    for day in ("11-18 10:00", "11-19 10:00", "11-20 10:00"):
        logged(customer, cast.ana, day, Outcome.NO_ANSWER)
    client_of(None, "Sin Dueño", cast.iberia)

    html = page(client, cast.carla)

    for words in (
        "3 attempts unanswered",
        "Renews in 3 weeks",
        "Key client",
        "Never contacted",
        "no owner",
        "41 of 30 d",
    ):
        assert words in html


def test_nobody_at_risk_is_a_reward(client: Client, cast: Cast) -> None:
    waiting(cast, "Fine", "11-20 10:00")

    html = page(client, cast.carla)

    assert "Nobody has waited longer than promised." in html
    assert "Nobody has waited too long" in html


def test_sixty_clients_ask_no_more_than_one(client: Client, cast: Cast) -> None:
    waiting(cast, "First")
    asked = [_queries(client, cast.carla)]
    for number in range(59):
        waiting(cast, f"Client {number}", owner=(cast.ana, cast.bruno, None)[number % 3])
    asked.append(_queries(client, cast.carla))

    assert asked[0] == asked[1]
    assert asked[1] <= 15


def _queries(client: Client, user: User) -> int:
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/at-risk/").status_code == 200
    return len(queries)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_it_is_for_everybody_and_its_chart_has_a_table(
    transactional_db: None, pages: Pages, cast: Cast, width: int, theme: str
) -> None:
    Membership.objects.create(user=cast.carla, team=cast.andes, supervises=True)
    portfolio(cast)
    screen = pages.open(cast.carla, path="/at-risk/", width=width, theme=theme)  # type: ignore[arg-type]
    screen.locator(".chart-place .barlayer path").first.wait_for()

    assert accessibility_faults(screen) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert screen.locator("#waited-table").is_hidden()
    screen.get_by_role("button", name="Table").click()
    assert screen.locator("#waited-table").is_visible()
    assert accessibility_faults(screen) == []
    assert "Both teams" in screen.content()
