"""Hostile fields: a word beside the field, nothing saved, nobody else's rows."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Customer, Interaction, Task
from crm.tasks import plan_task
from tests.cast import Cast
from tests.portfolio import base_of_call, client_of, logged, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(cast: Cast) -> Client:
    browser = Client(headers={"HX-Request": "true"})
    browser.force_login(cast.ana)
    return browser


def entry(customer: Customer, **fields: Any) -> dict[str, Any]:
    return {"customer": customer.pk, "channel": "call", "direction": "out", "outcome": "reached"} | fields


@pytest.mark.parametrize(
    "name", ["name", "tag_names", "custom_key", "custom_value", "city", "phones", "emails", "referrer"]
)
def test_nul_is_refused_beside_its_field(ana: Client, cast: Cast, name: str) -> None:
    data = {"name": "Óptica", "kind": "organisation", "stage": "care", "owner": cast.ana.pk, "custom_key": "a"}
    answer = ana.post("/customers/new/", data | {"custom_value": "b", name: "x\0y"})
    assert answer.status_code == 422
    assert "Óptica" in answer.content.decode() or name == "name"
    assert not Customer.objects.filter(name__startswith="Óptica").exists()


def test_people_and_tasks_of_another_client_are_refused(ana: Client, cast: Cast) -> None:
    mine, theirs = client_of(cast.ana, "Mine", cast.iberia), client_of(cast.diego, "Theirs", cast.andes)
    stranger = person_at(theirs, "Stranger")
    task = plan_task(
        theirs, title="x", due_on=dt.date(2026, 12, 1), promised=True, channel="", actor=cast.diego, now=timezone.now()
    )
    assert ana.post("/log/", entry(mine, participants=stranger.pk)).status_code == 422
    assert ana.post("/log/", entry(mine, done_tasks=task.pk)).status_code == 422
    assert ana.post("/log/", entry(theirs)).status_code == 404
    assert not Interaction.objects.exists()
    assert Task.objects.get().done_at is None


def test_what_the_form_does_not_ask_is_not_taken(ana: Client, cast: Cast) -> None:
    mine = client_of(cast.ana, "Mine", cast.iberia)
    more = {
        "owner": cast.diego.pk,
        "by": cast.bruno.pk,
        "entered_by": cast.bruno.pk,
        "counts_as": "inbound",
        "version": 9,
    }
    assert ana.post("/log/", entry(mine, **more)).status_code == 204
    assert Interaction.objects.get().entered_by == cast.ana
    data = {"name": "A", "language": "es", "time_zone": "Europe/Madrid", "theme": "dark", "digest_hour": "09:00"}
    rights = {"role": "administrator", "is_staff": "on", "is_superuser": "on", "email": "x@y.test", "is_active": ""}
    ana.post("/preferences/", data | rights)
    cast.ana.refresh_from_db()
    assert (cast.ana.role, cast.ana.email, cast.ana.is_active) == ("manager", "ana@constante.test", True)


def test_a_key_of_another_client_does_not_swallow_a_call(ana: Client, cast: Cast) -> None:
    one, two = client_of(cast.ana, "One", cast.iberia), client_of(cast.ana, "Two", cast.iberia)
    key = str(uuid.uuid4())
    for customer in (one, two, two):
        assert ana.post("/log/", entry(customer, idempotency_key=key)).status_code == 204
    assert Interaction.objects.filter(customer=two).count() == 1


def test_a_call_sent_again_after_its_undo_is_saved(ana: Client, cast: Cast) -> None:
    one, key = client_of(cast.ana, "One", cast.iberia), str(uuid.uuid4())
    ana.post("/log/", entry(one, idempotency_key=key))
    ana.post(f"/interactions/{Interaction.objects.get().pk}/undo/")
    ana.post("/log/", entry(one, idempotency_key=key))
    assert Interaction.objects.filter(deleted_at=None).count() == 1


def test_an_answer_still_to_come_is_refused_in_an_edit_too(ana: Client, cast: Cast) -> None:
    call = logged(client_of(cast.ana, "One", cast.iberia), cast.ana, "11-24 09:10")
    data = {"channel": "email", "direction": "out", "outcome": "reached", "at": "2026-11-24T09:10"}
    data["base"] = base_of_call(call, cast.ana)
    for day in ("9999-12-31T23:59", "2027-11-24T09:10"):
        answer = ana.post(f"/interactions/{call.pk}/edit/", data | {"answered_at": day})
        assert answer.status_code == 422
