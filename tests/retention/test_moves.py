"""Who moved between states this week: each for its reason, each number the count of its list."""

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

from alerts.reassign import reassign
from crm.agreements import agree_on_date, stop_follow_up
from crm.archive import archive, change_stage, unarchive
from crm.listing import Listing, View
from crm.log import delete_interaction
from crm.models import Customer
from retention.moves import Movement, moves_of
from retention.policies import Scope, change_policy
from tests import portfolio as stage
from tests.cast import Cast
from tests.portfolio import at, client_of, logged

NOW = stage.NOW.astimezone(dt.UTC)
#: A promise of 30 days from then: overdue a week ago, overdue since three days, due soon, attended lately.
LATE, SINCE, SOON, FINE = "10-10 10:00", "10-22 10:00", "10-27 10:00", "11-01 10:00"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def overdue(cast: Cast, view: View | None = None, user: object = None) -> Movement:
    moves = moves_of(view or View(), user or cast.carla, NOW)  # type: ignore[arg-type]
    assert moves is not None
    return next(one for one in moves if one.state == "overdue")


def whys(cast: Cast, view: View | None = None) -> tuple[dict[str, int], dict[str, int]]:
    move = overdue(cast, view)
    return {one.reason: one.count for one in move.came}, {one.reason: one.count for one in move.left}


def waiting(cast: Cast, name: str, last: str = LATE, **fields: object) -> Customer:
    customer = client_of(cast.ana, name, cast.iberia, **fields)  # type: ignore[arg-type]
    logged(customer, cast.ana, last)
    return customer


def test_time_brings_them_and_a_call_frees_them(db: None, cast: Cast) -> None:
    waiting(cast, "Still")
    waiting(cast, "Since", SINCE)
    waiting(cast, "Fine", FINE)
    logged(waiting(cast, "Attended"), cast.ana, "11-20 10:00")

    assert whys(cast) == ({"passed": 1}, {"attended": 1})


def test_soon_becomes_overdue(db: None, cast: Cast) -> None:
    waiting(cast, "Since", SINCE)
    waiting(cast, "Soon", SOON)

    moves = moves_of(View(), cast.carla, NOW)

    assert moves is not None
    soon = moves[1]
    assert ([(one.reason, one.count) for one in soon.came], [(one.reason, one.count) for one in soon.left]) == (
        [("passed", 1)],
        [("passed", 1)],
    )


def test_dates_archive_stages_and_no_follow_up_are_told_apart(db: None, cast: Cast) -> None:
    then = at("11-20 10:00")
    agree_on_date(waiting(cast, "Date"), dt.date(2026, 12, 10), reason="They are on holiday", actor=cast.ana, now=then)
    stop_follow_up(waiting(cast, "None"), reason="asked", review_on=dt.date(2027, 3, 1), actor=cast.ana, now=then)
    archive(waiting(cast, "Archived"), actor=cast.ana, now=then)
    change_stage(waiting(cast, "Gone"), "departed", actor=cast.ana, now=then)

    assert whys(cast) == ({}, {"date": 1, "nofollowup": 1, "archived": 1, "gone": 1})


def test_a_shorter_promise_brings_them(db: None, cast: Cast) -> None:
    waiting(cast, "Shorter", "10-30 10:00")
    change_policy(Scope(), {"attention_amount": 20}, actor=cast.eva, reason="", now=at("11-21 10:00"))

    assert whys(cast) == ({"promise": 1}, {})


def test_a_call_taken_back_brings_them(db: None, cast: Cast) -> None:
    call = logged(waiting(cast, "Undone"), cast.ana, "11-10 10:00")
    delete_interaction(call, actor=cast.ana, now=at("11-20 10:00"))

    assert whys(cast) == ({"undone": 1}, {})


def test_new_ones_and_those_who_came_back(db: None, cast: Cast) -> None:
    back = waiting(cast, "Back")
    archive(back, actor=cast.ana, now=at("11-01 10:00"))
    unarchive(back, actor=cast.ana, now=at("11-20 10:00"))
    new = client_of(cast.ana, "New", cast.iberia, added="11-18 10:00")
    change_policy(Scope(), {"attention_amount": 2}, actor=cast.eva, reason="", now=at("11-18 12:00"))

    came, _left = whys(cast)

    assert came.get("back") == 1
    assert came.get("new") == 1
    assert new.pk


