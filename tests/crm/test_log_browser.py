"""The drawer in a browser: by keys alone, through a lost connection, with a draft, after a tapped number."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from crm.choices import Outcome
from crm.log import Entry, log_interaction
from crm.models import Customer, Interaction
from tests.cast import Cast
from tests.portfolio import client_of, person_at
from tests.support.browser import Pages, accessibility_faults

pytestmark = [pytest.mark.browser]


@pytest.fixture
def solis(transactional_db: None, cast: Cast) -> Customer:
    """A client who has waited 41 days of 30."""
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia, phone="+34954550188")
    person_at(customer, "Julián Solís")
    then = timezone.now() - dt.timedelta(days=41)
    log_interaction(Entry(customer, Outcome.REACHED, then), actor=cast.ana, now=then)
    return customer


def saved(page: Page) -> None:
    expect(page.locator(".toast-note")).to_contain_text("Logged")


def test_a_call_is_logged_by_keys_alone(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    expect(page.locator(f"#row-{solis.pk}")).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("l")
    expect(page.locator("[data-digits] :focus")).to_have_count(1)
    page.keyboard.press("2")
    expect(page.locator("#log-effect")).to_contain_text("An attempt")
    page.keyboard.press("1")
    expect(page.locator("#log-effect")).to_contain_text("This counts as attention.")
    page.keyboard.press("Control+Enter")

    saved(page)
    expect(page.locator("#today")).not_to_contain_text("Ferretería Solís")
    assert page.url.endswith("/")


def test_undo_from_the_toast_brings_the_row_back(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    page.locator("[data-log]").first.click()
    page.locator(".log-save").click()
    saved(page)
    expect(page.locator(f"#row-{solis.pk}")).to_have_count(0)

    page.get_by_role("button", name="Undo").click()

    expect(page.locator(f"#row-{solis.pk}")).to_be_visible()
    assert Interaction.objects.kept().filter(customer=solis).count() == 1


def test_digits_type_numbers_while_one_writes(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path=f"/log/?customer={solis.pk}")
    page.locator("[name=summary]").click()

    page.keyboard.type("2 pallets")

    expect(page.locator("[name=summary]")).to_have_value("2 pallets")
    expect(page.locator("[name=outcome]:checked")).to_have_value("reached")


def test_another_channel_brings_its_outcomes(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    page.locator("[data-log]").first.click()

    page.locator(".pick", has_text="Email").click()

    expect(page.locator("#log-outcomes")).to_contain_text("Sent, awaiting reply")
    expect(page.locator("#log-direction")).to_contain_text("They wrote")
    expect(page.locator("#log-effect")).to_contain_text("An attempt")


def test_a_lost_connection_is_waited_for_and_saves_once(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    page.locator("[data-log]").first.click()
    page.locator("[name=summary]").fill("Monthly billing")

    def lost(route: Route) -> None:
        # It reached the server, but the answer was lost on the way back.
        route.fetch()
        route.abort("connectionreset")

    page.route("**/log/", lost, times=1)
    page.locator(".log-save").click()
    expect(page.locator(".log-waiting")).to_contain_text("Not saved yet")

    saved(page)
    assert Interaction.objects.filter(customer=solis, summary="Monthly billing").count() == 1
    assert all("htmx:" in problem for problem in pages.problems)
    pages.problems.clear()


def test_an_error_of_the_server_keeps_what_was_typed(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    page.locator("[data-log]").first.click()
    page.locator("[name=summary]").fill("Monthly billing")
    page.route("**/log/", lambda route: route.fulfill(status=503, body="gone"), times=1)

    page.locator(".log-save").click()

    expect(page.locator(".toast-note")).to_contain_text("Something went wrong on our side")
    expect(page.locator("[name=summary]")).to_have_value("Monthly billing")
    pages.problems.clear()


def test_a_draft_survives_an_ended_session(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    page.locator("[data-log]").first.click()
    page.locator("[name=summary]").fill("Monthly billing")
    page.locator(".pick", has_text="No answer").click()
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")

    page.locator(".log-save").click()
    expect(page.locator(".toast-note")).to_contain_text("signed out")
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.reload()
    page.locator("[data-log]").first.click()

    expect(page.locator("[name=summary]")).to_have_value("Monthly billing")
    expect(page.locator("[name=outcome]:checked")).to_have_value("no_answer")


def test_closing_on_purpose_forgets_the_draft(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[data-log]").first.click()
    page.locator("[name=summary]").fill("Nothing of it")

    page.keyboard.press("Escape")
    page.locator("[data-log]").first.click()

    expect(page.locator("[name=summary]")).to_have_value("")


def test_a_client_is_chosen_by_typing(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/customers/")
    page.keyboard.press("l")
    expect(page.locator("#log-find")).to_be_focused()
    page.locator("#log-find").press_sequentially("ferreteria so")
    expect(page.locator("#log-found")).to_contain_text("Ferretería Solís")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator(".log-client-name")).to_have_text("Ferretería Solís")
    page.keyboard.press("Control+Enter")
    saved(page)


def test_coming_back_from_a_call_asks_how_it_went(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/", width=390)
    # The number is tapped; no telephone answers here, so the page is hidden and shown by hand.
    page.evaluate("document.querySelector('.row-phone').addEventListener('click', (event) => event.preventDefault())")
    page.locator(".row-phone").tap()
    for state in ("hidden", "visible"):
        page.evaluate(
            "state => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            state,
        )

    expect(page.locator("#drawer-title")).to_contain_text("How did the call go?")
    expect(page.locator(".log-client-name")).to_have_text("Ferretería Solís")


def test_the_search_on_top_leads_to_the_client(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/")
    page.keyboard.press("/")
    page.keyboard.type("954 550")
    expect(page.locator("#find-results")).to_contain_text("Ferretería Solís")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/customers/{solis.pk}/")


def test_a_search_says_what_is_found_and_which_one_is_chosen(pages: Pages, cast: Cast, solis: Customer) -> None:
    client_of(cast.ana, "Ferretería Torres", cast.iberia)
    page = pages.open(cast.ana, path="/")
    field = page.get_by_role("search").get_by_role("combobox")
    expect(field).to_have_attribute("aria-expanded", "false")

    field.press_sequentially("ferreteria")
    expect(field).to_have_attribute("aria-expanded", "true")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(page.locator(".find [role=status]")).to_have_text("2 found")
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    expect(field).to_be_focused()
    assert accessibility_faults(page) == []

    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("ferreteria")
    field.press("Escape")
    expect(field).to_have_value("")


def test_escape_closes_what_the_drawer_found_and_not_the_drawer(pages: Pages, cast: Cast, solis: Customer) -> None:
    page = pages.open(cast.ana, path="/customers/")
    page.keyboard.press("l")
    page.locator("#log-find").press_sequentially("ferreteria")
    found = page.locator("#log-found").get_by_role("option")
    expect(found).to_have_count(1)
    assert accessibility_faults(page) == []

    page.keyboard.press("Escape")
    expect(found).to_have_count(0)
    expect(page.locator("#log-form")).to_be_visible()
    page.locator("#log-find").press_sequentially(" so")
    expect(found).to_have_count(1)
    found.click()

    expect(page.locator(".log-client-name")).to_have_text("Ferretería Solís")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_today_and_drawer_are_for_everybody(pages: Pages, cast: Cast, solis: Customer, width: int, theme: str) -> None:
    page = pages.open(cast.ana, path="/", width=width, theme=theme)  # type: ignore[arg-type]
    today = accessibility_faults(page)
    page.locator("[data-log]").first.click()
    expect(page.locator("#log-form")).to_be_visible()

    assert today == []
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
