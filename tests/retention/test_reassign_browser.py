"""A supervisor ticks clients, sees what handing them over does, does it, takes it back."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.models import Customer
from retention import hand_over_jobs
from tests.cast import Cast
from tests.portfolio import client_of
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


@pytest.fixture
def firm(transactional_db: None, cast: Cast) -> Cast:
    """Three clients of Ana's, whose welcome is overdue."""
    for number in range(3):
        client_of(cast.ana, f"Taller {number}", cast.iberia)
    return cast


def owners() -> list[str]:
    return list(Customer.objects.order_by("name").values_list("owner__name", flat=True))


def test_ticked_previewed_handed_over_undone(pages: Pages, firm: Cast) -> None:
    page = pages.open(firm.carla, path="/customers/", width=1280)
    page.get_by_role("link", name="Hand over", exact=True).click()
    expect(page.get_by_role("button", name="Hand over the ticked")).to_be_disabled()
    page.get_by_label("All on this page").check()
    page.get_by_label("Tick Taller 1").uncheck()
    page.get_by_role("button", name="Hand over the ticked 2").click()

    expect(page.get_by_role("heading", name="2 clients")).to_be_visible()
    page.locator("[name=to]").select_option(label="Bruno Sanz")
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator(".foreseen")).to_contain_text("2 clients move to ")
    assert owners() == ["Ana Torres"] * 3
    page.get_by_label("Why").fill("Ana has too many")
    page.get_by_role("button", name="Hand them over").click()
    expect(page.locator("#job")).to_contain_text("0 of 2 clients are there.")
    assert hand_over_jobs.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("Done")
    assert owners() == ["Bruno Sanz", "Ana Torres", "Bruno Sanz"]

    page.get_by_role("button", name="Undo").click()
    assert hand_over_jobs.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("Done")
    assert owners() == ["Ana Torres"] * 3
