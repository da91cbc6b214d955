"""What counts: looked at, a cell changed from now on, refused where it makes no sense, taken back, with a history."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import SettingChange, User
from crm.choices import CountsAs, Outcome
from crm.counting import outcomes_for, seed, table
from crm.models import Interaction
from retention.counting_table import PARTS, cell_of, choices_of, rows_of
from tests.cast import Cast
from tests.portfolio import client_of, logged

pytestmark = pytest.mark.django_db

PAGE = "/settings/what-counts/"
CELL = f"{PAGE}call/out/left_message/"
SAID = {"counts_as": "nothing", "base": "attempt", "reason": "Nobody listens to them"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def counted() -> str:
    return table()["call", "out", "left_message"]


def words(client: Client, address: str) -> str:
    text = re.sub(r"<[^>]+>", " ", client.get(address).content.decode())
    return re.sub(r"\s+", " ", text)


def post(user: User, address: str = CELL, **other: Any) -> Any:
    return signed_in(user).post(address, SAID | other)


def test_every_cell_that_can_be_logged_is_there_as_it_counts() -> None:
    cells = {
        (cell.channel, cell.direction, cell.outcome): cell.counts_as
        for part in PARTS
        for _outcome, row in rows_of(part, table())
        for cell in row
    }
    first = {(channel, direction, outcome): counts for channel, direction, outcome, counts in seed()}

    assert cells == {key: first[key] for key in cells}
    for channel, direction, _outcome in first:
        for outcome in outcomes_for(channel, direction):
            assert (channel, direction, outcome) in cells


def test_every_cell_may_stay_as_it_came() -> None:
    for part in PARTS:
        for _outcome, row in rows_of(part, table()):
            assert all(cell.counts_as in choices_of(cell) for cell in row)


def test_what_cannot_happen_has_no_cell(cast: Cast) -> None:
    assert cell_of("email", "out", "wrong_number") is None
    eva = signed_in(cast.eva)
    for address in ("email/out/missed", "letter/in/answered/x", "smoke/out/reached", "call/up/reached"):
        assert eva.get(f"{PAGE}{address}/").status_code == 404


def test_supervisors_look_and_administrators_change(cast: Cast) -> None:
    assert CELL not in signed_in(cast.carla).get(PAGE).content.decode()
    assert CELL in signed_in(cast.eva).get(PAGE).content.decode()
    assert post(cast.carla).status_code == 403
    assert counted() == "attempt"


def test_it_acts_from_now_on(cast: Cast) -> None:
    customer = client_of(cast.ana, "Taller", cast.iberia)
    before = logged(customer, cast.ana, "11-20 11:00", Outcome.LEFT_MESSAGE)

    assert post(cast.eva).headers["Location"] == PAGE

    after = logged(customer, cast.ana, "11-23 11:00", Outcome.LEFT_MESSAGE)
    assert after.counts_as == CountsAs.NOTHING
    assert Interaction.objects.get(pk=before.pk).counts_as == CountsAs.ATTEMPT


def test_what_hides_a_wait_wants_to_be_confirmed(cast: Cast) -> None:
    said = {"counts_as": "nothing", "base": "attention", "reason": "We chat too much"}
    address = f"{PAGE}call/out/reached/"
    answer = signed_in(cast.eva).post(address, said)

    assert answer.status_code == 422
    assert "would go on" in answer.content.decode() and 'name="confirmed"' in answer.content.decode()
    assert table()["call", "out", "reached"] == "attention"

    assert signed_in(cast.eva).post(address, said | {"confirmed": "on"}).status_code == 302
    assert table()["call", "out", "reached"] == "nothing"


@pytest.mark.parametrize(
    "other", [{"counts_as": "inbound"}, {"counts_as": "bonus"}, {"counts_as": "attempt"}, {"reason": " "}]
)
def test_what_makes_no_sense_is_refused_beside_its_field(cast: Cast, other: dict[str, str]) -> None:
    answer = post(cast.eva, **other)

    assert answer.status_code == 422
    assert re.search(r'id="error_1_id_(counts_as|reason)', answer.content.decode())
    assert counted() == "attempt" and not SettingChange.objects.exists()


def test_of_two_who_change_it_the_second_is_told(cast: Cast) -> None:
    post(cast.eva)
    late = post(cast.eva, counts_as="attention", confirmed="on")

    assert late.status_code == 422
    assert "it counts as “Nothing” now" in late.content.decode()
    assert counted() == "nothing"


def test_the_history_says_who_why_and_what_and_leads_back(cast: Cast) -> None:
    post(cast.eva)
    eva = signed_in(cast.eva)
    text = words(eva, PAGE)
    assert "Call, we to them: Left a message: before: Attempt → Nothing" in text
    assert "Nobody listens to them" in text and "Eva" in text

    change = SettingChange.objects.get()
    eva.post(f"{PAGE}changes/{change.pk}/undo/")
    assert counted() == "attempt"
    assert SettingChange.objects.first().reason == "undone"  # type: ignore[union-attr]

    eva.post(f"{PAGE}changes/{change.pk}/undo/")
    assert counted() == "attempt" and SettingChange.objects.count() == 2


def test_the_history_is_told_in_the_readers_language(cast: Cast) -> None:
    User.objects.filter(pk=cast.eva.pk).update(language="es")
    cast.eva.refresh_from_db()
    with override("en"):
        post(cast.eva)

    with override("en"):
        text = words(signed_in(cast.eva), PAGE)
    assert "Mensaje dejado: antes: Intento → Nada" in text
    assert SettingChange.objects.get().lines[0]["after"] == "Nothing"
