"""The list and the page of a customer in a browser: keys, filters in the address, two people editing at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from crm.models import Customer
from tests.cast import Cast
from tests.portfolio import client_of, logged, person_at
from tests.support.browser import Pages, accessibility_faults

pytestmark = pytest.mark.browser


@pytest.fixture
def clients(transactional_db: None, cast: Cast, live_server: LiveServer) -> Cast:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia, city="Sevilla")
    person_at(solis, "Julián Solís", "+34954550188")
    logged(solis, cast.ana, "10-02 10:00", summary="Late delivery.")
    lugo = client_of(cast.ana, "Talleres Lugo", cast.iberia)
    logged(lugo, cast.ana, "11-23 10:00")
    return cast


def test_keys_choose_the_row_that_log_is_about_and_filters_stand_in_the_address(clients: Cast, pages: Pages) -> None:
    page = pages.open(clients.ana, path="/customers/?sort=name")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-row-link]:focus")).to_have_text("Talleres Lugo")
    page.keyboard.press("l")
    expect(page.locator("#drawer .log-client-name")).to_have_text("Talleres Lugo")
    page.keyboard.press("Escape")
    page.locator(".list-chips").get_by_text("Overdue").click()
    expect(page.locator("#list-count")).to_have_text("1 client")
    assert "state=overdue" in page.url
    page.locator("#list-q").fill("nobody of that name")
    expect(page.get_by_text("Nobody fits all of this")).to_be_visible()
    page.go_back()
    expect(page.locator("#list-count")).to_have_text("1 client")


def test_two_people_edit_at_once_and_the_second_chooses(clients: Cast, pages: Pages) -> None:
    solis = Customer.objects.get(name="Ferretería Solís")
    address = f"/customers/{solis.pk}/edit/"
    ana, carla = pages.open(clients.ana, path=address), pages.open(clients.carla, path=address)
    carla.get_by_label("City").fill("Huelva")
    carla.get_by_label("How they came").fill("a fair")
    carla.keyboard.press("Control+Enter")
    expect(carla.locator(".head")).to_contain_text("Ferretería Solís")
    ana.get_by_label("City").fill("Cádiz")
    ana.get_by_label("Shown before each call").or_(ana.locator("[name=care_note]")).fill("Call early.")
    ana.get_by_role("button", name="Save").click()
    expect(ana.get_by_text("Carla Núñez changed this while you were writing")).to_be_visible()
    assert not accessibility_faults(ana)
    expect(ana.locator("[name=care_note]")).to_have_value("Call early.")
    ana.get_by_role("group", name="City").get_by_label("Mine").check()
    ana.get_by_role("button", name="Save").click()
    expect(ana.locator(".head")).to_contain_text("Ferretería Solís")
    solis.refresh_from_db()
    assert (solis.city, solis.source, solis.care_note) == ("Cádiz", "a fair", "Call early.")


def test_what_is_changed_in_the_drawer_shows_at_once(clients: Cast, pages: Pages) -> None:
    solis = Customer.objects.get(name="Ferretería Solís")
    page = pages.open(clients.ana, path=f"/customers/{solis.pk}/", width=390, theme="dark")
    page.get_by_text("Change We spoke").or_(page.locator(".history-acts")).first.click()
    page.locator("#drawer [name=summary]").fill("It came late, again.")
    page.locator("#drawer").get_by_role("button", name="Save").click()
    expect(page.locator("#history")).to_contain_text("It came late, again.")
    expect(page.locator("#drawer")).not_to_be_visible()
    page.locator(".panel", has=page.locator("#care-title")).get_by_role("link").click()
    page.locator("#drawer textarea").fill("Never at noon.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#customer-page")).to_contain_text("Never at noon.")
    assert not accessibility_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
