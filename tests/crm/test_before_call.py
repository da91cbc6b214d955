"""What one should know before a call stands where the call begins, for those who see the whole client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from alerts.models import Alert
from alerts.sweep import run_sweep
from crm.models import Contact, Customer
from tests.cast import Cast
from tests.portfolio import NOW, client_of, logged, person_at

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = client_of(
        cast.ana, "Ferretería Solís", cast.iberia, care_note="Never before ten.", time_zone="America/Mexico_City"
    )
    julian = person_at(customer, "Julián Solís", "+34954550188")
    Contact.objects.filter(pk=julian.pk).update(addressed_as="don Julián", preferred_hours="10–13")
    logged(customer, cast.ana, "10-14 11:32")
    return customer


def read(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(path, headers=HTMX).content.decode()


@pytest.mark.parametrize("place", ["today", "drawer", "alert"])
def test_it_stands_before_the_call(cast: Cast, solis: Customer, place: str) -> None:
    run_sweep(NOW)
    alert = Alert.objects.get(customer=solis)
    page = read(
        cast.ana, {"today": "/", "drawer": f"/log/?customer={solis.pk}", "alert": f"/alerts/{alert.pk}/"}[place]
    )
    assert "Never before ten." in page
    assert "02:12 there now" in page
    assert "early to call" in page
    if place != "alert":
        assert "likes to be called “don Julián”, best 10–13." in page
    if place == "today":
        assert page.index("Never before ten.") < page.index("tel:+34954550188")


def test_a_colleague_who_may_only_log_is_told_nothing_personal(cast: Cast, solis: Customer) -> None:
    page = read(cast.bruno, f"/log/?customer={solis.pk}")
    assert "Ferretería Solís" in page
    for words in ("Never before ten.", "don Julián", "there now"):
        assert words not in page


def test_nothing_is_drawn_where_nothing_is_known(cast: Cast) -> None:
    plain = client_of(cast.ana, "Taller", cast.iberia)
    assert "before-call" not in read(cast.ana, f"/log/?customer={plain.pk}")
