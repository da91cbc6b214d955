"""Somebody is angry, is watched, is content: from the log drawer to the watch list and off it again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from crm.models import Contact, Customer
from tests.cast import Cast
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


def test_an_angry_call_puts_on_the_list_and_a_word_takes_off(pages: Pages, cast: Cast, solis: Customer) -> None:
    Customer.objects.filter(pk=solis.pk).update(care_note="Never before ten.")
    Contact.objects.filter(customer=solis).update(addressed_as="don Julián")
    page = pages.open(cast.ana, path=f"/customers/{solis.pk}/")
    page.locator("[data-log-this]").click()
    drawer = page.locator("#drawer")
    expect(drawer.locator(".before-call")).to_contain_text("Never before ten.")
    expect(drawer.locator(".before-call")).to_contain_text("don Julián")
    drawer.locator("label:has([name=sentiment][value='1'])").click()
    drawer.locator("[name=summary]").fill("The invoice was wrong again.")
    page.locator(".log-save").click()

    badge = page.get_by_role("link", name="Not content since today")
    expect(badge).to_be_visible()
    badge.click()
    row = page.locator(f"#watched-{solis.pk}")
    expect(row).to_contain_text("Angry today.")
    expect(row).to_contain_text("The invoice was wrong again.")

    row.get_by_role("link", name="They are content").click()
    page.get_by_label("How do you know").fill("They thanked us.")
    page.get_by_role("button", name="Take off the list").click()
    expect(page.locator(".toast-note")).to_contain_text("is off the watch list")
    expect(row).to_have_count(0)
    expect(page.locator("#watch-list")).to_contain_text("They thanked us.")

    page.locator(".toast-note button", has_text="Undo").click()
    expect(row).to_be_visible()
