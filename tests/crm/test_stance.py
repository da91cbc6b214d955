"""Where a person of contact stands: said with its day and why, kept with what it was before, filtered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from crm.forms.contact import ContactForm
from crm.listing import Listing, View
from crm.models import Contact, Customer
from tests.cast import Cast
from tests.gates.samples import form_data
from tests.portfolio import NOW, client_of, person_at


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia)


def test_a_new_stance_has_its_day_and_leaves_the_old_one_in_the_history(cast: Cast, solis: Customer) -> None:
    julian = person_at(solis, "Julián Solís")
    client = Client()
    client.force_login(cast.ana)

    def save(**fields: str) -> None:
        fresh = Contact.objects.get(pk=julian.pk)
        data = form_data(ContactForm(instance=fresh, customer=solis, user=cast.ana)) | fields
        assert client.post(reverse("crm:contact-edit", args=[julian.pk]), data).status_code == 302

    save(stance="for", stance_on="2026-03-02", influence="decides")
    assert Listing(View(marks=("against",)), cast.ana, NOW).count() == (0, True)
    save(stance="against", stance_why="A late delivery.")
    assert Contact.objects.get(pk=julian.pk).stance_on == NOW.date()
    assert Listing(View(marks=("against",)), cast.ana, NOW).count() == (1, True)

    form = " ".join(client.get(reverse("crm:contact-edit", args=[julian.pk])).content.decode().split())
    for words in ("Where they stood", "24 Nov 2026", "Against us: A late delivery.", "2 Mar 2026", "For us"):
        assert words in form
    assert "Julián Solís is against us" in client.get(f"/customers/{solis.pk}/").content.decode()
    save(stance="", stance_why="")
    assert Contact.objects.get(pk=julian.pk).stance_on is None


def test_only_who_decides_and_is_there_marks_the_client(cast: Cast, solis: Customer) -> None:
    marks = Listing(View(marks=("against",)), cast.ana, NOW)
    julian = person_at(solis, "Julián Solís")
    for fields, n in (
        ({"stance": "against", "influence": "uses"}, 0),
        ({"influence": "decides"}, 1),
        ({"left_on": NOW.date()}, 0),
    ):
        Contact.objects.filter(pk=julian.pk).update(**fields)
        assert marks.rows.count() == n
