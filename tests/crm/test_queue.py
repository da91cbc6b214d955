"""The team's queue: whoever takes a client first has them, and may give them back (A11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from crm.models import Clock, Customer
from crm.queue import give_back, take
from tests.cast import Cast
from tests.portfolio import NOW, client_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def free(cast: Cast) -> Customer:
    return client_of(None, "Taller Ruiz", cast.iberia)


def owner() -> User | None:
    customer = Customer.objects.get()
    assert Clock.objects.get().owner_id == customer.owner_id
    return customer.owner


def test_a_member_takes_a_client_from_today_and_gives_them_back(client: Client, cast: Cast, free: Customer) -> None:
    client.force_login(cast.bruno)
    assert f'hx-post="/customers/{free.pk}/take/"' in client.get("/").content.decode()

    answer = client.post(f"/customers/{free.pk}/take/", headers=HTMX)

    assert answer.status_code == 204
    assert "Taller Ruiz is yours now." in answer["HX-Trigger"]
    assert owner() == cast.bruno
    assert Customer.objects.get().team == cast.iberia
    assert f"/customers/{free.pk}/take/" not in client.get("/").content.decode()
    client.post(f"/customers/{free.pk}/give-back/", headers=HTMX)
    assert owner() is None


def test_who_comes_second_takes_nothing(client: Client, cast: Cast, free: Customer) -> None:
    assert take(free, actor=cast.ana, now=NOW)

    assert not take(free, actor=cast.bruno, now=NOW)
    client.force_login(cast.carla)
    answer = client.post(f"/customers/{free.pk}/take/", headers=HTMX)
    assert "has an owner already" in answer["HX-Trigger"]
    assert owner() == cast.ana


def test_strangers_take_nothing(client: Client, cast: Cast, free: Customer) -> None:
    client.force_login(cast.diego)

    assert client.post(f"/customers/{free.pk}/take/").status_code == 404
    assert owner() is None


def test_nobody_gives_back_what_was_theirs_before_or_too_late(cast: Cast, free: Customer) -> None:
    own = client_of(cast.ana, "Óptica Prisma", cast.iberia)
    assert not give_back(own, actor=cast.ana, now=NOW)
    take(free, actor=cast.bruno, now=NOW)
    assert not give_back(free, actor=cast.ana, now=NOW)
    assert not give_back(free, actor=cast.bruno, now=NOW + dt.timedelta(minutes=11))
    assert give_back(free, actor=cast.bruno, now=NOW + dt.timedelta(minutes=9))
