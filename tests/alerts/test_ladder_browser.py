"""An administrator changes the ladder: sees what climbs when, puts it in force, takes it back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from alerts.ladder_terms import in_force
from tests.cast import Cast
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


def test_previewed_put_in_force_undone(transactional_db: None, pages: Pages, cast: Cast) -> None:
    before = in_force()
    page = pages.open(cast.eva, path="/settings/alerts/", width=390)
    page.get_by_label("Waited too long, to the supervisor").fill("2")
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator(".foreseen")).to_contain_text("No open alert moves by it.")
    assert in_force() == before

    page.get_by_label("Why").first.fill("They asked to know sooner")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("The supervisor 2 working days after they were told.")).to_be_visible()
    assert in_force() == before | {"silence_2": 2}

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The supervisor 3 working days after they were told.")).to_be_visible()
    assert in_force() == before
