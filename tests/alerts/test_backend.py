"""Mails of every app become deliveries, and nothing leaves from a request."""

import base64
from typing import Any

import pytest
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives, send_mail
from django.test import Client
from django.utils import timezone

from alerts.choices import DeliveryState, Purpose
from alerts.models import Delivery
from alerts.send import send_due
from tests.cast import Cast
from tests.support.mailbox import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outbox(settings: Any) -> None:
    """Django's test set-up swaps the backend for one in memory: take ours again."""
    settings.EMAIL_BACKEND = "alerts.backend.OutboxBackend"


def test_it_keeps_a_mail_as_a_delivery(cast: Cast) -> None:
    assert send_mail("Hello", "Text", None, ["Ana@constante.test"], html_message="<p>Text</p>") == 1
    mail = Delivery.objects.get()
    assert (mail.to_user, mail.purpose, mail.state) == (cast.ana, Purpose.ACCOUNT, DeliveryState.PLANNED)
    assert (mail.subject, mail.text_body, mail.html_body) == ("Hello", "Text", "<p>Text</p>")


def test_it_writes_one_delivery_a_recipient(cast: Cast) -> None:
    EmailMessage("Hello", "Text", to=["a@example.com"], bcc=["b@example.com"]).send()
    assert set(Delivery.objects.values_list("to_address", flat=True)) == {"a@example.com", "b@example.com"}


def test_it_keeps_attachments_and_reply_to(cast: Cast) -> None:
    mail = EmailMultiAlternatives("Hello", "Text", to=["a@example.com"], reply_to=["ana@constante.test"])
    mail.attach("ñ.pdf", b"\x00\xff", "application/pdf")
    mail.send()
    kept = Delivery.objects.get()
    assert kept.reply_to == "ana@constante.test"
    assert [(one["name"], base64.b64decode(one["content"])) for one in kept.attachments] == [("ñ.pdf", b"\x00\xff")]


def test_it_refuses_a_line_break_in_a_header(cast: Cast) -> None:
    with pytest.raises(BadHeaderError):
        send_mail("Hello\nBcc: x@example.com", "Text", None, ["a@example.com"])
    assert Delivery.objects.count() == 0


def test_a_mail_without_recipients_is_none(cast: Cast) -> None:
    assert EmailMessage("Hello", "Text", to=[]).send() == 0
    assert Delivery.objects.count() == 0


def reset_link(text: str) -> str:
    return next(word for word in text.split() if "/password/reset/key/" in word)


@pytest.mark.smtp
def test_a_reset_link_travels_and_is_then_forgotten(
    cast: Cast, client: Client, smtp_server: MailServer, settings: Any
) -> None:
    settings.EMAIL_TRANSPORT = {
        "host": "127.0.0.1", "port": smtp_server.port, "username": "", "password": "",
        "use_tls": False, "use_ssl": False, "timeout": 5,
    }  # fmt: skip
    client.post("/accounts/password/reset/", {"email": "ana@constante.test"})
    assert smtp_server.messages == []
    send_due(timezone.now())
    link = reset_link(smtp_server.messages[0].message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert link.count("-") >= 2
    assert "/password/reset/key/" not in Delivery.objects.get().text_body


def test_an_attachment_arrives_whole(cast: Cast, settings: Any) -> None:
    settings.EMAIL_TRANSPORT = None
    mail = EmailMessage("Hello", "Text", to=["a@example.com"])
    mail.attach("list.csv", "a;b\n", "text/csv")
    mail.send()
    settings.MAIL_DIR = settings.DATA_DIR / "mail-with-attachment"
    send_due(timezone.now())
    (file,) = settings.MAIL_DIR.iterdir()
    assert base64.b64encode(b"a;b\n") in file.read_bytes()
