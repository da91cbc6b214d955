"""W7: what was just logged can be taken back, as if it had never been; only by who logged it, for ten minutes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from crm.models import Customer, Interaction, Task
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, clock_of, logged

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    logged(customer, cast.ana, "10-14 11:00")
    return customer


def test_undo_brings_the_clock_back(client: Client, cast: Cast, solis: Customer) -> None:
    before = clock_of(solis).due_at
    made = logged(solis, cast.ana, "11-24 09:10")
    client.force_login(cast.ana)

    answer = client.post(f"/interactions/{made.pk}/undo/", headers=HTMX)

    assert answer.status_code == 204
    triggers = json.loads(answer["HX-Trigger"])
    assert triggers["toast"]["text"] == "Taken back: Ferretería Solís is as before."
    assert triggers["interaction-logged"] == {"customer": solis.pk}
    assert clock_of(solis).due_at == before
    assert not Interaction.objects.kept().filter(pk=made.pk).exists()


def test_the_next_step_goes_with_it_and_a_ticked_one_comes_back(client: Client, cast: Cast, solis: Customer) -> None:
    ticked = Task.objects.create(customer=solis, title="Old", due_on=NOW.date(), promised=True, owner=cast.ana)
    client.force_login(cast.ana)
    said = {"channel": "call", "direction": "out", "outcome": "reached", "customer": str(solis.pk)}
    client.post(
        "/log/", said | {"done_tasks": [str(ticked.pk)], "next_step": "New", "next_when": "2026-11-27"}, headers=HTMX
    )

    client.post(f"/interactions/{Interaction.objects.latest('pk').pk}/undo/", headers=HTMX)

    assert [task.title for task in Task.objects.open()] == ["Old"]


def test_after_ten_minutes_it_says_where_to_change_it(client: Client, cast: Cast, solis: Customer) -> None:
    made = logged(solis, cast.ana, "11-24 09:00")
    client.force_login(cast.ana)

    answer = client.post(f"/interactions/{made.pk}/undo/", headers=HTMX)

    assert "ten minutes to take it back are over" in answer["HX-Trigger"]
    assert Interaction.objects.kept().filter(pk=made.pk).exists()


def test_undoing_twice_is_as_good_as_once(client: Client, cast: Cast, solis: Customer) -> None:
    made = logged(solis, cast.ana, "11-24 09:10")
    client.force_login(cast.ana)

    codes = [client.post(f"/interactions/{made.pk}/undo/", headers=HTMX).status_code for _ in range(2)]

    assert codes == [204, 204]


def test_only_who_logged_it_may(client: Client, cast: Cast, solis: Customer) -> None:
    made = logged(solis, cast.bruno, "11-24 09:10")

    codes = {}
    for who in (cast.ana, cast.carla, cast.diego):
        client.force_login(who)
        codes[who.get_short_name()] = client.post(f"/interactions/{made.pk}/undo/").status_code
    kept = Interaction.objects.kept().filter(pk=made.pk).exists()
    client.force_login(cast.bruno)
    codes["Bruno"] = client.post(f"/interactions/{made.pk}/undo/", headers=HTMX).status_code

    assert kept
    assert codes == {"Ana": 403, "Carla": 403, "Diego": 404, "Bruno": 204}


def test_it_is_never_a_link(client: Client, cast: Cast, solis: Customer) -> None:
    made = logged(solis, cast.ana, "11-24 09:10")
    client.force_login(cast.ana)

    assert client.get(f"/interactions/{made.pk}/undo/").status_code == 405
    assert clock_of(solis).last_attention_at == at("11-24 09:10")


def test_it_opens_only_what_its_own_saving_ticked(client: Client, cast: Cast, solis: Customer) -> None:
    """Two calls logged and one box ticked by hand in the same second, of the same client."""
    tasks = [Task.objects.create(customer=solis, title=name, due_on=NOW.date(), owner=cast.ana) for name in "ABC"]
    said = {"channel": "call", "direction": "out", "outcome": "reached", "customer": str(solis.pk)}
    for who, task in zip((cast.ana, cast.bruno), tasks, strict=False):
        client.force_login(who)
        client.post("/log/", said | {"done_tasks": [str(task.pk)]}, headers=HTMX)
    client.force_login(cast.ana)
    client.post(f"/tasks/{tasks[2].pk}/done/", headers=HTMX)

    client.post(f"/interactions/{Interaction.objects.get(entered_by=cast.ana, at=NOW).pk}/undo/", headers=HTMX)

    assert [task.title for task in Task.objects.open()] == ["A"]


def test_what_was_ticked_by_hand_after_is_nobodys_to_open(client: Client, cast: Cast, solis: Customer) -> None:
    task = Task.objects.create(customer=solis, title="Old", due_on=NOW.date(), owner=cast.ana)
    client.force_login(cast.ana)
    said = {"channel": "call", "direction": "out", "outcome": "reached", "customer": str(solis.pk)}
    client.post("/log/", said | {"done_tasks": [str(task.pk)]}, headers=HTMX)
    client.post(f"/tasks/{task.pk}/reopen/", headers=HTMX)
    client.post(f"/tasks/{task.pk}/done/", headers=HTMX)

    client.post(f"/interactions/{Interaction.objects.latest('pk').pk}/undo/", headers=HTMX)

    assert not Task.objects.open().exists()
