"""What people choose for themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts import events
from accounts.models import User
from tests.cast import Cast

PAGE = "/preferences/"
CHOICES = {
    "name": "Ana Torres",
    "language": "en",
    "time_zone": "Europe/Madrid",
    "theme": "auto",
    "digest_hour": "08:00",
    "daily_lines": "on",
    "single_keys": "on",
}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[User, dt.datetime]]:
    calls: list[tuple[User, dt.datetime]] = []
    monkeypatch.setattr(events, "_listeners", [lambda user, now: calls.append((user, now))])
    return calls


def test_it_shows_what_is_chosen(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    page = client.get(PAGE).content.decode()
    assert 'value="08:00"' in page
    assert 'value="Ana Torres"' in page


def test_it_saves_what_is_chosen(cast: Cast, client: Client, heard: list[Any]) -> None:
    client.force_login(cast.ana)
    chosen = CHOICES | {"name": "Ana T.", "language": "es", "theme": "dark", "single_keys": ""}
    response = client.post(PAGE, chosen)
    ana = User.objects.get(pk=cast.ana.pk)
    assert response["Location"] == PAGE
    assert (ana.name, ana.language, ana.theme, ana.single_keys) == ("Ana T.", "es", "dark", False)
    assert heard == []


@pytest.mark.parametrize("change", [{"digest_hour": "07:30"}, {"time_zone": "Atlantic/Canary"}])
def test_another_hour_or_zone_reckons_the_morning_anew(
    cast: Cast, client: Client, heard: list[tuple[User, dt.datetime]], change: dict[str, str]
) -> None:
    client.force_login(cast.ana)
    client.post(PAGE, CHOICES | change)
    assert [user for user, _now in heard] == [cast.ana]


def test_what_does_not_fit_is_said_and_kept(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    response = client.post(PAGE, CHOICES | {"name": "", "digest_hour": "25:00"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "digest_hour"}
    assert 'value="25:00"' in response.content.decode()
    assert User.objects.get(pk=cast.ana.pk).name == "Ana Torres"


def test_a_refused_form_does_not_rename_the_reader_on_the_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    response = client.post(PAGE, CHOICES | {"name": "Somebody else", "digest_hour": "25:00"})
    assert response.context["user"].name == "Ana Torres"


def test_nobody_changes_rights_or_email_here(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    client.post(PAGE, CHOICES | {"role": "administrator", "email": "x@y.test", "is_superuser": "on"})
    ana = User.objects.get(pk=cast.ana.pk)
    assert (ana.role, ana.email, ana.is_superuser) == ("manager", cast.ana.email, False)


def test_pages_speak_the_language_and_keep_the_zone_of_the_reader(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.ana.pk).update(language="es", time_zone="America/Bogota")
    client.force_login(cast.ana)
    response = client.get(PAGE, headers={"accept-language": "en"})
    assert '<html lang="es"' in response.content.decode()
    assert response["Content-Language"] == "es"
