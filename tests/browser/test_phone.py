"""On a phone: Log under the thumb, Save always in view, a connection that comes and goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from crm.models import Customer, Interaction
from tests.cast import Cast
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


def test_log_is_in_the_middle_of_the_bar_and_save_stays_in_view(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/", width=390, height=700)
    log = page.locator(".bottom-log")
    box = log.bounding_box()
    assert box and abs(box["x"] + box["width"] / 2 - 195) < 12
    assert box["height"] >= 42

    log.tap()
    page.locator("#log-find").press_sequentially("954 550")
    page.locator("#log-found .find-item").first.tap()

    save = page.locator(".log-save")
    expect(page.locator(".log-client-name")).to_have_text("Ferretería Solís")
    expect(save).to_be_in_viewport(ratio=1)
    page.locator("[name=next_step]").scroll_into_view_if_needed()
    expect(save).to_be_in_viewport(ratio=1)
    expect(page.locator("#log-effect")).to_be_in_viewport(ratio=1)
    save.tap()
    expect(page.locator(".toast-note")).to_contain_text("Logged")
    assert Interaction.objects.filter(customer=solis).count() == 2


def test_without_a_connection_nothing_typed_is_lost_and_it_is_sent_once(
    pages: Pages, cast: Cast, solis: Customer
) -> None:
    page = pages.open(cast.ana, path="/", width=390)
    page.locator("[data-log]:visible").first.tap()
    page.locator("[name=summary]").fill("Wants monthly bills.")
    expect(page.locator("#log-effect")).to_contain_text("This counts as attention.")

    page.context.set_offline(True)
    page.locator(".log-save").tap()
    expect(page.locator(".log-waiting")).to_contain_text("Not saved yet")
    expect(page.locator("[name=summary]")).to_have_value("Wants monthly bills.")
    assert not Interaction.objects.filter(summary="Wants monthly bills.").exists()
    page.context.set_offline(False)

    expect(page.locator(".toast-note")).to_contain_text("Logged")
    assert Interaction.objects.filter(summary="Wants monthly bills.").count() == 1
    assert all("htmx:" in problem for problem in pages.problems)
    pages.problems.clear()
