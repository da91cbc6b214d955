"""The real parts that other tests rely on do what they say."""

import smtplib

import pytest
from playwright.sync_api import Page

from accounts.models import Team
from tests.support.browser import Pages
from tests.support.mailbox import MailServer

MAIL = "From: a@example.com\r\nTo: b@example.com\r\nMessage-ID: <1@example.com>\r\nSubject: Hola\r\n\r\nText\r\n"


def send(server: MailServer) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.sendmail("a@example.com", ["b@example.com"], MAIL)


@pytest.mark.smtp
def test_the_mail_server_keeps_what_it_accepted(smtp_server: MailServer) -> None:
    send(smtp_server)
    (mail,) = smtp_server.wait_for(1)
    assert (mail.message_id, mail.recipients) == ("<1@example.com>", ["b@example.com"])
    assert mail.message["Subject"] == "Hola"


@pytest.mark.smtp
def test_the_mail_server_can_refuse(smtp_server: MailServer) -> None:
    smtp_server.refuse_recipient = "550 no such person"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp_server)
    smtp_server.refuse_recipient, smtp_server.refuse_data = "", "451 try later"
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        send(smtp_server)
    assert smtp_server.messages == []


@pytest.mark.browser
def test_a_page_reports_what_the_policy_refuses(page: Page, pages: Pages) -> None:
    page.goto("/accounts/login/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.wait_for_timeout(100)
    assert any("Content Security Policy" in problem for problem in pages.problems)
    pages.problems.clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_the_migrations_wrote_is_there_again_after_a_test_that_commits(turn: int) -> None:
    assert Team.objects.filter(is_default=True).count() == 1
    Team.objects.create(name=f"Committed {turn}", calendar=Team.objects.get(is_default=True).calendar)
    assert Team.objects.filter(name__startswith="Committed").count() == 1
