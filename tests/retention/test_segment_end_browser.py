"""An administrator ends a segment: sees what it does, watches its clients go, brings them back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.choices import Outcome
from crm.log import Entry, log_interaction
from crm.models import Customer, Segment
from retention import segment_ends
from tests.cast import Cast
from tests.portfolio import client_of
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


@pytest.fixture
def gold(transactional_db: None, cast: Cast) -> Segment:
    """Two clients of Ana's, spoken to 15 days ago."""
    gold = Segment.objects.create(name="Oro")
    Segment.objects.create(name="Plata")
    then = timezone.now() - dt.timedelta(days=15)
    for number in range(2):
        customer = client_of(cast.ana, f"Taller {number}", cast.iberia, segment=gold)
        log_interaction(Entry(customer, Outcome.REACHED, then), actor=cast.ana, now=then)
    return gold


def names() -> set[str]:
    return set(Customer.objects.values_list("segment__name", flat=True))


def test_seen_ended_undone(pages: Pages, gold: Segment, cast: Cast) -> None:
    page = pages.open(cast.eva, path=f"/settings/promises/segments/{gold.pk}/", width=390)
    page.get_by_role("link", name="End this segment").click()
    page.get_by_label("Its clients go to").select_option("Plata")
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator(".foreseen")).to_contain_text("As many clients are overdue as before.")
    page.get_by_label("Why").first.fill("They are one and the same")
    page.get_by_role("button", name="End the segment").click()
    expect(page.locator("#job")).to_contain_text("0 of 2 clients have moved.")

    assert segment_ends.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("All 2 clients have moved.")
    assert names() == {"Plata"}

    page.get_by_role("button", name="Undo").click()
    assert segment_ends.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("All 2 clients have moved.")
    assert names() == {"Oro"}
