"""Inviting: one, several; sent again, withdrawn; what the link does, and until when."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.invitation_lines import read
from accounts.models import SettingChange, User
from alerts.models import Delivery
from tests.cast import Cast
from tests.portfolio import NOW, client_of

NEW = "una clave de las largas"
MAIL = "gil@constante.test"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def entered(cast: Cast, **said: Any) -> dict[str, Any]:
    return {"name": "Gil Paz", "email": MAIL, "primary": cast.andes.pk, "language": "es", "zone": ""} | said


def invited(client: Client, cast: Cast, **said: Any) -> User:
    client.force_login(cast.eva)
    answer = client.post("/people/invite/", entered(cast, **said))
    assert answer.status_code == 302, answer.content.decode()
    return User.objects.get(email=said.get("email", MAIL).lower())


def link_in(text: str) -> str:
    found = re.search(r"http://localhost:8000(\S+)", text)
    assert found
    return found[1]


def opened(link: str) -> Any:
    return Client().get(link, follow=True)


def chosen(link: str) -> bool:
    """Whether somebody who follows the link can choose a password."""
    browser = Client()
    page: Any = browser.get(link, follow=True)
    if page.context.get("token_fail"):
        return False
    browser.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    return True


def test_who_is_invited_stands_in_the_team_with_its_zone_and_gets_the_link(client: Client, cast: Cast) -> None:
    gil = invited(client, cast, email="Gil@Constante.test")

    assert (gil.name, gil.role, gil.language, gil.time_zone) == ("Gil Paz", "manager", "es", "America/Bogota")
    assert gil.memberships.get().team == cast.andes and gil.memberships.get().is_primary
    assert gil.invited_by == cast.eva and not gil.has_usable_password()
    letter = mail.outbox[-1]
    assert letter.to == [MAIL] and letter.reply_to == [cast.eva.email]
    assert chosen(link_in(str(letter.body)))
    assert User.objects.get(pk=gil.pk).check_password(NEW)


def test_the_invitation_takes_the_road_of_all_mail(client: Client, cast: Cast, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "alerts.backend.OutboxBackend"
    gil = invited(client, cast)

    row = Delivery.objects.get(to_user=gil)
    assert (row.purpose, row.language, row.reply_to) == ("account", "es", cast.eva.email)


def test_the_link_works_once(client: Client, cast: Cast) -> None:
    invited(client, cast)
    link = link_in(str(mail.outbox[-1].body))

    assert chosen(link)
    assert not chosen(link)


def test_the_link_ends_after_three_days_and_its_page_sends_a_new_one(client: Client, cast: Cast) -> None:
    gil = invited(client, cast)
    link = link_in(str(mail.outbox[-1].body))
    with time_machine.travel(NOW + dt.timedelta(days=3, minutes=1), tick=False):
        assert not chosen(link)
        assert "the link ended on 27 Nov 2026" in page(client, cast, f"/people/{gil.pk}/")
        Client().post("/accounts/password/reset/", {"email": MAIL})
        assert chosen(link_in(str(mail.outbox[-1].body)))


def page(client: Client, cast: Cast, path: str) -> str:
    client.force_login(cast.eva)
    return client.get(path).content.decode()


def test_sent_again_the_first_link_is_dead(client: Client, cast: Cast) -> None:
    gil = invited(client, cast)
    first = link_in(str(mail.outbox[-1].body))

    client.post(f"/people/{gil.pk}/invite/")

    assert not chosen(first)
    assert chosen(link_in(str(mail.outbox[-1].body)))


def test_withdrawn_the_link_is_dead_and_who_has_nothing_is_gone(client: Client, cast: Cast) -> None:
    gil = invited(client, cast)
    link = link_in(str(mail.outbox[-1].body))

    client.post(f"/people/{gil.pk}/withdraw/")

    assert not chosen(link)
    assert not User.objects.get(pk=gil.pk).is_active
    assert "the link works until" not in page(client, cast, f"/people/{gil.pk}/")
    assert MAIL not in page(client, cast, "/people/?who=invited")


def test_withdrawn_whose_clients_are_here_stays_and_gets_no_link_by_asking(client: Client, cast: Cast) -> None:
    gil = invited(client, cast)
    client_of(gil, "Cafetal", cast.andes)
    client.post(f"/people/{gil.pk}/withdraw/")

    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": MAIL})

    assert User.objects.get(pk=gil.pk).is_active and mail.outbox == []
    client.post(f"/people/{gil.pk}/invite/")
    assert chosen(link_in(str(mail.outbox[-1].body)))


def test_who_signed_in_is_neither_invited_again_nor_withdrawn(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    client.post(f"/people/{cast.ana.pk}/withdraw/")
    client.post(f"/people/{cast.ana.pk}/invite/")

    ana = User.objects.get(pk=cast.ana.pk)
    assert ana.is_active and ana.password == cast.ana.password and mail.outbox == []


def test_a_known_address_is_named_with_the_way_to_its_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    answer = client.post("/people/invite/", entered(cast, email="ANA@constante.test"))

    text = answer.content.decode()
    assert answer.status_code == 422 and f'<a href="/people/{cast.ana.pk}/">Ana Torres has this address' in text
    assert 'value="Gil Paz"' in text


def test_teams_and_what_they_do_there(client: Client, cast: Cast) -> None:
    more = {f"team_{cast.iberia.pk}": "supervisor"}
    gil = invited(client, cast, **more)
    assert gil.role == "supervisor" and gil.supervised_team_ids == [cast.iberia.pk]
    assert gil.memberships.get(is_primary=True).team == cast.andes

    boss = invited(client, cast, email="boss@constante.test", primary="", administrator="on")
    assert boss.is_administrator and not boss.is_superuser and boss.time_zone == cast.eva.time_zone


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"primary": ""}, "Choose a team"),
        ({"email": "nobody"}, "Enter a valid email"),
        ({"name": ""}, "required"),
        ({"zone": "Mars/Base"}, "Select a valid choice"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    client: Client, cast: Cast, said: dict[str, str], fault: str
) -> None:
    client.force_login(cast.eva)
    answer = client.post("/people/invite/", entered(cast, **said))
    assert answer.status_code == 422 and fault in answer.content.decode()
    assert not User.objects.filter(email=MAIL).exists()


def test_with_two_teams_the_first_is_asked_for(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    both = {f"team_{cast.iberia.pk}": "member", f"team_{cast.andes.pk}": "member"}
    answer = client.post("/people/invite/", entered(cast, primary="", **both))
    assert "Which of the teams is their first?" in answer.content.decode()


def test_who_did_it_is_kept(client: Client, cast: Cast) -> None:
    gil = invited(client, cast)
    client.post(f"/people/{gil.pk}/withdraw/")
    rows = SettingChange.objects.filter(area="people", subject=f"person:{gil.pk}").order_by("pk")
    assert [(row.actor, row.lines[0]["label"]) for row in rows] == [
        (cast.eva, "Invited"),
        (cast.eva, "Invitation withdrawn"),
    ]


PASTED = """Marta Gil <marta@constante.test>
pedro.ruiz@constante.test
Luz Marín\tluz@constante.test
"Soto, Iván" <ivan@constante.test>
Ana <ana@constante.test>
nobody at all
marta@constante.test
a@constante.test and b@constante.test

