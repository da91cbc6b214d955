"""Without any server: SQLite, a queue of files, mails kept as files, by the two commands of the Procfile."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from config.start import web_answers
from crm.models import Customer
from tests.cast import PASSWORD, Cast
from tests.config.test_start import wait_until
from tests.support.browser import Pages
from tests.support.ports import free_port
from tests.support.processes import AppProcess

pytestmark = pytest.mark.embedded


def told(folder: Path) -> list[EmailMessage]:
    """The mails about a call back that are kept in `folder`."""
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("*.eml")]
    return [mail for mail in mails if "Ferretería Solís: call back" in str(mail["Subject"])]


def test_a_missed_call_becomes_a_promise_and_a_mail(
    open_all_day: Cast, solis: Customer, start_process: Callable[..., AppProcess], chromium: Browser
) -> None:
    # A file is named after its delivery, whose numbers begin anew with each emptied database.
    for kept in settings.MAIL_DIR.glob("*.eml"):
        kept.unlink()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    variables = {"PORT": str(port), "SITE_URL": address, "STATIC_HASHED": "False", "LOG_LEVEL": "INFO"}
    start_process("web", **variables)
    start_process("worker", "--beat", **variables)
    wait_until(lambda: web_answers(port, address), seconds=60)
    pages = Pages(chromium, address)
    page = pages.open(path="/")
    page.get_by_label("Email").fill(open_all_day.ana.email)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_event("load"):  # keys act once the scripts are there
        page.keyboard.press("Enter")

    page.locator("[data-log]").first.click()
    page.locator("#log-direction .pick", has_text="They called").click()
    page.locator("#log-outcomes .pick", has_text="Missed").click()
    expect(page.locator("#log-effect")).to_contain_text("call back")
    page.locator(".log-save").click()
    expect(page.locator(".toast-note")).to_contain_text("Logged")
    expect(page.locator("#today")).to_contain_text("Waiting for your call back")

    wait_until(lambda: bool(told(settings.MAIL_DIR)), seconds=60)
    (mail,) = told(settings.MAIL_DIR)
    assert [to.addr_spec for to in mail["To"].addresses] == [open_all_day.ana.email]
    page.goto("/sent-mail/")
    page.locator(".mail-list a, main a", has_text=str(mail["Subject"])).first.click()
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Ferretería Solís")
    pages.close()
    assert not pages.problems
