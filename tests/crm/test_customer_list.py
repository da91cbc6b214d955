"""The list of customers: what narrows and orders it, pages by key, counts, and who sees which part."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from crm.keyset import page_of, read_cursor
from crm.listing import Listing, View, read_view
from crm.models import Clock, Customer, Segment
from crm.models.clock import State
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, logged, person_at, tell

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def names(user: User, query: str = "") -> list[str]:
    """The names in the list, as the page writes them, over all its pages."""
    client = signed_in(user)
    found: list[str] = []
    address: str | None = f"/customers/?{query}"
    while address:
        page = client.get(address).content.decode()
        found += re.findall(r"data-row-link>([^<]+)</a>", page)
        following = re.search(r'href="/customers/(\?[^"]*after=[^"]*)"', page)
        address = f"/customers/{following[1].replace('&amp;', '&')}" if following else None
    return found


@pytest.fixture
def clients(cast: Cast) -> Cast:
    """Ana's: one overdue, one fine, one new; Bruno's, the queue's and Diego's one each."""
    segment = Segment.objects.create(name="Alfa")
    solis = client_of(
        cast.ana, "Ferretería Solís", cast.iberia, annual_value=18_400, currency="EUR", segment=segment, key=True
    )
    logged(solis, cast.ana, "10-02 10:00")
    person_at(solis, "Julián Solís", "+34954550188")
    lugo = client_of(
        cast.ana, "Talleres Lugo", cast.iberia, annual_value=900, currency="EUR", renewal_on=dt.date(2027, 1, 5)
    )
    logged(lugo, cast.ana, "11-23 10:00")
    client_of(cast.ana, "Álava Nueva", cast.iberia, added="11-23 10:00", annual_value=40_000_000, currency="COP")
    client_of(cast.bruno, "De Bruno", cast.iberia, annual_value=77, currency="EUR")
    client_of(None, "De Nadie", cast.iberia)
    client_of(cast.diego, "De Diego", cast.andes)
    return cast


def test_a_manager_sees_their_own_and_the_queue(clients: Cast) -> None:
    assert set(names(clients.ana)) == {"Ferretería Solís", "Talleres Lugo", "Álava Nueva", "De Nadie"}
    assert set(names(clients.carla)) == {"Ferretería Solís", "Talleres Lugo", "Álava Nueva", "De Nadie", "De Bruno"}
    assert names(clients.diego) == ["De Diego"]
    assert len(names(clients.eva)) == 6


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=overdue&owner={ana}", ["Ferretería Solís"]),
        ("state=fine&state=soon", ["Talleres Lugo", "Álava Nueva"]),
        ("mark=noowner", ["De Nadie"]),
        ("mark=key", ["Ferretería Solís"]),
        ("mark=never&owner={ana}", ["Álava Nueva"]),
        ("q=954 55 01", ["Ferretería Solís"]),
        ("q=julian solis", ["Ferretería Solís"]),
        ("q=alava&state=overdue", []),
        ("segment=none&owner={ana}", ["Talleres Lugo", "Álava Nueva"]),
        ("segment={alfa}", ["Ferretería Solís"]),
        ("owner=none", ["De Nadie"]),
        ("currency=EUR", ["Ferretería Solís", "Talleres Lugo"]),
        ("due_within=40&owner={ana}", ["Talleres Lugo", "Álava Nueva"]),
        ("ratio_from=1&owner={ana}", ["Ferretería Solís"]),
        ("ratio_to=0.5&owner={ana}", ["Talleres Lugo", "Álava Nueva"]),
        ("stage=departed", []),
        ("archived=1", []),
    ],
)
def test_filters_combine(clients: Cast, query: str, expected: list[str]) -> None:
    alfa = Segment.objects.get(name="Alfa").pk
    assert sorted(names(clients.ana, query.format(ana=clients.ana.pk, alfa=alfa))) == sorted(expected)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Álava Nueva", "Ferretería Solís", "Talleres Lugo"]),
        ("due", ["Ferretería Solís", "Álava Nueva", "Talleres Lugo"]),
        ("last", ["Ferretería Solís", "Talleres Lugo", "Álava Nueva"]),
        # By currency first: 40 million pesos are not more than 18,400 euros.
        ("value", ["Álava Nueva", "Ferretería Solís", "Talleres Lugo"]),
        ("renewal", ["Talleres Lugo", "Ferretería Solís", "Álava Nueva"]),
        ("ratio", ["Ferretería Solís", "Álava Nueva", "Talleres Lugo"]),
    ],
)
def test_orders(clients: Cast, sort: str, expected: list[str]) -> None:
    assert names(clients.ana, f"owner={clients.ana.pk}&sort={sort}") == expected


def test_ratio_is_no_order_over_all_owners(clients: Cast) -> None:
    assert read_view(QueryDict("sort=ratio")).sort == "due"
    assert read_view(QueryDict("sort=ratio&team=none")).sort == "due"
    assert read_view(QueryDict("sort=ratio&team=3")).sort == "ratio"


@pytest.mark.parametrize("sort", ["name", "due", "last", "value", "renewal", "ratio"])
def test_pages_by_key_walk_every_row_once_both_ways(cast: Cast, sort: str) -> None:
    for number in range(23):
        client_of(
            cast.ana,
            f"C{number // 2:02}",
            cast.iberia,
            added=f"09-{1 + number % 5:02} 10:00",
            annual_value=[None, 10, 20][number % 3],
            currency=["", "EUR", "USD"][number % 3],
            renewal_on=[None, dt.date(2026, 1, 1), dt.date(2027, 1, 1 + number % 2)][number % 3],
        )
    Clock.objects.filter(customer__name__in=["C03", "C04"]).update(due_at=None, soon_at=None, anchor_at=None)
    for number, clock in enumerate(Clock.objects.order_by("pk")[:9]):
        Clock.objects.filter(pk=clock.pk).update(last_attention_at=at(f"10-{1 + number // 2:02} 10:00"))
    listing = Listing(View(sort=sort, owner=str(cast.ana.pk)), cast.ana, NOW)
    forward, pages = [], []
    cursor = None
    while True:
        page = page_of(listing.ordered_rows(), listing.order(), cursor, 5)
        forward += page.pks
        pages.append(page)
        if not page.next:
            break
        cursor = read_cursor(page.next, listing.order())
        assert cursor is not None
    assert len(forward) == len(set(forward)) == 23
    assert [bool(page.previous) for page in pages] == [False, True, True, True, True]
    back = read_cursor(pages[-1].previous, listing.order(), back=True)
    before = page_of(listing.ordered_rows(), listing.order(), back, 5)
    assert before.pks == pages[-2].pks
    assert before.next


@pytest.mark.parametrize(
    "text", ["x", "W10=", "WzAsMV0=", "WzksMV0=", "WzAsICJ4IiwgIngiXQ==", "%00", "W251bGwsMSwxXQ=="]
)
def test_a_broken_cursor_or_view_is_the_first_page(clients: Cast, text: str) -> None:
    client = signed_in(clients.ana)
    for query in (f"after={text}", f"before={text}", f"owner={text}&state={text}&as_of={text}&ratio_from={text}"):
        assert client.get(f"/customers/?{query}").status_code == 200


def test_states_partition_all_active_and_counts_are_exact(clients: Cast) -> None:
    stopped = Customer.objects.get(name="De Bruno")
    Clock.objects.filter(pk=stopped.pk).update(due_at=None, soon_at=None, anchor_at=None)
    counts = [Listing(View(states=(state.value,)), clients.eva, NOW).count() for state in State]
    assert sum(number for number, _all in counts) == 6
    assert all(is_all for _number, is_all in counts)


def test_as_of_reads_the_states_at_that_instant(clients: Cast) -> None:
    early = dt.datetime(2026, 10, 20, 9, tzinfo=dt.UTC).isoformat().replace("+", "%2B")
    assert "Ferretería Solís" in names(clients.ana, "state=overdue")
    assert "Ferretería Solís" not in names(clients.ana, f"state=overdue&as_of={early}")


def test_the_page_says_its_count_and_offers_to_take_filters_away(clients: Cast) -> None:
    page = signed_in(clients.ana).get("/customers/?q=solis&state=overdue").content.decode()
    assert "1 client" in page
    assert 'href="/customers/?state=overdue"' in page
    assert 'href="/customers/?q=solis"' in page


def test_htmx_gets_the_fragment_only(clients: Cast) -> None:
    response = signed_in(clients.ana).get("/customers/?state=overdue", headers=HTMX)
    page = response.content.decode()
    assert page.lstrip().startswith('<div id="customer-list"')
    assert "<html" not in page
    assert "HX-Request" in response["Vary"]


def test_the_tab_of_the_teams_shows_the_clock_and_nothing_of_the_record(clients: Cast) -> None:
    bruno = Customer.objects.get(name="De Bruno")
    logged(bruno, clients.bruno, "10-02 10:00", summary="Secret words")
    segment = Segment.objects.create(name="Hidden segment")
    Customer.objects.filter(pk=bruno.pk).update(segment=segment, city="Hidden town", key=True)
    tell(bruno, NOW)
    page = signed_in(clients.ana).get("/customers/?tab=teams").content.decode()
    assert "De Bruno" in page
    assert "Bruno Sanz" in page
    assert "Ferretería Solís" not in page
    # Any two digits stand in one token of sixty.
    page = re.sub(r"[A-Za-z0-9]{64}", "", page)
    for hidden in ("Secret words", "Hidden segment", "Hidden town", "without attention", "77"):
        assert hidden not in page.replace("+34", ""), hidden


@pytest.mark.parametrize(
    "query", ["sort=value", "mark=key", "currency=EUR", "segment=none", "stage=care", "sort=renewal"]
)
def test_nothing_of_a_colleagues_record_narrows_or_orders_the_tab(clients: Cast, query: str) -> None:
    Customer.objects.filter(name="De Bruno").update(key=False)
    assert read_view(QueryDict(f"tab=teams&{query}")) == read_view(QueryDict("tab=teams"))
    assert names(clients.ana, f"tab=teams&{query}") == ["De Bruno"]


def test_a_foreign_client_changes_nothing_in_the_list(clients: Cast) -> None:
    def body() -> str:
        page = signed_in(clients.ana).get("/customers/?sort=name").content.decode()
        return re.sub(r"[A-Za-z0-9]{64}", "", page)

    before = body()
    client_of(clients.diego, "Aaaa Extraño", clients.andes)
    assert body() == before


def test_queries_do_not_grow_with_the_rows(cast: Cast) -> None:
    client = signed_in(cast.ana)
    views = ("", "sort=name", "sort=value&q=c", "state=overdue&sort=renewal", "tab=teams")

    def numbers() -> list[int]:
        found = []
        for view in views:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/customers/?{view}").status_code == 200
            found.append(len(queries))
        return found

    def grow(many: int) -> None:
        for at_ in range(many):
            for owner in (cast.ana, cast.bruno):
                one = client_of(owner, f"C{at_:03}", cast.iberia, phone=f"+3460000{at_:04}")
                logged(one, owner, "10-02 10:00")

    grow(1)
    few = numbers()
    grow(60)
    for view, one, many in zip(views, few, numbers(), strict=True):
        assert many <= max(one, 15), view
        assert many <= 15, view


def test_without_clients_the_page_says_what_to_do(cast: Cast) -> None:
    page = signed_in(cast.ana).get("/customers/").content.decode()
    assert "No clients yet" in page
    assert "Nobody fits" in signed_in(cast.ana).get("/customers/?q=nobody").content.decode()


def test_nobody_signed_in_sees_nothing(clients: Cast) -> None:
    response = Client().get("/customers/")
    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]
