"""The watch list: who comes on it, who goes, and that it is as if never where its cause is taken back."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.archive import archive
from crm.choices import Outcome
from crm.events import Change, facts_changed
from crm.listing import Listing, View
from crm.log import NextStep, delete_interaction, edit_interaction, undo_interaction
from crm.models import Contact, Customer, Interaction
from retention.care import care_of
from retention.models import SaidContent, WatchEntry
from retention.watch import say_content, take_back
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, clock_of, entry_of, logged, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia)


def stretches(customer: Customer) -> list[tuple[str, str]]:
    rows = WatchEntry.objects.filter(customer=customer).order_by("opened_at")
    return [(f"{row.opened_at:%m-%d}", f"{row.closed_at:%m-%d}" if row.closed_at else "") for row in rows]


def test_from_unhappy_until_content_and_solved(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "10-14 11:00", sentiment=3)
    assert stretches(solis) == []
    logged(solis, cast.ana, "10-15 11:00", sentiment=2)
    logged(solis, cast.ana, "10-16 11:00", sentiment=1)
    assert stretches(solis) == [("10-15", "")]
    assert clock_of(solis).watched_since == at("10-15 11:00")
    logged(solis, cast.ana, "10-17 11:00", sentiment=5)
    logged(solis, cast.ana, "10-18 11:00", sentiment=3, solved="yes")
    logged(solis, cast.ana, "10-19 11:00", sentiment=4, solved="no")
    assert stretches(solis) == [("10-15", "")]
    logged(solis, cast.ana, "10-20 11:00", sentiment=4, solved="yes")
    assert stretches(solis) == [("10-15", "10-20")]
    assert clock_of(solis).watched_since is None
    logged(solis, cast.ana, "10-21 11:00", sentiment=1)
    assert stretches(solis) == [("10-15", "10-20"), ("10-21", "")]


def test_undone_deleted_and_edited_it_never_was(cast: Cast, solis: Customer) -> None:
    call = logged(solis, cast.ana, "11-24 09:05", sentiment=1)
    assert undo_interaction(call, actor=cast.ana, now=NOW)
    assert stretches(solis) == []
    assert clock_of(solis).watched_since is None

    call = logged(solis, cast.ana, "11-20 09:05", sentiment=1)
    better = logged(solis, cast.ana, "11-21 09:05", sentiment=5, solved="yes")
    delete_interaction(better, actor=cast.ana, now=NOW)
    assert stretches(solis) == [("11-20", "")]
    edit_interaction(call, entry_of(call, sentiment=3), actor=cast.ana, now=NOW)
    assert stretches(solis) == []
    edit_interaction(call, entry_of(call, sentiment=2), actor=cast.ana, now=NOW)
    assert stretches(solis) == [("11-20", "")]


def test_an_edit_that_moves_the_call_moves_the_entry(cast: Cast, solis: Customer) -> None:
    other = client_of(cast.ana, "Hotel Rías", cast.iberia)
    call = logged(solis, cast.ana, "11-20 09:05", sentiment=1)
    edit_interaction(call, entry_of(call, customer=other, sentiment=1), actor=cast.ana, now=NOW)
    assert (stretches(solis), stretches(other)) == ([], [("11-20", "")])


def test_a_word_takes_them_off_and_can_be_taken_back(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-20 09:05", sentiment=1)
    said = say_content(solis, why="They sent flowers.", actor=cast.ana, now=NOW)
    assert stretches(solis) == [("11-20", "11-24")]
    assert not take_back(said, actor=cast.bruno, now=NOW)
    assert not take_back(said, actor=cast.ana, now=NOW + dt.timedelta(minutes=11))
    assert take_back(said, actor=cast.ana, now=NOW + dt.timedelta(minutes=9))
    assert stretches(solis) == [("11-20", "")]
    assert not take_back(said, actor=cast.ana, now=NOW + dt.timedelta(minutes=9))


def test_a_late_entry_finds_its_place(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-20 09:05", sentiment=1)
    say_content(solis, why="So they say.", actor=cast.ana, now=NOW)
    late = logged(solis, cast.ana, "11-22 09:05", sentiment=5, solved="yes")
    entry = WatchEntry.objects.get(customer=solis)
    assert (entry.closed_by, entry.closed_word) == (late, None)
    logged(solis, cast.ana, "11-10 09:05", sentiment=2)
    assert stretches(solis) == [("11-10", "11-22")]


def test_what_says_nothing_of_feelings_asks_nothing(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-20 09:05", sentiment=1)
    with CaptureQueriesContext(connection) as asked:
        logged(solis, cast.ana, "11-21 09:05")
    assert not [one for one in asked if "watchentry" in one["sql"]]


def test_many_at_once_by_import_are_as_one_by_one(cast: Cast) -> None:
    """Against a walk of its own, over random histories written behind the engine's back."""
    rng = random.Random(7)
    clients = [client_of(cast.ana, f"Taller {i}", cast.iberia) for i in range(12)]
    for one in clients:
        for _n in range(rng.randrange(9)):
            raw(one, cast, rng)
    ids = [one.pk for one in clients]
    facts_changed(Customer.objects.filter(pk__in=ids), change=Change("import"), now=NOW)
    for one in clients:
        assert list(slow_walk(one)) == stretches(one)
        found = WatchEntry.objects.filter(customer=one, closed_at=None).first()
        assert clock_of(one).watched_since == (found.opened_at if found else None)
    Interaction.objects.filter(customer__in=ids[:6]).update(sentiment=None)
    facts_changed(Customer.objects.filter(pk__in=ids), change=Change("import"), now=NOW)
    assert not WatchEntry.objects.filter(customer__in=ids[:6]).exists()


