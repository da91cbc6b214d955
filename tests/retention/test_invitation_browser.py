"""An administrator invites; the invited follows the link, chooses a password, signs in, and sees the team's queue."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from alerts.models import Delivery
from tests.cast import Cast
from tests.portfolio import client_of
from tests.support.browser import Pages

pytestmark = pytest.mark.browser
NEW = "una clave de las largas"


def test_invited_link_password_first_sign_in_queue(
    pages: Pages, transactional_db: None, cast: Cast, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "alerts.backend.OutboxBackend"
    client_of(None, "Bodega Luna", cast.iberia)
    page = pages.open(cast.eva, path="/people/")
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_label("Name").fill("Gil Paz")
    page.get_by_label("Email").fill("gil@constante.test")
    page.get_by_label("First team").select_option(label="Iberia")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("Gil Paz is invited")).to_be_visible()
    expect(page.get_by_role("button", name="Send again Gil Paz")).to_be_visible()

    text = Delivery.objects.get(to_address="gil@constante.test").text_body
    link = re.search(r"http://[^/]+(/\S+)", text)
    assert link is not None
    theirs = pages.open(path=link[1], width=390)
    theirs.get_by_label("New password").fill(NEW)
    theirs.get_by_label("Once more").fill(NEW)
    theirs.get_by_role("button", name="Keep this password").click()
    theirs.goto("/accounts/login/")
    theirs.get_by_label("Email").fill("gil@constante.test")
    theirs.get_by_label("Password").fill(NEW)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_text("Bodega Luna").first).to_be_visible()

    page.reload()
    expect(page.get_by_text("Invitation", exact=True)).to_have_count(0)
