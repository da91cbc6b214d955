"""An administrator adds a local fiesta: sees what it does, puts it in force, sees it in the year, takes it back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import CalendarDay
from retention import calendar_changes
from tests.cast import Cast
from tests.support.browser import Pages

pytestmark = pytest.mark.browser


def next_open(cast: Cast) -> dt.date:
    days = CalendarDay.objects.filter(calendar=cast.madrid, is_open=True, date__gt=timezone.now().date())
    return days.earliest("date").date


@pytest.mark.parametrize("width", [1280, 390])
def test_previewed_applied_seen_undone(pages: Pages, transactional_db: None, cast: Cast, width: int) -> None:
    day = next_open(cast)
    page = pages.open(cast.eva, path="/settings/calendars/", width=width)
    page.get_by_role("link", name=cast.madrid.name, exact=True).click()
    page.get_by_label("First day").fill(day.isoformat())
    page.get_by_label("What it is").fill("Feria")
    page.get_by_role("button", name="See what these days do").click()
    expect(page.get_by_role("heading", name="What it does")).to_be_visible()
    expect(page.locator(".differences")).to_contain_text("Feria")
    assert not cast.madrid.exceptions.exists()

    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("Say why, for those who look at it later.")).to_be_visible()
    page.get_by_label("Why").fill("The feast of the town")
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator("#job")).to_contain_text("Feria")
    assert calendar_changes.work(timezone.now())
    expect(page.locator("#job")).to_contain_text("The feast of the town")

    page.get_by_role("link", name=cast.madrid.name, exact=True).click()
    page.goto(f"{page.url}?year={day.year}")
    marked = page.locator(".year .day-holiday", has_text="Feria")
    expect(marked).to_contain_text("Feria, closed")
    page.go_back()
    page.go_back()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#job")).to_contain_text("undone")
    assert calendar_changes.work(timezone.now())
    assert not cast.madrid.exceptions.exists()
    assert CalendarDay.objects.get(calendar=cast.madrid, date=day).is_open
