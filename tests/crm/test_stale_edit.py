"""Two people edit the same client or person: the second chooses field by field, nothing is lost or overwritten."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from crm.models import Contact, Customer
from crm.profile import Extras, save_customer
from crm.stale import Overtaken
from tests.cast import Cast
from tests.portfolio import NOW, client_of, person_at


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_of(page: str) -> dict[str, Any]:
    """What a browser would send for the page's form, untouched."""
    body = re.search(r'<form class="wide-form".*?</form>', page, re.S)
    assert body
    data: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", body[0]):
        attrs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attrs.get("type")
        if "name" in attrs and (kind not in ("checkbox", "radio") or " checked" in tag):
            data.setdefault(attrs["name"], []).append(attrs.get("value", ""))
    for name, inner in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', body[0], re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        data[name] = [chosen[1] if chosen else ""]
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s?(.*?)</textarea>', body[0], re.S):
        data[name] = [text]
    return data


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(
        cast.ana, "Ferretería Solís", cast.iberia, city="Sevilla", care_note="Call early.", custom={"shoe": "44"}
    )


def post(client: Client, address: str, data: dict[str, Any]) -> HttpResponse:
    return client.post(address, data)  # type: ignore[return-value]


def test_both_changes_are_kept_and_the_clash_is_chosen(cast: Cast, solis: Customer) -> None:
    address = f"/customers/{solis.pk}/edit/"
    ana, carla = signed_in(cast.ana), signed_in(cast.carla)
    mine, theirs = (form_of(who.get(address).content.decode()) for who in (ana, carla))
    theirs |= {"city": ["Huelva"], "care_note": ["Call late."], "website": ["https://solis.example"]}
    assert post(carla, address, theirs).status_code == 302
    mine |= {"city": ["Cádiz"], "source": ["a fair"]}
    answer = post(ana, address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Carla Núñez changed this while you were writing" in page
    asked = re.findall(r'name="asked" value="(\w+)"', page)
    assert sorted(asked) == ["care_note", "city", "website"]
    assert "Huelva" in page
    assert "Cádiz" in page
    assert 'value="a fair"' in page
    solis.refresh_from_db()
    assert (solis.city, solis.source) == ("Huelva", "")
    # What I had left alone is theirs unless I say otherwise; the clash has no answer yet.
    again = form_of(page)
    assert again["choose-care_note"] == ["theirs"]
    assert "choose-city" not in again
    unanswered = post(ana, address, again)
    assert unanswered.status_code == 409
    again = form_of(unanswered.content.decode()) | {"choose-city": ["mine"]}
    assert post(ana, address, again).status_code == 302
    solis.refresh_from_db()
    assert (solis.city, solis.care_note, solis.website, solis.source) == (
        "Cádiz", "Call late.", "https://solis.example", "a fair",
    )  # fmt: skip


def test_theirs_can_be_taken(cast: Cast, solis: Customer) -> None:
    address = f"/customers/{solis.pk}/edit/"
    ana, carla = signed_in(cast.ana), signed_in(cast.carla)
    mine, theirs = (form_of(who.get(address).content.decode()) for who in (ana, carla))
    post(carla, address, theirs | {"city": ["Huelva"], "custom_value": ["45", ""]})
    answer = post(ana, address, mine | {"city": ["Cádiz"], "custom_value": ["46", ""]})
    assert answer.status_code == 409
    again = form_of(answer.content.decode()) | {"choose-city": ["theirs"], "choose-custom": ["theirs"]}
    assert post(ana, address, again).status_code == 302
    solis.refresh_from_db()
    assert (solis.city, solis.custom) == ("Huelva", {"shoe": "45"})


def test_a_change_of_other_fields_asks_nothing(cast: Cast, solis: Customer) -> None:
    address = f"/customers/{solis.pk}/edit/"
    ana = signed_in(cast.ana)
    mine = form_of(ana.get(address).content.decode())
    ana.post(f"/customers/{solis.pk}/archive/")
    assert post(ana, address, mine | {"city": ["Cádiz"]}).status_code == 302
    solis.refresh_from_db()
    assert solis.city == "Cádiz"
    assert solis.archived_at is not None


def test_an_untouched_form_changes_nothing(cast: Cast, solis: Customer) -> None:
    address = f"/customers/{solis.pk}/edit/"
    ana = signed_in(cast.ana)
    before: dict[str, object] = dict(Customer.objects.filter(pk=solis.pk).values().get())
    assert post(ana, address, form_of(ana.get(address).content.decode())).status_code == 302
    after: dict[str, object] = dict(Customer.objects.filter(pk=solis.pk).values().get())
    for name in ("version", "changed_at"):
        del before[name], after[name]
    assert after == before


def test_a_form_without_its_base_or_with_that_of_another_is_refused(cast: Cast, solis: Customer) -> None:
    other = client_of(cast.ana, "Otra", cast.iberia)
    ana = signed_in(cast.ana)
    mine = form_of(ana.get(f"/customers/{solis.pk}/edit/").content.decode())
    assert post(ana, f"/customers/{other.pk}/edit/", mine).status_code == 400
    assert post(ana, f"/customers/{solis.pk}/edit/", mine | {"base": ["forged"]}).status_code == 400


def test_the_version_is_taken_once(cast: Cast, solis: Customer) -> None:
    """Two saves that both read version 1, as from two browsers at once: the second writes nothing."""
    first, second = Customer.objects.get(pk=solis.pk), Customer.objects.get(pk=solis.pk)
    first.city, second.city = "Huelva", "Cádiz"
    save_customer(first, Extras(), ["city"], version=1, actor=cast.ana, now=NOW)
    with pytest.raises(Overtaken):
        save_customer(second, Extras(), ["city"], version=1, actor=cast.carla, now=NOW)
    solis.refresh_from_db()
    assert (solis.city, solis.version) == ("Huelva", 2)


def test_the_same_for_a_person_of_contact(cast: Cast, solis: Customer) -> None:
    julian = person_at(solis, "Julián Solís", "+34954550188")
    address = f"/contacts/{julian.pk}/edit/"
    ana, carla = signed_in(cast.ana), signed_in(cast.carla)
    mine, theirs = (form_of(who.get(address).content.decode()) for who in (ana, carla))
    assert post(carla, address, theirs | {"phones": ["+34 600 111 222", ""], "role": ["Owner"]}).status_code == 302
    answer = post(ana, address, mine | {"role": ["Boss"]})
    assert answer.status_code == 409
    assert "+34600111222" in answer.content.decode()
    again = form_of(answer.content.decode()) | {"choose-role": ["mine"]}
    assert again["choose-phones"] == ["theirs"]
    assert post(ana, address, again).status_code == 302
    julian = Contact.objects.get(pk=julian.pk)
    assert julian.role == "Boss"
    assert list(julian.points.values_list("value", flat=True)) == ["+34600111222"]
