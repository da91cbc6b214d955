"""Ending a segment: seen before, done by a job that survives a kill, undone; its past stays, nobody comes in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from alerts import pump
from alerts.models import Deadline
from alerts.sweep import run_sweep
from crm.listing import Listing, View
from crm.models import Clock, Customer, Segment
from retention import segment_ends
from retention.models import AttentionPolicy, SegmentEnd, SegmentMoved
from retention.policies import Scope, change_policy
from retention.segment_ends import ask, undo, work
from retention.segments import move_segment
from retention.snapshots import rebuild
from tests import portfolio as stage
from tests.cast import Cast
from tests.portfolio import at, client_of, logged

NOW = stage.NOW.astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def gold(cast: Cast) -> Segment:
    """Two clients of Ana's and one of Bruno's, promised attention every 20 days, last spoken to on 20 October."""
    gold = Segment.objects.create(name="Oro", position=1)
    change_policy(Scope(gold), {"attention_amount": 20}, actor=cast.eva, reason="Oro.", now=at("09-01 09:00"))
    for name, owner in (("A", cast.ana), ("B", cast.ana), ("C", cast.bruno)):
        logged(client_of(owner, name, cast.iberia, segment=gold), cast.ana, "10-20 11:00")
    run_sweep(NOW)
    return gold


@pytest.fixture
def silver(cast: Cast) -> Segment:
    silver = Segment.objects.create(name="Plata", position=2)
    change_policy(Scope(silver), {"attention_amount": 60}, actor=cast.eva, reason="Plata.", now=at("09-01 09:00"))
    return silver


def ended(cast: Cast, gold: Segment, into: Segment | None, *, done: bool = True) -> SegmentEnd:
    end = ask(gold, into=into, actor=cast.eva, reason="Son pocos.", now=NOW)
    if done:
        assert work(NOW)
    end.refresh_from_db()
    return end


def amounts() -> dict[str, int | None]:
    return dict(Clock.objects.order_by("customer__name").values_list("customer__name", "due_amount"))


def where() -> dict[str, str | None]:
    return dict(Customer.objects.order_by("name").values_list("name", "segment__name"))


def test_its_clients_go_to_another_and_are_promised_what_that_is(db: None, cast: Cast, gold: Segment,
                                                                  silver: Segment) -> None:  # fmt: skip
    assert amounts() == {"A": 20, "B": 20, "C": 20}
    end = ended(cast, gold, silver)

    assert where() == dict.fromkeys("ABC", "Plata")
    assert amounts() == {"A": 60, "B": 60, "C": 60}
    assert (end.done, end.total, end.is_open) == (3, 3, False)
    assert Scope(gold).current() is None
    assert set(Clock.objects.values_list("segment__name", flat=True)) == {"Plata"}


def test_without_another_everybodys_promise_holds(db: None, cast: Cast, gold: Segment) -> None:
    ended(cast, gold, None)

    assert where() == dict.fromkeys("ABC")
    assert amounts() == {"A": 30, "B": 30, "C": 30}


def test_whoever_has_their_own_promise_keeps_it_and_archived_ones_go_along(db: None, cast: Cast, gold: Segment,
                                                                            silver: Segment) -> None:  # fmt: skip
    own = Customer.objects.get(name="A")
    change_policy(Scope(customer=own), {"attention_amount": 7}, actor=cast.eva, reason="Suya.", now=NOW)
    client_of(cast.ana, "Archived", cast.iberia, segment=gold, archived_at=NOW)
    end = ended(cast, gold, silver)

    assert end.total == 4
    assert where()["Archived"] == "Plata"
    assert amounts()["A"] == 7


def test_what_it_does_is_seen_before(db: None, cast: Cast, gold: Segment, silver: Segment) -> None:
    # Due by the promise of 20 days since 9 November, by 30 since the 19th, by 60 on 19 December.
    to_silver = segment_ends.preview(gold, silver, now=NOW)
    to_none = segment_ends.preview(gold, None, now=NOW)

    assert (to_silver.customers, to_silver.overdue_before, to_silver.overdue_after) == (3, 3, 0)
    assert to_silver.due_in_30_days == 3
    assert (to_none.overdue_after, to_none.due_in_30_days) == (3, 0)
    assert amounts() == {"A": 20, "B": 20, "C": 20}
    assert ended(cast, gold, silver)
    assert not Clock.objects.filter(due_at__lte=NOW).exists()


def test_each_client_keeps_their_history_and_the_segment_its_own(db: None, cast: Cast, gold: Segment,
                                                                 silver: Segment) -> None:  # fmt: skip
    ended(cast, gold, silver)

    last = Customer.objects.get(name="A").history.latest("history_id")
    assert (last.history_change_reason, last.history_user, last.segment) == ("segment ended", cast.eva, silver)
    rebuild(dt.date(2026, 11, 22), dt.date(2026, 11, 23), NOW)
    from retention.models import DailySnapshot

    assert set(DailySnapshot.objects.values_list("segment__name", flat=True)) == {"Oro"}
    broken = Deadline.objects.filter(breached_at__isnull=False).values_list("segment__name", flat=True)
    assert set(broken) == {"Oro"}


def test_after_a_kill_it_goes_on_with_those_that_are_left(
    db: None, cast: Cast, gold: Segment, silver: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_ends, "AT_A_TIME", 1)
    end = ended(cast, gold, silver, done=False)
    moves = iter([segment_ends._move, None])

    def killed(*asked: Any) -> int:
        move = next(moves)
        if move is None:
            raise SystemError("killed")
        return move(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(segment_ends, "_move", killed)
        with pytest.raises(SystemError):
            work(NOW)
    assert SegmentMoved.objects.count() == 1
    # Until the last has gone, its promise holds for those who are still there.
    assert Scope(gold).current() is not None
    assert work(NOW + dt.timedelta(hours=1))

    end.refresh_from_db()
    assert (end.done, end.is_open, where()) == (3, False, dict.fromkeys("ABC", "Plata"))


def test_undo_brings_back_whom_it_moved_and_the_promise(db: None, cast: Cast, gold: Segment, silver: Segment) -> None:
    there = client_of(cast.ana, "Silver before", cast.iberia, segment=silver)
    end = ended(cast, gold, silver)
    Customer.objects.filter(name="C").update(segment=None)
    back = undo(end, actor=cast.eva, now=NOW)
    assert back.total == 2
    assert work(NOW)

    assert where() == {"A": "Oro", "B": "Oro", "C": None, there.name: "Plata"}
    assert amounts()["A"] == 20
    gold.refresh_from_db()
    assert gold.ended_at is None
    with pytest.raises(ValidationError, match="no longer be undone"):
        undo(end, actor=cast.eva, now=NOW)


def test_what_cannot_be(db: None, cast: Cast, gold: Segment, silver: Segment) -> None:
    asked: dict[str, Any] = {"actor": cast.eva, "now": NOW}
    with pytest.raises(ValidationError, match="Say why"):
        ask(gold, into=silver, reason=" ", **asked)
    with pytest.raises(ValidationError, match="goes on"):
        ask(gold, into=gold, reason="Ya.", **asked)
    end = ask(gold, into=silver, reason="Ya.", **asked)
    with pytest.raises(ValidationError, match="ended already"):
        ask(gold, into=None, reason="Ya.", **asked)
    with pytest.raises(ValidationError, match="on their way"):
        ask(silver, into=None, reason="Ya.", **asked)
    with pytest.raises(ValidationError, match="no longer be undone"):
        undo(end, **asked)
    work(NOW)
    bronze = Segment.objects.create(name="Bronce")
    with pytest.raises(ValidationError, match="goes on"):
        ask(bronze, into=gold, reason="Ya.", **asked)


def test_the_pump_sends_for_it(db: None, cast: Cast, gold: Segment) -> None:
    assert not segment_ends.waits(NOW)
    ended(cast, gold, None, done=False)
    assert segment_ends.waits(NOW)
    assert pump._jobs["retention.tasks.end_segments"](NOW)


def test_whoever_an_import_put_into_it_afterwards_follows_at_night(
    db: None, cast: Cast, gold: Segment, silver: Segment
) -> None:
    end = ended(cast, gold, silver)
    assert segment_ends.fetch_strays(NOW) == 0
    client_of(cast.ana, "Stray", cast.iberia, segment=gold)
    Customer.objects.filter(name="A").update(segment=gold)

    assert segment_ends.fetch_strays(NOW) == 1
    assert work(NOW)
    assert where() == dict.fromkeys(("A", "B", "C", "Stray"), "Plata")
    assert segment_ends.fetch_strays(NOW) == 0
    end.refresh_from_db()
    assert (end.is_open, end.done, end.total) == (False, 5, 5)


def page(browser: Client, user: User, address: str) -> str:
    browser.force_login(user)
    answer = browser.get(address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_in_no_list_of_choices_but_its_page_stays(
    client: Client, cast: Cast, gold: Segment, silver: Segment
) -> None:
    customer = Customer.objects.get(name="A")
    ended(cast, gold, silver)

    for address in ("/customers/", "/customers/new/", "/at-risk/", f"/customers/{customer.pk}/edit/"):
        html = page(client, cast.eva, address)
        assert "Plata" in html, address
        assert ">Oro<" not in html, address
    listed = page(client, cast.eva, "/settings/promises/")
    assert "Oro" in listed.partition("Segments that ended")[2]
    assert "Oro" not in listed.partition("Segments that ended")[0]
    told = page(client, cast.carla, f"/settings/promises/segments/{gold.pk}/")
    assert "It has ended. Its clients go to Plata." in told
    assert "Son pocos." in told
    move_segment(silver, up=True)
    assert Listing(View(segment=str(gold.pk)), cast.eva, NOW).count() == (0, True)


def test_on_its_page_nothing_ends_that_was_not_seen(client: Client, cast: Cast, gold: Segment, silver: Segment) -> None:
    address = f"/settings/segments/{gold.pk}/end/"
    client.force_login(cast.eva)
    assert client.post(address, {"into": "", "do": "preview"}).status_code == 422
    seen = client.post(address, {"into": silver.pk, "do": "preview"}).content.decode()
    assert "3 clients are no longer overdue." in seen
    blind = client.post(address, {"into": "none", "seen": silver.pk, "reason": "Ya.", "do": "force"})
    assert blind.status_code == 422
    assert not SegmentEnd.objects.exists()

    done = client.post(address, {"into": silver.pk, "seen": silver.pk, "reason": "Ya.", "do": "force"})
    assert done["Location"] == f"/settings/segments/ends/{SegmentEnd.objects.get().pk}/"
    assert AttentionPolicy.objects.filter(segment=gold, current=True).exists()