def test_who_was_handed_over_left_one_owner_and_came_to_the_other(db: None, cast: Cast) -> None:
    given = waiting(cast, "Given")
    reassign(Customer.objects.filter(pk=given.pk), owner=cast.bruno, actor=cast.carla, now=at("11-20 10:00"))

    assert whys(cast) == ({}, {})
    assert whys(cast, View(owner=str(cast.ana.pk))) == ({}, {"given": 1})
    assert whys(cast, View(owner=str(cast.bruno.pk))) == ({"given": 1}, {})


def test_who_is_out_of_sight_is_not_counted(db: None, cast: Cast) -> None:
    customer = client_of(cast.diego, "Andes", cast.andes)
    logged(customer, cast.diego, LATE)
    archive(customer, actor=cast.diego, now=at("11-20 10:00"))

    assert whys(cast) == ({}, {})
    assert overdue(cast, user=cast.eva).left_count == 1


def test_each_number_opens_a_list_of_that_count(client: Client, db: None, cast: Cast) -> None:
    waiting(cast, "Since", SINCE)
    waiting(cast, "Soon", SOON)
    logged(waiting(cast, "Attended"), cast.ana, "11-20 10:00")
    archive(waiting(cast, "Archived"), actor=cast.ana, now=at("11-20 10:00"))
    given = waiting(cast, "Given")
    reassign(Customer.objects.filter(pk=given.pk), owner=cast.bruno, actor=cast.carla, now=at("11-20 10:00"))
    client.force_login(cast.carla)

    checked = 0
    for scope in ("", f"?owner={cast.ana.pk}", f"?owner={cast.bruno.pk}", f"?team={cast.iberia.pk}"):
        html = client.get(f"/at-risk/week/{scope}").content.decode()
        for address, count in re.findall(r'href="(/customers/[^"]+)"\s+data-count="(\d+)"', html):
            text = client.get(markup.unescape(address)).content.decode()
            found = re.search(r'data-total="(\d+)"', text)
            assert found, address
            assert found[1] == count, address
            checked += 1
    assert checked > 10


@pytest.mark.parametrize("name", ["came-fine", "left-overdue-new", "went-overdue", "came-overdue-'--", "a-b", "came"])
def test_a_name_that_is_none_shows_nobody_or_everybody(client: Client, db: None, cast: Cast, name: str) -> None:
    waiting(cast, "Since", SINCE)
    client.force_login(cast.carla)

    assert client.get("/customers/", {"among": name}).status_code == 200


def test_a_stranger_finds_nobody(db: None, cast: Cast) -> None:
    waiting(cast, "Since", SINCE)
    view = View(among="came-overdue")

    assert Listing(view, cast.carla, NOW).count() == (1, True)
    assert Listing(view, cast.fatima, NOW).count() == (0, True)
    assert Listing(view, cast.diego, NOW).count() == (0, True)


def test_too_many_are_not_compared(client: Client, db: None, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(cast, "Since", SINCE)
    waiting(cast, "Other", SINCE)
    monkeypatch.setattr("retention.past_scope.EXACT_COUNT", 1)
    client.force_login(cast.carla)

    assert "Choose a team or an owner" in client.get("/at-risk/week/").content.decode()
    assert Listing(View(among="came-overdue"), cast.carla, NOW).count() == (0, True)


def test_sixty_ask_no_more_than_one(db: None, cast: Cast) -> None:
    waiting(cast, "First", SINCE)
    _queries(cast)
    asked = [_queries(cast)]
    for number in range(20):
        waiting(cast, f"Client {number}", SINCE)

    assert asked == [_queries(cast)] == [3]


def _queries(cast: Cast) -> int:
    with CaptureQueriesContext(connection) as queries:
        moves_of(View(), cast.carla, NOW)
    return len(queries)
