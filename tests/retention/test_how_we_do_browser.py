"""A supervisor looks at how her team does: the chart and its table, one week, the list behind a number."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.models import Customer
from retention.measuring import monday_of
from retention.models import MeasuredAlert, MeasuredWeek
from tests.alerts.rows import alert, client
from tests.cast import Cast
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


@pytest.fixture
def measured(transactional_db: None, cast: Cast) -> Cast:
    """Three weeks with two alerts of Ana's each that led to attention."""
    monday = monday_of(timezone.now().date())
    for back in range(3):
        week = monday - dt.timedelta(weeks=back)
        MeasuredWeek.objects.create(week=week, measured_at=timezone.now())
        for number in range(2):
            customer: Customer = client(cast.ana, cast.iberia, f"Taller {back} {number}")
            MeasuredAlert.objects.create(
                week=week, alert=alert(customer, "11-02 18:00"), customer=customer, owner=cast.ana, team=cast.iberia,
                kind="attention", promise="default", how="attended", seconds=7200,
            )  # fmt: skip
    return cast


def test_from_the_chart_to_the_list(pages: Pages, measured: Cast) -> None:
    page = pages.open(measured.carla, path="/how-we-do/", width=1280)
    expect(page.locator("#weeks-chart .main-svg").first).to_be_visible()
    expect(page.get_by_role("heading", name="6 of 6 alerts led to attention")).to_be_visible()
    page.get_by_role("button", name="Table").click()
    expect(page.get_by_role("region", name="By week")).to_be_visible()

    page.locator("#by-owner").scroll_into_view_if_needed()
    page.get_by_role("region", name="By owner").get_by_role("link", name="6").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts that somebody dealt with")
    expect(page.get_by_role("link", name="Taller 2 1")).to_be_visible()
