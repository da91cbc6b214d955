"""The trend: evenings beside the present, its result as its title, each point open to the alerts of its date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from alerts.sweep import run_sweep
from crm.listing import View
from crm.models import Customer
from retention.board import board_of
from retention.models import DailySnapshot
from retention.snapshots import rebuild
from retention.trend import MONTHS, WEEKS, Point, Trend, trend_of, trend_title
from tests import portfolio as stage
from tests.cast import Cast
from tests.portfolio import at, client_of, logged
from tests.support.browser import Pages, accessibility_faults

NOW = stage.NOW.astimezone(dt.UTC)
TODAY = dt.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def waiting(cast: Cast, name: str, last: str, owner: User | None = None, **fields: Any) -> Customer:
    customer = client_of(owner or cast.ana, name, cast.iberia, **fields)
    logged(customer, cast.ana, f"{last} 11:00")
    return customer


def evenings(first: dt.date = dt.date(2026, 8, 1)) -> None:
    """Write the evenings up to yesterday."""
    rebuild(first, TODAY - dt.timedelta(days=1), NOW)


def trend(cast: Cast, span: str = WEEKS, user: User | None = None, view: View | None = None) -> Trend:
    view, user = view or View(), user or cast.carla
    return trend_of(view, board_of(view, user, NOW), user, NOW, span)


def test_it_counts_who_waited_each_week_and_what_they_are_worth(db: None, cast: Cast) -> None:
    # Promised within 30 days: A is late from 1 November, B from the 14th, C waited for a first word until the 19th.
    waiting(cast, "A", "10-02", annual_value=100, currency="EUR")
    waiting(cast, "B", "10-15", annual_value=50, currency="USD")
    waiting(cast, "C", "11-19")
    evenings()

    found = trend(cast)

    shown = [(point.day.day if point.day else 0, point.neglected, dict(point.stakes)) for point in found.points[-4:]]
    euros, dollars = {"EUR": Decimal(100)}, {"USD": Decimal(50)}
    assert shown == [(3, 2, euros), (10, 2, euros), (17, 3, euros | dollars), (0, 2, euros | dollars)]
    # Clients were added on 1 September: that is where it begins.
    assert found.points[0].day == dt.date(2026, 9, 1)
    assert len(found.points) == 13


def test_the_last_point_is_the_number_on_the_tile(db: None, cast: Cast) -> None:
    for number, last in enumerate(("10-01", "10-10", "10-28", "11-20")):
        waiting(cast, str(number), last)
    evenings()
    board = board_of(View(), cast.carla, NOW)

    present = trend(cast).points[-1]

    assert (present.day, present.neglected, present.soon) == (None, board.overdue, board.soon)
    assert (board.overdue, board.soon) == (2, 1)


def test_each_sees_the_evenings_of_their_own_teams_and_of_the_scope(db: None, cast: Cast) -> None:
    waiting(cast, "A", "10-01")
    waiting(cast, "B", "10-01", owner=cast.bruno)
    logged(client_of(cast.diego, "Andes", cast.andes), cast.diego, "10-01 17:00")
    evenings()

    def yesterday_week(**asked: object) -> int:
        return trend(cast, **asked).points[-2].neglected  # type: ignore[arg-type]

    assert yesterday_week() == 2
    assert yesterday_week(view=View(owner=str(cast.ana.pk))) == 1
    assert yesterday_week(view=View(segment="none")) == 2
    assert yesterday_week(user=cast.fatima) == 1
    assert yesterday_week(user=cast.eva) == 3
    assert len(trend(cast, view=View(owner=str(cast.diego.pk))).points) == 1


def test_its_title_says_the_result(db: None) -> None:
    def title(then: int, now: int, span: str = WEEKS) -> str:
        return trend_title(Trend(span, TODAY, [Point(dt.date(2026, 9, 1), then), Point(None, now)]))

    assert title(22, 14) == "Neglected fell from 22 to 14 in 12 weeks"
    assert title(3, 1234) == "Neglected rose from 3 to 1,234 in 12 weeks"
    assert title(5, 5) == "Neglected are 5, as many as before"
    assert title(22, 14, MONTHS) == "Neglected fell from 22 to 14 since September 2026"


def test_before_two_weeks_there_is_none(client: Client, cast: Cast) -> None:
    waiting(cast, "A", "10-01")
    rebuild(TODAY - dt.timedelta(days=9), TODAY - dt.timedelta(days=1), NOW)
    assert "After two weeks this shows" in page(client, cast.carla, "/at-risk/")

    rebuild(TODAY - dt.timedelta(days=14), TODAY - dt.timedelta(days=1), NOW)
    html = page(client, cast.carla, "/at-risk/")
    assert "After two weeks this shows" not in html
    assert "Neglected are 1, as many as before" in html


def test_the_other_span_goes_two_years_back_and_stays_in_the_filters(client: Client, cast: Cast) -> None:
    waiting(cast, "A", "10-01")
    evenings()
    day = TODAY - dt.timedelta(days=728)
    DailySnapshot.objects.create(day=day, team=cast.iberia, state="overdue", count=7)

    # On 29 September they still waited for a first word.
    found = trend(cast, MONTHS)
    html = page(client, cast.carla, f"/at-risk/?team={cast.iberia.pk}&span=24")

    assert [point.neglected for point in found.points] == [7, 0, 1, 0, 1]
    assert "Neglected fell from 7 to 1 since November 2024" in html
    assert f'href="/at-risk/?team={cast.iberia.pk}"' in html
    assert re.search(rf'href="/at-risk/\?owner={cast.ana.pk}&amp;team={cast.iberia.pk}&amp;span=24"', html)
    assert "Neglected" in page(client, cast.carla, "/at-risk/?span=1e9")


def test_a_point_opens_the_alerts_of_its_date(client: Client, cast: Cast) -> None:
    # Due at 18:00 of Tuesday 10 November; the stranger's in Bogotá at 18:00 there.
    late = waiting(cast, "Hotel Costa Clara", "10-11")
    waiting(cast, "Grupo Andino", "10-12")
    logged(client_of(cast.diego, "Café Andino", cast.andes), cast.diego, "10-11 17:00")
    for when in ("11-10 18:05", "11-11 08:00", "11-11 18:05"):
        run_sweep(at(when))
    logged(late, cast.ana, "11-12 10:00")
    evenings()
    # 12 weeks back from the 24th come by the 10th.
    assert "/at-risk/2026-11-10/?team=" in page(client, cast.carla, f"/at-risk/?team={cast.iberia.pk}")

    html = page(client, cast.carla, "/at-risk/2026-11-10/")
    assert "Hotel Costa Clara" in html
    assert "One opened<" in html
    assert "0 closed.<" in html
    assert "Café" not in html
    closed = page(client, cast.carla, "/at-risk/2026-11-12/")
    assert "Hotel Costa Clara" in closed
    assert "one closed.<" in closed
    assert "No alert opened that day." in closed
    assert "Grupo Andino" not in closed
    assert "One opened<" in page(client, cast.carla, "/at-risk/2026-11-11/")
    assert "Hotel" not in page(client, cast.carla, f"/at-risk/2026-11-10/?owner={cast.bruno.pk}")


@pytest.mark.parametrize("day", ["2026-13-01", "2027-01-01", "1999-01-01"])
def test_dates_that_are_none_are_not_there(client: Client, cast: Cast, day: str) -> None:
    client.force_login(cast.carla)
    assert client.get(f"/at-risk/{day}/").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_it_is_drawn_for_everybody_and_a_click_leads_to_the_date(
    transactional_db: None, pages: Pages, cast: Cast, width: int, theme: str
) -> None:
    for number, last in enumerate(("09-05", "09-20", "10-01", "10-10", "10-28", "11-20")):
        waiting(cast, f"Client {number}", last, annual_value=1000, currency="EUR")
    evenings()
    screen = pages.open(cast.carla, path="/at-risk/", width=width, theme=theme)  # type: ignore[arg-type]
    point = screen.locator("#trend .chart-place .scatterlayer .point")
    point.first.wait_for()

    assert accessibility_faults(screen) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert screen.locator("#trend-table").is_hidden()
    screen.locator("#trend").get_by_role("button", name="Table").click()
    assert screen.locator("#trend-table").is_visible()
    assert accessibility_faults(screen) == []
    screen.locator("#trend").get_by_role("button", name="Table").click()
    box = point.nth(3).bounding_box()
    assert box
    screen.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    screen.wait_for_url("**/at-risk/2026-*/")
    assert accessibility_faults(screen) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_long_date_goes_on_by_pages_in_each_list(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.alert_day.PAGE_SIZE", 2)
    for number, last in enumerate(("10-08", "10-09", "10-10")):
        waiting(cast, f"Hotel {number}", last)
    run_sweep(at("11-10 12:00"))
    address = "/at-risk/2026-11-10/"

    def opened(html: str) -> list[str]:
        return re.findall(r"Hotel \d", html.partition('id="closed"')[0])

    first = page(client, cast.carla, address)
    onward = re.search(r'href="(\?list=opened&amp;after=[^"#]+)#opened"\s+rel="next"', first)
    assert onward
    last = page(client, cast.carla, address + onward[1].replace("&amp;", "&"))
    back = re.search(r'href="(\?list=opened&amp;before=[^"#]+)#opened"\s+rel="prev"', last)
    assert back

    found = {*opened(first)}, {*opened(last)}
    assert (len(found[0]), len(found[1]), len(found[0] | found[1])) == (2, 1, 3)
    assert opened(page(client, cast.carla, address + back[1].replace("&amp;", "&"))) == opened(first)
    assert 'data-total="3"' in last
