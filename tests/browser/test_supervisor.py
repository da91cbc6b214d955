"""A supervisor looks at who is at risk: each number opens a list that has as many clients."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.choices import Outcome
from crm.log import Entry, log_interaction
from crm.models import Customer
from tests.cast import Cast
from tests.portfolio import client_of
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


@pytest.fixture
def team(solis: Customer, cast: Cast) -> Cast:
    """Of Iberia one is due soon and two have waited too long; one of another team has too."""
    spoken = (("Talleres Lugo", 27, cast.bruno), ("Óptica Central", 50, cast.bruno), ("Vidrios Cali", 60, cast.diego))
    for name, days, owner in spoken:
        team = cast.andes if owner == cast.diego else cast.iberia
        customer = client_of(owner, name, team, annual_value=9_000, currency="EUR")
        then = timezone.now() - dt.timedelta(days=days)
        log_interaction(Entry(customer, Outcome.REACHED, then), actor=owner, now=then)
    return cast


def first_number(text: str) -> int:
    found = re.search(r"\d+", text)
    assert found, text
    return int(found[0])


def count_behind(page: Page, address: str) -> int:
    page.goto(address)
    return first_number(page.locator("#list-count").inner_text())


def test_each_number_opens_its_list(pages: Pages, team: Cast) -> None:
    page = pages.open(team.carla, path="/at-risk/")
    expect(page.locator(".lead")).to_contain_text("2 clients have waited longer than promised")
    numbers = page.locator("main a[data-count][href^='/customers/']").all()[:12]
    shown = [(str(link.get_attribute("href")), str(link.get_attribute("data-count"))) for link in numbers]
    assert len(shown) >= 4

    for address, number in shown:
        wanted = first_number(number)
        if wanted:
            assert count_behind(page, address) == wanted, address
    assert 2 in [first_number(number) for _address, number in shown]


def test_the_chart_has_the_same_numbers_as_a_table(pages: Pages, team: Cast) -> None:
    page = pages.open(team.carla, path="/at-risk/")
    expect(page.locator(".main-svg").first).to_be_visible()
    page.locator("[data-chart-table]").first.click()
    expect(page.locator(".chart-table").first).to_be_visible()
    counted = [first_number(cell) for cell in page.locator(".chart-table tbody tr td:last-child").all_inner_texts()]
    assert sum(counted) == 3


def test_who_waited_too_long_is_called_from_there(pages: Pages, team: Cast) -> None:
    page = pages.open(team.carla, path="/at-risk/", width=390)
    page.locator("[data-log]:visible").first.tap()
    expect(page.locator(".log-client-name")).to_be_visible()
    page.locator(".log-save").tap()
    expect(page.locator(".toast-note")).to_contain_text("Logged")
    expect(page.locator(".lead")).to_contain_text("One client has waited longer than promised")
    expect(page.locator(".main-svg").first).to_be_visible()
