"""An administrator changes what counts, sees what that does to the history, applies it, and takes it back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.choices import Outcome
from crm.log import Entry, log_interaction
from crm.models import Interaction
from retention import recounts
from tests.cast import Cast
from tests.portfolio import client_of
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


@pytest.fixture
def firm(transactional_db: None, cast: Cast) -> Cast:
    """Three clients of Ana's, spoken to 40 days ago, and a message left for each last week."""
    for number in range(3):
        customer = client_of(cast.ana, f"Taller {number}", cast.iberia)
        for days, outcome in ((40, Outcome.REACHED), (6, Outcome.LEFT_MESSAGE)):
            then = timezone.now() - dt.timedelta(days=days)
            log_interaction(Entry(customer, outcome, then), actor=cast.ana, now=then)
    return cast


def classes() -> set[str]:
    return set(Interaction.objects.filter(outcome=Outcome.LEFT_MESSAGE).values_list("counts_as", flat=True))


@pytest.mark.parametrize("width", [1280, 390])
def test_edited_previewed_applied_undone(pages: Pages, firm: Cast, width: int) -> None:
    page = pages.open(firm.eva, path="/settings/what-counts/", width=width)
    page.get_by_role("link", name="Change: Call, we to them: Left a message").click()
    page.get_by_label("Attention. They felt it").check()
    page.get_by_label("Why").fill("They all listen to them")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Yes, I mean it").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts, .messages").first).to_contain_text("From now on it counts as “Attention”.")

    page.get_by_role("link", name="Apply to history").click()
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator(".foreseen")).to_contain_text("3 contacts count otherwise.")
    assert classes() == {"attempt"}
    page.get_by_label("Why").fill("It was so all along")
    page.get_by_role("button", name="Apply to history").click()
    expect(page.locator("#job")).to_contain_text("0 of 3 contacts are counted anew.")
    assert recounts.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("All 3 contacts are counted anew.")
    assert classes() == {"attention"}

    page.get_by_role("button", name="Undo").click()
    assert recounts.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("All 3 contacts are counted anew.")
    assert classes() == {"attempt"}
