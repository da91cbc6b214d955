"""Two people change the same contact made: the second chooses field by field, nothing typed is lost or overwritten."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from crm.log import delete_interaction, edit_interaction, undo_interaction
from crm.models import Customer, Interaction
from crm.stale import Overtaken
from tests.attacks.test_races import at_once, errors
from tests.cast import Cast
from tests.portfolio import NOW, at, base_of_call, client_of, clock_of, entry_of, logged, person_at

HTMX = {"HX-Request": "true"}


def signed_in(user: User) -> Client:
    client = Client(headers=HTMX)
    client.force_login(user)
    return client


@pytest.fixture
def call(cast: Cast) -> Interaction:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    person_at(solis, "Julián Solís")
    return logged(solis, cast.ana, "11-20 10:00", summary="They lost a customer.")


def fields(call: Interaction, reader: User, **said: Any) -> dict[str, Any]:
    """What the form sends when only `said` was changed in it."""
    entry = {
        "channel": "call", "direction": "out", "outcome": "reached", "at": f"{call.at:%Y-%m-%dT%H:%M}",
        "summary": call.summary, "base": base_of_call(call, reader),
    }  # fmt: skip
    return entry | said


def test_the_second_is_shown_what_the_first_wrote_and_keeps_what_was_typed(cast: Cast, call: Interaction) -> None:
    address = f"/interactions/{call.pk}/edit/"
    call.refresh_from_db()
    mine = fields(call, cast.ana, summary="They need us by May.", minutes="20", at="2026-11-20T10:00")
    theirs = fields(call, cast.carla, summary="They are angry.", at="2026-11-20T10:00")

    assert 'name="base" value="' in signed_in(cast.ana).get(address).content.decode()
    assert signed_in(cast.carla).post(address, theirs).status_code == 204
    answer = signed_in(cast.ana).post(address, mine)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Carla Núñez changed this while you were writing" in page
    assert re.findall(r'name="asked" value="(\w+)"', page) == ["summary"]
    for words in ("They are angry.", "They need us by May.", 'value="20"'):
        assert words in page
    call.refresh_from_db()
    assert (call.summary, call.minutes, call.version) == ("They are angry.", None, 2)

    again = mine | {"base": base_of_call(call, cast.ana), "asked": "summary", "choose-summary": "theirs"}
    assert signed_in(cast.ana).post(address, again).status_code == 204
    call.refresh_from_db()
    assert (call.summary, call.minutes) == ("They are angry.", 20)


def test_a_form_without_its_base_is_refused(cast: Cast, call: Interaction) -> None:
    mine = fields(call, cast.ana, base="")
    assert signed_in(cast.ana).post(f"/interactions/{call.pk}/edit/", mine).status_code == 400


def test_the_version_is_taken_once(cast: Cast, call: Interaction) -> None:
    """Two saves that both read version 1, as from two browsers at once: the second writes nothing."""
    first, second = Interaction.objects.get(pk=call.pk), Interaction.objects.get(pk=call.pk)
    edit_interaction(first, entry_of(first, summary="First"), actor=cast.ana, now=NOW)

    with pytest.raises(Overtaken):
        edit_interaction(second, entry_of(second, summary="Second"), actor=cast.carla, now=NOW)

    call.refresh_from_db()
    assert call.summary == "First"


@pytest.mark.parametrize("way", [undo_interaction, delete_interaction])
def test_an_edit_brings_nothing_back_that_was_removed_meanwhile(cast: Cast, call: Interaction, way: Any) -> None:
    stale, just_now = Interaction.objects.get(pk=call.pk), call.entered_at + dt.timedelta(minutes=1)
    way(call, actor=cast.ana, now=just_now)

    with pytest.raises(Overtaken):
        edit_interaction(stale, entry_of(stale), actor=cast.ana, now=just_now)

    assert not Interaction.objects.kept().filter(pk=call.pk).exists()


def test_another_word_leaves_the_promise_as_it_was(cast: Cast, call: Interaction) -> None:
    """The form shows minutes; a call at some second keeps its second."""
    solis = Customer.objects.get(pk=call.customer_id)
    spoken = logged(solis, cast.ana, "11-21 10:00")
    Interaction.objects.filter(pk=spoken.pk).update(
        at=at("11-21 10:00") + dt.timedelta(seconds=42), counts_at=at("11-21 10:00") + dt.timedelta(seconds=42)
    )
    spoken.refresh_from_db()

    data = fields(spoken, cast.ana, summary="Another word", at="2026-11-21T10:00")
    assert signed_in(cast.ana).post(f"/interactions/{spoken.pk}/edit/", data).status_code == 204

    spoken.refresh_from_db()
    assert spoken.summary == "Another word"
    assert spoken.at == spoken.counts_at == at("11-21 10:00") + dt.timedelta(seconds=42)
    assert clock_of(solis).last_attention_at == spoken.counts_at


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_edits_that_cross_between_two_clients_wait_for_each_other(cast: Cast) -> None:
    one, two = (client_of(cast.ana, name, cast.iberia) for name in ("One", "Two"))
    calls = [logged(one, cast.ana, "11-20 10:00"), logged(two, cast.ana, "11-20 11:00")]

    def move(pk: int, there: Customer, back: Customer) -> None:
        for customer in [there, back] * 10:
            row = Interaction.objects.get(pk=pk)
            edit_interaction(row, entry_of(row, customer=customer), actor=cast.ana, now=NOW)

    done = at_once(lambda: move(calls[0].pk, two, one), lambda: move(calls[1].pk, one, two))

    assert errors(done) == []
