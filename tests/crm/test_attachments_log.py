"""Files with a contact that is logged: saved with it or not at all."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm import log
from crm.log import edit_interaction
from crm.models import Attachment, Customer, Interaction, Task
from tests.cast import Cast
from tests.crm.test_attachments import HTMX, browser, contents
from tests.portfolio import NOW, client_of, entry_of, logged
from tests.support.files import PDF, PNG, file_of, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia)


@pytest.fixture
def ana(cast: Cast) -> Client:
    return browser(cast.ana, **HTMX)


def entry(customer: Customer, *files: Any, **more: Any) -> dict[str, Any]:
    said = {"customer": customer.pk, "channel": "call", "direction": "out", "outcome": "reached"}
    return said | {"uploads": list(files), "whole": "1"} | more


def test_a_call_is_saved_with_its_photos(ana: Client, cast: Cast, solis: Customer) -> None:
    answer = ana.post("/log/", entry(solis, upload("Tejado.png"), upload("Oferta.pdf", PDF)))

    assert answer.status_code == 204
    call = Interaction.objects.get()
    assert {file.title for file in call.attachments.all()} == {"Tejado.png", "Oferta.pdf"}
    assert {(file.customer, file.added_by) for file in call.attachments.all()} == {(solis, cast.ana)}
    page = ana.get(f"/customers/{solis.pk}/").content.decode()
    assert 'class="file-chip"' in page


def test_a_refused_file_saves_nothing_and_keeps_what_was_typed(ana: Client, solis: Customer) -> None:
    before = contents()

    answer = ana.post("/log/", entry(solis, upload("a.png"), upload("b.png", PDF), summary="The roof leaks"))

    assert answer.status_code == 422
    told = answer.content.decode()
    assert "“b.png” holds something else" in told
    assert "The roof leaks" in told
    assert not Interaction.objects.exists()
    assert not Attachment.objects.exists()
    assert contents() == before


def test_no_room_is_said_beside_the_field_and_nothing_is_logged(ana: Client, solis: Customer, settings: Any) -> None:
    settings.ATTACHMENTS_PER_CLIENT = 10
    before = contents()

    answer = ana.post("/log/", entry(solis, upload("a.png"), summary="The roof leaks"))

    assert answer.status_code == 422
    assert "There is room for" in answer.content.decode()
    assert not Interaction.objects.exists()
    assert contents() == before


def test_what_fails_while_it_is_saved_leaves_no_file(
    cast: Cast, solis: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("the worker was killed")

    before = contents()
    # The last step of a save: rows and contents are written already.
    monkeypatch.setattr(log, "facts_changed", fail)
    client = Client(raise_request_exception=False)
    client.force_login(cast.ana)

    assert client.post("/log/", entry(solis, upload("a.png"))).status_code == 500
    assert not Attachment.objects.exists()
    assert contents() == before


def test_the_same_save_sent_twice_keeps_its_files_once(ana: Client, solis: Customer) -> None:
    before, key = contents(), str(uuid.uuid4())
    for _again in range(2):
        assert ana.post("/log/", entry(solis, upload("a.png"), idempotency_key=key)).status_code == 204

    assert Interaction.objects.count() == 1
    assert Attachment.objects.count() == 1
    assert len(contents() - before) == 1


def test_undo_takes_the_files_out_of_view(ana: Client, solis: Customer) -> None:
    ana.post("/log/", entry(solis, upload("Tejado.png")))
    file = Attachment.objects.get()

    ana.post(f"/interactions/{file.interaction_id}/undo/")

    assert ana.get(f"/files/{file.pk}/").status_code == 404
    assert "Tejado.png" not in ana.get(f"/customers/{solis.pk}/").content.decode()


def test_what_is_here_already_is_said_and_kept_with_the_call_all_the_same(
    ana: Client, cast: Cast, solis: Customer
) -> None:
    file_of(solis, cast.bruno, "Tejado.png")

    answer = ana.post("/log/", entry(solis, upload("IMG_1.png")))

    assert "is here already, since 24 Nov, by Bruno" in answer.headers["HX-Trigger"]
    assert Interaction.objects.get().attachments.get().title == "IMG_1.png"


def test_who_logs_for_a_colleagues_client_may_add_a_photo(cast: Cast, solis: Customer) -> None:
    client = browser(cast.bruno, **HTMX)

    assert client.post("/log/", entry(solis, upload("a.png"))).status_code == 204
    assert client.get(f"/files/{Attachment.objects.get().pk}/").status_code == 200
    assert browser(cast.diego).post("/log/", entry(solis, upload("a.png"))).status_code == 404
    assert Attachment.objects.count() == 1


def test_a_planned_contact_leaves_its_files_with_the_client(ana: Client, solis: Customer) -> None:
    tomorrow = timezone.localtime() + dt.timedelta(days=1)
    said = entry(solis, upload("Plano.pdf", PDF), at=f"{tomorrow:%Y-%m-%dT%H:%M}", plan="1")

    assert ana.post("/log/", said).status_code == 204
    assert Task.objects.count() == 1
    assert solis.attachments.get().interaction is None


def test_a_refused_file_is_not_planned_away(ana: Client, solis: Customer) -> None:
    tomorrow = timezone.localtime() + dt.timedelta(days=1)
    said = entry(solis, upload("Plano.pdf", PNG), at=f"{tomorrow:%Y-%m-%dT%H:%M}", plan="1")

    assert ana.post("/log/", said).status_code == 422
    assert not Task.objects.exists()


def test_a_preview_asks_for_no_files(ana: Client, solis: Customer) -> None:
    assert ana.post("/log/preview/", entry(solis, upload("a.png", PDF))).status_code == 200
    drawer = ana.get(f"/log/?customer={solis.pk}").content.decode()
    assert 'hx-params="not uploads,begun,whole"' in drawer
    assert drawer.rstrip().removesuffix("</form>").rstrip().endswith('name="whole" value="1">')


def test_files_follow_a_contact_to_another_client(cast: Cast, solis: Customer) -> None:
    other = client_of(cast.ana, "Óptica Prisma", cast.iberia)
    call = logged(solis, cast.ana, "11-24 09:00")
    file, stays = file_of(solis, cast.ana, interaction=call), file_of(solis, cast.ana, "b.pdf", PDF)

    edit_interaction(call, entry_of(call, customer=other), actor=cast.ana, now=NOW)

    assert list(other.attachments.all()) == [file]
    assert list(solis.attachments.all()) == [stays]


def test_a_log_without_files_asks_nothing_about_them(ana: Client, solis: Customer) -> None:
    with CaptureQueriesContext(connection) as asked:
        ana.post("/log/", entry(solis))

    assert not [query for query in asked if "attachment" in query["sql"]]
