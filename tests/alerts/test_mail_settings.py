"""Mail among the settings: how it stands, what is not right, a test mail, and each kind as it would look."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from alerts.budget import new_delivery
from alerts.choices import DeliveryState, Purpose
from alerts.mail.samples import KINDS
from alerts.mail_state import mail_state
from alerts.models import Delivery
from alerts.send import send_due
from tests.alerts.mail_stage import NOW, alert, client, days
from tests.cast import Cast
from tests.support.mailbox import MailServer

pytestmark = pytest.mark.django_db
PAGE = "/settings/mail/"


def body(browser: Client, path: str = PAGE) -> str:
    return browser.get(path).content.decode()


@pytest.fixture
def eva(cast: Cast, client: Client) -> Client:
    client.force_login(cast.eva)
    return client


def mail(to: User, state: str = DeliveryState.PLANNED, **fields: Any) -> Delivery:
    made = new_delivery(to, Purpose.SINGLE, fields.pop("at", NOW), now=NOW)
    made.state = state
    for name, value in fields.items():
        setattr(made, name, value)
    made.save()
    return made


def test_each_number_opens_a_list_of_so_many(cast: Cast, eva: Client) -> None:
    mail(cast.ana, at=NOW - dt.timedelta(hours=1), subject="Waits")
    mail(cast.ana, at=NOW + dt.timedelta(hours=1), subject="Later")
    for at in (NOW, NOW - days(1)):
        mail(cast.ana, DeliveryState.SENT, settled_at=at, subject=f"Went {at:%d}")
    for at in (NOW, NOW - days(8)):
        mail(cast.ana, DeliveryState.REFUSED, settled_at=at, subject=f"Refused {at:%d}")
    with time_machine.travel(NOW, tick=False):
        state = mail_state(cast.eva, NOW)
        assert (state.waiting, state.sent_today, state.refused) == (1, 1, 1)
        for which, subject in (("waiting", "Waits"), ("today", "Went 24"), ("refused", "Refused 24")):
            page = body(eva, f"/sent-mail/?show={which}")
            assert page.count('class="mail-subject"') == 1
            assert subject in page
    assert state.oldest == NOW - dt.timedelta(hours=1)
    assert "Mails wait, and none leaves: is the worker running?" in state.warnings


@pytest.mark.parametrize(
    ("site", "sender", "said"),
    [
        ("http://crm.example.com", "Constante <c@example.com>", "SITE_URL begins with http"),
        ("https://crm.example.com", "Constante <c@localhost>", "belongs to no domain"),
        ("https://crm.example.com", "Constante", "belongs to no domain"),
        ("http://localhost:8000", "Constante <c@example.com>", "links of mails work nowhere else"),
        ("https://crm.example.com", "Constante <c@example.com>", ""),
    ],
)
def test_it_warns_of_what_would_not_work(cast: Cast, settings: Any, site: str, sender: str, said: str) -> None:
    settings.SITE_URL, settings.SITE_IS_SECURE = site, site.startswith("https")
    settings.DEFAULT_FROM_EMAIL = sender
    settings.EMAIL_TRANSPORT = {"host": "mail.example.com", "port": 587, "password": "hush"}
    state = mail_state(cast.eva, NOW)
    assert state.way == "mail.example.com:587"
    assert bool(state.warnings) is bool(said)
    assert said in " ".join(state.warnings)


def test_without_a_server_it_says_so_and_shows_no_password(eva: Client, settings: Any) -> None:
    settings.EMAIL_TRANSPORT = None
    assert "No mail server is set" in body(eva)
    settings.EMAIL_TRANSPORT = {"host": "mail.example.com", "port": 587, "password": "hush"}
    assert "hush" not in body(eva)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_drawn_or_said_to_be_missing(cast: Cast, eva: Client, kind: str) -> None:
    missing = kind not in ("left", "refused", "test")
    assert f"look/?kind={kind}&amp;" in body(eva, f"{PAGE}?kind={kind}")
    assert ("nothing of this kind" in body(eva, f"{PAGE}look/?kind={kind}")) is missing
    before = Delivery.objects.count()
    alert(client(cast.ana, cast.iberia))
    assert Delivery.objects.count() == before
    if kind == "silence":
        answer = eva.get(f"{PAGE}look/?kind={kind}&language=es&theme=dark")
        assert "@media all" in answer.content.decode()
        assert "Ferretería Solís" in answer.content.decode()
        assert "Ferretería Solís: " in body(eva, f"{PAGE}look/?kind={kind}&language=es&part=text")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "script-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_answer_of_the_server_is_shown_until_it_has_ended(
    cast: Cast, eva: Client, settings: Any, smtp_server: MailServer
) -> None:
    settings.EMAIL_TRANSPORT = {
        "host": "127.0.0.1", "port": smtp_server.port, "username": "", "password": "", "use_tls": False,
        "use_ssl": False, "timeout": 5.0,
    }  # fmt: skip
    smtp_server.refuse_recipient = "550 no such person"
    assert "None was asked for yet." in body(eva, f"{PAGE}test/")
    answer = eva.post("/sent-mail/test/", headers={"HX-Request": "true"})
    assert "mail-asked" in answer.headers["HX-Trigger"]
    assert "every 2s" in body(eva, f"{PAGE}test/")
    send_due(Delivery.objects.get().window_at)
    said = body(eva, f"{PAGE}test/")
    assert "every 2s" not in said
    assert "no such person" in said
    assert "their mail server refused it" in said
