"""Segments are made, renamed and put in order by administrators; a name is taken once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import SettingChange
from crm.models import Segment
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def eva(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.eva)
    return client


def names() -> list[str]:
    return list(Segment.objects.values_list("name", flat=True))


def made(eva: Client, *wanted: str) -> list[Segment]:
    for name in wanted:
        eva.post("/settings/segments/new/", {"name": name})
    return list(Segment.objects.all())


def test_a_new_one_is_the_last_and_leads_to_its_promise(eva: Client) -> None:
    made(eva, "Oro", "Bronce")
    answer = eva.post("/settings/segments/new/", {"name": "Plata"})

    plata = Segment.objects.get(name="Plata")
    assert answer.headers["Location"] == f"/settings/promises/segments/{plata.pk}/"
    assert names() == ["Oro", "Bronce", "Plata"]
    assert "Say what its clients are promised" in eva.get(answer.headers["Location"]).content.decode()


def test_a_name_that_is_taken_is_refused_beside_the_field(eva: Client) -> None:
    made(eva, "Oro")
    for name in ("Oro", "", "x" * 61):
        answer = eva.post("/settings/segments/new/", {"name": name})
        assert answer.status_code == 422
        assert 'id="error_1_id_name"' in answer.content.decode()
    assert names() == ["Oro"]


def test_renamed(eva: Client) -> None:
    (gold,) = made(eva, "Oro")
    assert eva.post(f"/settings/segments/{gold.pk}/", {"name": "Oro viejo"}).status_code == 302
    assert names() == ["Oro viejo"]


def test_what_it_was_called_before_stays_in_its_history(eva: Client) -> None:
    gold, silver = made(eva, "Oro", "Plata")
    address = f"/settings/segments/{gold.pk}/"
    for name in ("Oro viejo", "Oro viejo", "Oro nuevo"):
        eva.post(address, {"name": name})

    text = re.sub(r"<[^>]+>|\s+", " ", eva.get(address).content.decode())
    text = re.sub(r"\s+", " ", text)

    assert SettingChange.objects.count() == 2
    assert "before: Oro viejo → Oro nuevo" in text and "before: Oro → Oro viejo" in text
    assert "Oro viejo" not in eva.get(f"/settings/segments/{silver.pk}/").content.decode()


def test_moved_up_and_down_as_far_as_there_is_room(eva: Client) -> None:
    made(eva, "Oro", "Plata", "Bronce")
    plata = Segment.objects.get(name="Plata")
    address = f"/settings/segments/{plata.pk}/move/"
    for to, wanted in (
        ("up", ["Plata", "Oro", "Bronce"]),
        ("up", ["Plata", "Oro", "Bronce"]),
        ("down", ["Oro", "Plata", "Bronce"]),
        ("down", ["Oro", "Bronce", "Plata"]),
        ("down", ["Oro", "Bronce", "Plata"]),
    ):
        eva.post(address, {"to": to})
        assert names() == wanted