one@constante.test, Two <two@constante.test>"""


def test_each_pasted_line_is_understood_or_says_why_not(cast: Cast) -> None:
    User.objects.filter(pk=cast.ana.pk).update(email="Ana@constante.test")
    lines = read(PASTED)

    assert [(line.name, line.email) for line in lines if not line.fault] == [
        ("Marta Gil", "marta@constante.test"),
        ("Pedro Ruiz", "pedro.ruiz@constante.test"),
        ("Luz Marín", "luz@constante.test"),
        ("Soto Iván", "ivan@constante.test"),
        ("One", "one@constante.test"),
        ("Two", "two@constante.test"),
    ]
    assert [(line.text[:6], str(line.fault), line.known) for line in lines if line.fault] == [
        ("Ana <a", "They are here already.", cast.ana),
        ("nobody", "There is no address in it.", None),
        ("marta@", "This address stands above already.", None),
        ("a@cons", "There is more than one address in it.", None),
    ]


def test_several_are_shown_first_and_invited_with_one_click(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    said = {"people": PASTED, "team": cast.andes.pk, "language": "es", "zone": ""}
    before = User.objects.count()

    looked = client.post("/people/invite/several/", said).content.decode()
    assert "Invite 6 people" in looked and User.objects.count() == before
    answer = client.post("/people/invite/several/", said | {"do": "invite"})

    assert answer["Location"] == "/people/?who=invited"
    made = User.objects.filter(invited_at=NOW)
    assert made.count() == 6 == len(mail.outbox)
    assert {one.memberships.get().team_id for one in made} == {cast.andes.pk}
    assert User.objects.get(email="two@constante.test").time_zone == "America/Bogota"


def test_too_many_lines_are_refused(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    people = "\n".join(f"p{n}@x.test" for n in range(201))
    answer = client.post("/people/invite/several/", {"people": people, "team": cast.andes.pk, "language": "en"})
    assert "200 lines at most" in answer.content.decode()


def test_only_administrators_see_what_to_do_about_invitations(client: Client, cast: Cast) -> None:
    gil = invited(client, cast)
    assert "Send again" in page(client, cast, "/people/") and "Send again" in page(client, cast, f"/people/{gil.pk}/")
    client.force_login(cast.fatima)
    assert "Send again" not in client.get(f"/people/{gil.pk}/").content.decode()
    assert "Invited" in client.get("/people/").content.decode()
