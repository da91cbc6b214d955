"""An administrator changes a promise: sees what it does, puts it in force, watches the dates follow, takes it back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.choices import Outcome
from crm.log import Entry, log_interaction
from crm.models import Clock
from retention import policy_changes
from tests.cast import Cast
from tests.portfolio import client_of
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


@pytest.fixture
def firm(transactional_db: None, cast: Cast) -> Cast:
    """Three clients of Ana's, spoken to 15 days ago."""
    then = timezone.now() - dt.timedelta(days=15)
    for number in range(3):
        customer = client_of(cast.ana, f"Taller {number}", cast.iberia)
        log_interaction(Entry(customer, Outcome.REACHED, then), actor=cast.ana, now=then)
    return cast


def amounts() -> set[int | None]:
    return set(Clock.objects.values_list("due_amount", flat=True))


@pytest.mark.parametrize("width", [1280, 390])
def test_previewed_applied_undone(pages: Pages, firm: Cast, width: int) -> None:
    page = pages.open(firm.eva, path="/settings/promises/", width=width)
    page.get_by_role("link", name="Change the promise: Everybody").click()
    page.get_by_label("Attention every").fill("10")
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator(".foreseen")).to_contain_text("3 clients more become overdue.")
    assert amounts() == {30}

    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("Say why, for those who look at it later.")).to_be_visible()
    page.get_by_label("Why").first.fill("They told us that a month is long")
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator("#job")).to_contain_text("0 of 3 clients have their new date.")
    page.reload()
    expect(page.get_by_role("progressbar")).to_be_visible()

    assert policy_changes.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("All 3 clients have their new date.")
    assert amounts() == {10}

    page.get_by_role("button", name="Undo").click()
    assert policy_changes.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("All 3 clients have their new date.")
    assert amounts() == {30}
