"""Somebody is away: planned, handed over by mail, looked after by the cover, handed back by mail (A10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from alerts.send import send_due
from alerts.sweep import run_sweep
from crm.models import Customer
from tests.cast import Cast
from tests.support.browser import Pages
from tests.support.mailbox import MailServer

pytestmark = pytest.mark.browser


@pytest.fixture
def server(smtp_server: MailServer, settings: Any) -> MailServer:
    settings.EMAIL_TRANSPORT = {
        "host": "127.0.0.1", "port": smtp_server.port, "username": "", "password": "",
        "use_tls": False, "use_ssl": False, "timeout": 5,
    }  # fmt: skip
    return smtp_server


def told(server: MailServer, subject: str) -> str:
    """The text of the one mail of that subject, after a pass of the engine."""
    run_sweep(timezone.now())
    while send_due(timezone.now()):
        pass
    (mail,) = [one.message for one in server.messages if str(one.message["Subject"]) == subject]
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_an_absence_from_the_plan_to_the_hand_back(
    pages: Pages, open_all_day: Cast, solis: Customer, server: MailServer
) -> None:
    cast, today = open_all_day, timezone.now().astimezone(open_all_day.madrid.tz).date()
    page = pages.open(cast.ana, path="/")
    page.locator(".me summary").click()
    page.locator(".me a", has_text="Away").click()
    page.get_by_label("First day away").fill(today.isoformat())
    page.get_by_label("Last day away").fill((today + dt.timedelta(days=3)).isoformat())
    page.get_by_label("Who covers").select_option(label="Bruno Sanz")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#absences")).to_contain_text("Bruno Sanz covers")
    assert "Ferretería Solís: overdue since" in told(server, "You cover for Ana Torres")

    cover = pages.open(cast.bruno, path="/")
    expect(cover.locator("#today")).to_contain_text("Ferretería Solís")
    cover.locator("#today [data-log]").first.click()
    cover.locator(".log-save").click()
    expect(cover.locator(".toast-note")).to_contain_text("Logged")

    page.get_by_role("button", name="Back now").click()
    expect(page.locator(".toast-note")).to_contain_text("Welcome back, Ana.")
    text = told(server, "Welcome back: what happened with your clients")
    assert "Ferretería Solís:" in text
    assert "Bruno Sanz: Call, Reached" in text
    cover.goto("/")
    expect(cover.locator("#today")).not_to_contain_text("Ferretería Solís")
