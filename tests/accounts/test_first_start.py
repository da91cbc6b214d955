"""The first administrator of an empty installation."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import first_start
from accounts.models import FirstCode, Team, User
from accounts.setup import ensure_defaults
from tests.cast import Cast

pytestmark = pytest.mark.django_db
START = "/start/"


@pytest.fixture
def empty(db: None) -> str:
    """An installation in which nobody exists; returns its code."""
    User.objects.all().delete()
    ensure_defaults()
    return first_start.new_code(timezone.now())


def answers(used: str, **changes: str) -> dict[str, str]:
    given = {
        "code": used,
        "name": "Lucía Vega",
        "email": "Lucia@Vega.example",
        "password": "una frase que recuerdo",
        "team": "Asesoría Vega",
        "zone": "America/Bogota",
        "country": "CO",
        "language": "es",
    }
    return given | changes


@pytest.mark.parametrize("path", ["/", "/preferences/", "/accounts/login/", "/no-such-page/"])
def test_every_page_leads_to_it_while_nobody_exists(empty: str, client: Client, path: str) -> None:
    assert client.get(path)["Location"] == START


def test_load_balancers_are_answered_all_the_same(empty: str, client: Client) -> None:
    assert client.get("/health/").content == b"ok"


def test_the_code_creates_the_administrator_the_team_and_its_calendar(empty: str, client: Client) -> None:
    client.post(START, answers(empty))
    user = User.objects.get()
    team = Team.objects.select_related("calendar").get(is_default=True)
    assert (user.email, user.role, user.language, user.is_superuser) == (
        "lucia@vega.example",
        "administrator",
        "es",
        True,
    )
    assert user.check_password("una frase que recuerdo")
    assert user.supervised_team_ids == [team.pk]
    assert (team.name, team.calendar.zone) == ("Asesoría Vega", "America/Bogota")
    # The day of the independence of Cartagena moves to Monday, 16 November 2026, in Colombia.
    assert not team.calendar.days.get(date=dt.date(2026, 11, 16)).is_open


def test_the_administrator_is_signed_in_at_once(empty: str, client: Client) -> None:
    response = client.post(START, answers(empty))
    assert response["Location"] == "/"
    assert client.get("/preferences/").context["user"] == User.objects.get()
    assert User.objects.get().first_signed_in_at


def test_it_is_gone_afterwards_and_so_are_the_codes(empty: str, client: Client) -> None:
    client.post(START, answers(empty.lower().replace("-", " ")))
    assert client.get(START).status_code == 404
    assert client.post(START, answers(empty)).status_code == 404
    assert Client().get("/preferences/")["Location"].startswith("/accounts/login/")
    assert not FirstCode.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "AAAA-BBBB-CCCC-DDDD-EEEE"),
        ("password", "password123"),
        ("email", "not an email"),
        ("zone", "Mars/Olympus"),
        ("country", "XX"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(empty: str, client: Client, field: str, value: str) -> None:
    response = client.post(START, answers(empty, **{field: value}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "Lucía Vega" in response.content.decode()
    assert not User.objects.exists()


def test_a_code_lives_a_week(empty: str, client: Client) -> None:
    FirstCode.objects.update(made_at=timezone.now() - dt.timedelta(days=8))
    assert client.post(START, answers(empty)).status_code == 422


def test_a_code_is_stored_only_as_its_digest(empty: str) -> None:
    assert empty.replace("-", "") not in FirstCode.objects.get().digest


def test_of_two_at_once_only_one_becomes_the_first(empty: str) -> None:
    User.objects.create_superuser("quicker@vega.example", name="Quicker")
    person = first_start.FirstPerson(
        email="lucia@vega.example",
        name="Lucía",
        password="una frase que recuerdo",
        language="es",
        team="Vega",
        country="",
        zone="UTC",
    )
    with pytest.raises(first_start.WrongCode):
        first_start.create_first(person, empty, timezone.now())


def test_there_is_no_such_page_once_somebody_exists(cast: Cast, client: Client) -> None:
    assert client.get(START).status_code == 404


def test_the_command_prints_a_code_that_works(empty: str, client: Client) -> None:
    printed = StringIO()
    call_command("first_code", stdout=printed)
    code = printed.getvalue().split()[-1]
    client.post(START, answers(code))
    assert User.objects.exists()


def test_the_command_refuses_when_somebody_exists(cast: Cast) -> None:
    printed: Any = StringIO()
    with pytest.raises(CommandError):
        call_command("first_code")
    call_command("first_code", "--if-empty", stdout=printed)
    assert printed.getvalue() == ""


def test_an_owner_from_an_import_may_become_the_first(empty: str, client: Client) -> None:
    User.objects.create_user("owner@example.org", name="Owner")

    assert first_start.is_open()
    person = first_start.FirstPerson(
        email="Owner@example.org", name="Olga", password="una-buena-clave-9", language="es", team="Casa",
        country="ES", zone="Europe/Madrid",
    )  # fmt: skip
    user = first_start.create_first(person, first_start.new_code(timezone.now()), timezone.now())
    assert (user.name, user.is_administrator, User.objects.count()) == ("Olga", True, 1)
    assert not first_start.is_open()
