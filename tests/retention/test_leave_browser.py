"""An administrator lets somebody leave, their clients go to a colleague; then they come back with them."""

from __future__ import annotations

import re

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
    """Two clients of Ana's, one of Bruno's."""
    for owner, number in ((cast.ana, 0), (cast.ana, 1), (cast.bruno, 2)):
        client_of(owner, f"Taller {number}", cast.iberia)
    return cast


def owners() -> list[str]:
    return list(Customer.objects.order_by("name").values_list("owner__name", flat=True))


def test_leaves_and_comes_back(pages: Pages, firm: Cast) -> None:
    anas = pages.open(firm.ana, path="/")
    page = pages.open(firm.eva, path=f"/people/{firm.ana.pk}/", width=390)
    page.get_by_role("link", name="They leave …").click()
    page.locator("[name=to]").select_option(label="Bruno Sanz")
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator(".foreseen")).to_contain_text("2 clients move to ")
    page.get_by_label("Why").fill("A new job")
    page.get_by_role("button", name="Ana Torres leaves now").click()
    expect(page.locator("#job")).to_contain_text("0 of 2 clients are there.")
    anas.reload()
    expect(anas).to_have_url(re.compile("/accounts/login/"))
    assert hand_over_jobs.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("Done")
    assert owners() == ["Bruno Sanz"] * 3

    page.get_by_role("link", name="Ana Torres").first.click()
    page.get_by_role("link", name="They come back …").click()
    page.get_by_label("Give back the clients they had").check()
    page.get_by_label("Why").fill("She stays")
    page.get_by_role("button", name="Let them in again").click()
    expect(page.locator("#job")).to_contain_text("0 of 2 clients are there.")
    assert hand_over_jobs.work(timezone.now())
    assert owners() == ["Ana Torres", "Ana Torres", "Bruno Sanz"]