def raw(customer: Customer, cast: Cast, rng: random.Random) -> None:
    when = at("10-01 10:00") + dt.timedelta(days=rng.randrange(50), minutes=rng.randrange(600))
    if rng.random() < 0.15:
        SaidContent.objects.create(customer=customer, at=when, by=cast.ana, why="So they say.")
        return
    fields: dict[str, Any] = {"sentiment": rng.choice((None, 1, 2, 3, 4, 5)), "solved": rng.choice(("", "yes", "no"))}
    Interaction.objects.create(
        customer=customer, outcome=Outcome.REACHED, at=when, counts_at=when, local_date=when.date(), by=cast.ana,
        counts_as="attention", deleted_at=NOW if rng.random() < 0.1 else None, **fields,
    )  # fmt: skip


def slow_walk(customer: Customer) -> Iterator[tuple[str, str]]:
    """Minute by minute, without the product's rule."""
    calls = list(Interaction.objects.filter(customer=customer, deleted_at=None))
    words = list(SaidContent.objects.filter(customer=customer))
    since = ""
    minute = at("10-01 00:00")
    while minute <= NOW:
        for call in (one for one in calls if one.at == minute):
            if call.sentiment in (1, 2):
                since = since or f"{minute.astimezone(dt.UTC):%m-%d}"
            elif call.sentiment in (4, 5) and call.solved == "yes" and since:
                yield since, f"{minute.astimezone(dt.UTC):%m-%d}"
                since = ""
        if since and any(one.at == minute for one in words):
            yield since, f"{minute.astimezone(dt.UTC):%m-%d}"
            since = ""
        minute += dt.timedelta(minutes=1)
    if since:
        yield since, ""


def page(user: Any, path: str = "/watch-list/", **headers: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(path, headers=headers).content.decode()


def test_the_page_says_since_when_why_and_what_was_done(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-10 11:00", sentiment=1, summary="The invoice was wrong again.")
    shown = page(cast.ana)
    for words in ("1 client is not content.", "Angry on 10 Nov.", "The invoice was wrong again.", "No next step"):
        assert words in shown
    assert "Nobody has spoken to them since." in shown
    logged(solis, cast.ana, "11-23 11:00", next_step=NextStep("Send the credit note", dt.date(2026, 11, 26)))
    shown = page(cast.ana)
    assert "1 contact since, the last yesterday." in shown
    assert "Next: Send the credit note, Thursday." in shown
    assert "Not content since 10 Nov" in page(cast.ana, f"/customers/{solis.pk}/")


def test_each_sees_their_own_and_the_lists_agree(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-10 11:00", sentiment=1)
    gone = client_of(cast.ana, "Hotel Rías", cast.iberia)
    logged(gone, cast.ana, "11-10 11:00", sentiment=1)
    archive(gone, actor=cast.ana, now=NOW)
    for user, n in ((cast.ana, 1), (cast.bruno, 0), (cast.carla, 1), (cast.diego, 0), (cast.fatima, 0), (cast.eva, 1)):
        assert page(user).count("row-client") == n
        assert Listing(View(marks=("watched",)), user, NOW).count() == (n, True)
    assert "Nobody" in page(cast.carla, f"/watch-list/?owner={cast.bruno.pk}")


def test_a_word_needs_its_reason_and_undoes_from_the_toast(cast: Cast, solis: Customer) -> None:
    client = Client()
    client.force_login(cast.ana)
    path = f"/watch-list/{solis.pk}/content/"
    assert client.get(path).status_code == 404
    logged(solis, cast.ana, "11-10 11:00", sentiment=1)
    assert client.post(path, {"why": " "}).status_code == 422
    answer = client.post(path, {"why": "They laughed."}, headers={"HX-Request": "true"})
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert toast["text"] == "Good. Ferretería Solís is off the watch list."
    shown = page(cast.ana)
    assert "says so: “They laughed.”" in shown
    assert client.post(toast["undo"], headers={"HX-Request": "true"}).status_code == 204
    assert stretches(solis) == [("11-10", "")]


def test_at_risk_counts_what_the_lists_count(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-10 11:00", sentiment=1)
    somebody = person_at(solis, "Julián Solís")
    Contact.objects.filter(pk=somebody.pk).update(influence="decides", stance="against", quiet_at=NOW)
    other = client_of(cast.bruno, "Hotel Rías", cast.iberia)
    logged(other, cast.bruno, "11-12 11:00", sentiment=2)
    shown = " ".join(page(cast.carla, "/at-risk/").split())
    for words in ("2 are not content", "somebody has gone quiet at 1", "who decides is against us at 1"):
        assert words in shown
    assert "rhythm" not in shown.split("What the clock does not see")[1][:2000]
    for one in care_of(View(), cast.carla, NOW):
        listed = page(cast.carla, f"/customers/{one.url}")
        assert f'<h2 id="list-count" data-total="{one.count}"> {one.count} client' in " ".join(listed.split())
