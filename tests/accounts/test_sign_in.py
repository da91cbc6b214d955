"""Sign-in by email, reset and change of the password."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from pytest_django import Settings

from accounts.models import User
from alerts.models import Delivery
from tests.cast import PASSWORD, Cast

LOGIN = "/accounts/login/"
RESET = "/accounts/password/reset/"
NEW = "otra clave bastante larga"


@pytest.fixture(autouse=True)
def letters(settings: Settings) -> None:
    """Mail stays in memory: how it leaves is tested where it is sent."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> bool:
    client.post(LOGIN, {"login": email, "password": password}, **extra)  # type: ignore[arg-type]
    return "_auth_user_id" in client.session


def link_in_mail() -> str:
    found = re.search(r"http\S+", str(mail.outbox[-1].body))
    assert found
    return found.group()


def open_link(client: Client, link: str) -> str:
    """Follow the link to the page that asks for the password; returns the address of that page."""
    path = link.removeprefix("http://localhost:8000")
    response = client.get(path, follow=True)
    return str(response.redirect_chain[-1][0]) if response.redirect_chain else path


def test_it_signs_in_by_email_in_any_case(cast: Cast, client: Client) -> None:
    assert sign_in(client, " ANA@Constante.test ")


def test_it_notes_the_first_time_and_keeps_it(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.ana.pk).update(first_signed_in_at=None)
    sign_in(client, cast.ana.email)
    first = User.objects.get(pk=cast.ana.pk).first_signed_in_at
    client.post("/accounts/logout/")
    sign_in(client, cast.ana.email)
    assert first is not None
    assert User.objects.get(pk=cast.ana.pk).first_signed_in_at == first


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(cast: Cast, client: Client) -> None:
    wrong = client.post(LOGIN, {"login": cast.ana.email, "password": "not this one"})
    unknown = client.post(LOGIN, {"login": "nobody@constante.test", "password": "not this one"})
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert wrong.status_code == unknown.status_code == 200


def test_a_page_of_its_own_is_asked_for_after_signing_in(cast: Cast, client: Client) -> None:
    asked = client.get("/preferences/")
    assert asked["Location"] == f"{LOGIN}?next=/preferences/"


def test_it_never_leads_to_another_site(cast: Cast, client: Client) -> None:
    response = client.post(f"{LOGIN}?next=https://example.com/", {"login": cast.ana.email, "password": PASSWORD})
    assert response["Location"] == "/"


def test_a_closed_access_gets_in_no_more(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert not sign_in(client, cast.ana.email)


def test_closing_the_access_ends_a_session_too(cast: Cast, client: Client) -> None:
    sign_in(client, cast.ana.email)
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert client.get("/preferences/").status_code == 302


def test_it_stops_a_flood_of_guesses(cast: Cast, client: Client) -> None:
    for guess in range(5):
        client.post(LOGIN, {"login": cast.ana.email, "password": f"guess number {guess}"})
    assert not sign_in(client, cast.ana.email)


def test_there_is_no_sign_up(cast: Cast, client: Client) -> None:
    assert client.get("/accounts/signup/").status_code in (302, 404)
    client.force_login(cast.eva)
    assert client.get("/accounts/signup/").status_code == 404
    assert client.get("/accounts/email/").status_code == 404


def test_a_reset_link_comes_from_the_site_and_not_from_the_host(cast: Cast, client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post(RESET, {"email": cast.ana.email}, headers={"host": "evil.example.com"})
    message = mail.outbox[0]
    assert message.to == [cast.ana.email]
    assert link_in_mail().startswith("http://localhost:8000/accounts/password/reset/key/")
    assert "evil" not in f"{message.subject}{message.body}"


def test_a_reset_link_sets_a_new_password_once(cast: Cast, client: Client) -> None:
    client.post(RESET, {"email": cast.ana.email})
    page = open_link(client, link_in_mail())
    client.post(page, {"password1": NEW, "password2": NEW})
    again = Client().get(link_in_mail().removeprefix("http://localhost:8000"), follow=True)
    assert again.context["token_fail"]
    assert sign_in(Client(), cast.ana.email, NEW)


def test_a_reset_link_of_a_closed_access_is_dead(cast: Cast, client: Client) -> None:
    client.post(RESET, {"email": cast.ana.email})
    page = open_link(client, link_in_mail())
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert client.post(page, {"password1": NEW, "password2": NEW}).context["token_fail"]
    assert not User.objects.get(pk=cast.ana.pk).check_password(NEW)


def test_nobody_learns_who_has_an_account(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    answers = [client.post(RESET, {"email": email}) for email in (cast.ana.email, cast.bruno.email, "no@one.test")]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, f"{RESET}done/")}
    assert [message.to for message in mail.outbox] == [[cast.ana.email]]


def test_the_reset_mail_speaks_the_language_of_its_reader(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.ana.pk).update(language="es")
    client.post(RESET, {"email": cast.ana.email}, headers={"accept-language": "en"})
    with translation.override("es"):
        assert mail.outbox[0].subject == gettext("Choose a new password")


def test_another_email_ends_reset_links_and_the_old_one_signs_in_no_more(cast: Cast, client: Client) -> None:
    client.post(RESET, {"email": cast.ana.email})
    User.objects.filter(pk=cast.ana.pk).update(email="ana.torres@constante.test")
    assert client.get(link_in_mail().removeprefix("http://localhost:8000"), follow=True).context["token_fail"]
    assert not sign_in(client, "ana@constante.test")
    assert not EmailAddress.objects.exists()


def test_a_password_is_changed_by_its_owner(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    address = reverse("account_change_password")
    client.post(address, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert User.objects.get(pk=cast.ana.pk).check_password(NEW)


@pytest.mark.parametrize(
    ("address", "forwarded", "enters"),
    [("127.0.0.1", "", True), ("::1", "", True), ("203.0.113.5", "", False), ("127.0.0.1", "203.0.113.5", False)],
)
def test_demo_people_enter_only_on_the_machine_itself(
    cast: Cast, client: Client, address: str, forwarded: str, enters: bool
) -> None:
    User.objects.filter(pk=cast.ana.pk).update(is_demo=True)
    meta = {"REMOTE_ADDR": address} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
    assert sign_in(client, cast.ana.email, **meta) is enters


def test_demo_people_enter_from_anywhere_while_developing(cast: Cast, client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    User.objects.filter(pk=cast.ana.pk).update(is_demo=True)
    assert sign_in(client, cast.ana.email, REMOTE_ADDR="203.0.113.5")


def test_the_reset_mail_takes_the_road_of_every_mail(cast: Cast, client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "alerts.backend.OutboxBackend"
    client.post(RESET, {"email": cast.ana.email})
    delivery = Delivery.objects.get(to_user=cast.ana)
    assert delivery.to_address == cast.ana.email
    assert "/accounts/password/reset/key/" in delivery.text_body
