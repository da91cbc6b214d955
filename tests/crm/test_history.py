"""Who changed what, when, from what to what."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from crm.history import Change, changes_of, read_edge
from crm.models import Customer, Segment
from tests.cast import Cast
from tests.crm.test_stale_edit import form_of
from tests.portfolio import client_of, logged, person_at


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def solis(cast: Cast) -> Customer:
    Segment.objects.create(name="Alfa")
    return client_of(cast.ana, "Ferretería Solís", cast.iberia, city="Sevilla")


def edited(user: User, customer: Customer, **changes: list[str]) -> None:
    client = signed_in(user)
    address = f"/customers/{customer.pk}/edit/"
    assert client.post(address, form_of(client.get(address).content.decode()) | changes).status_code == 302


def told(change: Change) -> set[tuple[str, str, str]]:
    return {(one.field, one.before, one.after) for one in change.differences}


def test_an_edit_says_who_which_field_before_and_after(cast: Cast, solis: Customer) -> None:
    alfa = str(Segment.objects.get().pk)
    edited(cast.carla, solis, city=["Huelva"], segment=[alfa], key=["on"], annual_value=["1500"], currency=["EUR"])
    change = changes_of(solis).changes[0]
    assert (change.who, change.act, change.what) == (cast.carla, "~", "")
    assert told(change) == {
        ("City", "Sevilla", "Huelva"),
        ("Segment", "", "Alfa"),
        ("Key client", "no", "yes"),
        ("Value a year", "", "1,500.00"),
        ("Currency", "", "EUR"),
    }


def test_tags_points_people_and_contacts_made_have_their_history(cast: Cast, solis: Customer) -> None:
    edited(cast.ana, solis, tag_names=["north"], phones=["954 55 01 88"])
    edited(cast.ana, solis, tag_names=["south, north"], phones=["954 55 01 89"])
    julian = person_at(solis, "Julián Solís")
    rang = logged(solis, cast.ana, "11-20 10:00", summary="One", participants=[julian])
    rang.summary = "Two"
    rang.save()
    changes = changes_of(solis).changes
    lines = {(change.act, change.what, *one) for change in changes for one in told(change)}
    assert ("~", "", "Tags", "north", "north, south") in lines or ("~", "", "Tags", "north", "south, north") in lines
    assert ("+", "Phone", "Value", "", "+34954550188") in lines
    assert ("+", "Phone", "Value", "", "+34954550189") in lines
    assert any(change.act == "-" and change.what == "Phone" for change in changes)
    assert ("+", "Julián Solís", "Name", "", "Julián Solís") in lines
    assert ("~", "Call · 20 Nov 2026", "In short", "One", "Two") in lines
    assert ("+", "Call · 20 Nov 2026", "With whom", "", "Julián Solís") in lines


def test_pages_by_key_show_each_change_once(cast: Cast, solis: Customer) -> None:
    for number in range(12):
        person_at(solis, f"Person {number}")
        solis.city = f"Town {number}"
        solis.save()
    everything = [str(change) for change in changes_of(solis, size=500).changes]
    walked: list[str] = []
    edge = None
    while True:
        page = changes_of(solis, edge=edge, size=5)
        walked += [str(change) for change in page.changes]
        if not page.older:
            break
        edge = read_edge(page.older)
        assert edge is not None
    assert walked == everything
    assert len(walked) >= 25


def test_queries_do_not_grow(cast: Cast, solis: Customer) -> None:
    def number() -> int:
        with CaptureQueriesContext(connection) as queries:
            changes_of(solis)
        return len(queries)

    for at_ in range(3):
        person_at(solis, f"Person {at_}")
        logged(solis, cast.ana, f"11-{1 + at_:02} 10:00")
        solis.city = f"T{at_}"
        solis.save()
    first = number()
    for at_ in range(30):
        person_at(solis, f"Person {at_}")
        solis.city = f"Town {at_}"
        solis.save()
    assert number() <= first


def test_the_page_shows_it_and_only_to_who_sees_the_record(cast: Cast, solis: Customer) -> None:
    edited(cast.ana, solis, city=["<i>Huelva</i>"])
    page = signed_in(cast.ana).get(f"/customers/{solis.pk}/changes/").content.decode()
    assert "&lt;i&gt;Huelva&lt;/i&gt;" in page
    assert re.search(r"<b>Ana Torres</b>\s+changed", page)
    assert signed_in(cast.bruno).get(f"/customers/{solis.pk}/changes/").status_code == 403
    assert signed_in(cast.ana).get(f"/customers/{solis.pk}/changes/?older=nonsense").status_code == 200
