"""How we do: lines with their number of cases, each number a list of that count, nobody's but one's own teams'."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from crm.choices import Outcome
from crm.models import Clock, Customer, Interaction
from retention.how_we_do import (
    ALL,
    OWNER,
    PROMISE,
    WEEK,
    Alerts,
    Contacts,
    View,
    alerts_of,
    count_alerts,
    read_view,
    weeks_kept,
)
from retention.how_we_do_counts import Counts, counts_of, run_night
from retention.measuring import write_week
from retention.models import MeasuredAlert, MeasuredWeek
from tests import portfolio as stage
from tests.alerts.rows import alert
from tests.alerts.rows import client as client_of
from tests.cast import Cast
from tests.portfolio import logged

NOW = stage.NOW.astimezone(dt.UTC)
WEEK_OF = dt.date(2026, 11, 16)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def a_client(cast: Cast, name: str) -> Customer:
    return client_of(cast.ana, cast.iberia, name)


def measured(customer: Customer, owner: User | None, seconds: int | None, **fields: Any) -> None:
    """An alert dealt with in the week of 16 November."""
    made = alert(customer, "11-02 18:00")
    given = {"how": "attended", "kind": "attention", "promise": "default", "team": customer.team} | fields
    MeasuredAlert.objects.create(
        week=fields.pop("week", WEEK_OF), alert=made, customer=customer, owner=owner, seconds=seconds, **given
    )


@pytest.mark.parametrize(
    ("seconds", "half", "most"),
    [([5], None, None), ([1, 2, 3, 4], None, None), ([5, 1, 3, 2, 4], 3, 5), ([60, 10, 20, 30, 40, 50], 30, 60),
     (list(range(1, 21)), 10, 18), ([7] * 11, 7, 7)],
)  # fmt: skip
def test_half_and_nine_tenths_of_what_was_attended(
    db: None, cast: Cast, seconds: list[int], half: int | None, most: int | None
) -> None:
    MeasuredWeek.objects.create(week=WEEK_OF, measured_at=NOW)
    for number, one in enumerate(seconds):
        measured(a_client(cast, f"{number}"), cast.ana, one)
    measured(a_client(cast, "Put off"), cast.ana, None, how="put_off")

    rows = alerts_of(View(), cast.carla, weeks_kept())
    found = count_alerts(rows, None)

    assert len(found) == 4
    for line in ((ALL, "", ""), (WEEK, "2026-11-16", ""), (OWNER, str(cast.ana.pk), ""),
                 (PROMISE, "attention", "default")):  # fmt: skip
        assert (found[line].half, found[line].most) == (half, most)
        assert (found[line].all, found[line].attended, found[line].put_off) == (len(seconds) + 1, len(seconds), 1)


def page(browser: Client, user: User, address: str = "/how-we-do/") -> str:
    browser.force_login(user)
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def busy(cast: Cast) -> None:
    """Alerts dealt with in every way by Bruno and Diego, and contacts of Ana's."""
    for number, how in enumerate(["attended"] * 6 + ["put_off", "dismissed", "otherwise"]):
        for owner, team in ((cast.bruno, cast.iberia), (cast.diego, cast.andes)):
            seconds = number * 3600 if how == "attended" else None
            measured(client_of(owner, team, f"{owner} {number}"), owner, seconds, how=how, snoozes=number)
    for number in range(3):
        logged(a_client(cast, f"Hotel {number}"), cast.ana, "11-23 10:00", summary="Bien." if number else "")
    logged(a_client(cast, "Hotel Rías"), cast.ana, "11-23 10:00", Outcome.NO_ANSWER)
    MeasuredWeek.objects.create(week=WEEK_OF, measured_at=NOW)
    write_week(WEEK_OF + dt.timedelta(weeks=1), NOW)


def test_each_number_opens_a_list_of_that_count(client: Client, cast: Cast, busy: None) -> None:
    html = page(client, cast.eva)
    main = html.partition('id="main"')[2]
    links = set(re.findall(r'href="(/how-we-do/[^"]+)"\s+data-count="(\d+)"', main))

    assert len(links) > 50
    assert len({count for _address, count in links}) > 4
    for address, count in links:
        assert f'data-total="{count}"' in page(client, cast.eva, address.replace("&amp;", "&")), address


def test_supervisors_see_their_own_teams_and_managers_nothing(client: Client, cast: Cast, busy: None) -> None:
    carla, fatima = page(client, cast.carla), page(client, cast.fatima)

    assert "Bruno Sanz" in carla
    assert "Diego Rojas" not in carla
    assert "Diego Rojas" in fatima
    assert "Bruno Sanz" not in fatima
    hidden = f"/how-we-do/alerts/?owner={cast.diego.pk}"
    assert 'data-total="9"' in page(client, cast.fatima, hidden)
    assert 'data-total="0"' in page(client, cast.carla, hidden)
    assert "Diego Rojas 1" not in page(client, cast.carla, hidden)
    client.force_login(cast.ana)
    assert client.get("/how-we-do/").status_code == 403


def test_a_client_who_left_the_team_is_no_longer_told_of(client: Client, cast: Cast, busy: None) -> None:
    moved = MeasuredAlert.objects.filter(owner=cast.bruno, how="dismissed").get()
    Customer.objects.filter(pk=moved.customer_id).update(team=cast.andes, owner=cast.diego)
    Clock.objects.filter(pk=moved.customer_id).update(team=cast.andes, owner=cast.diego)

    # Neither by Carla, who no longer sees the client, nor by Fátima, whose team it was not then.
    for reader in (cast.carla, cast.fatima):
        assert moved.customer.name not in page(client, reader, "/how-we-do/alerts/?what=dismissed")
    assert moved.customer.name in page(client, cast.eva, "/how-we-do/alerts/?what=dismissed")


def test_of_a_few_nothing_is_said_but_their_number(client: Client, cast: Cast) -> None:
    MeasuredWeek.objects.create(week=WEEK_OF, measured_at=NOW)
    for number in range(4):
        measured(a_client(cast, f"A{number}"), cast.ana, 3600)
    few = page(client, cast.carla)
    measured(a_client(cast, "A5"), cast.ana, 3600)
    enough = page(client, cast.carla)

    assert "too few to say" in few
    assert "100%" not in few
    assert "1 h" not in few.partition("By owner")[2]
    assert "100%" in enough
    assert "1 h" in enough.partition("By owner")[2]


def test_lines_stand_by_name_never_by_number(client: Client, cast: Cast) -> None:
    MeasuredWeek.objects.create(week=WEEK_OF, measured_at=NOW)
    for owner, number in ((cast.bruno, 9), (cast.ana, 2), (None, 1)):
        for one in range(number):
            measured(a_client(cast, f"{owner} {one}"), owner, 60)
    table = page(client, cast.carla).partition('id="by-owner"')[2].partition("</table>")[0]

    assert re.findall(r"<b>([^<]+)</b>", table) == ["Ana Torres", "Bruno Sanz", "No owner"]


def test_everybody_reached_each_time_is_a_warning(client: Client, cast: Cast) -> None:
    assert Contacts(tries=20, reached=20).is_too_good
    assert not Contacts(tries=20, reached=19).is_too_good
    assert not Contacts(tries=19, reached=19).is_too_good
    calls = [logged(a_client(cast, f"A{number}"), cast.ana, "11-23 10:00") for number in range(20)]
    write_week(WEEK_OF + dt.timedelta(weeks=1), NOW)
    assert "Ana Torres reached somebody each of 20 times." in page(client, cast.carla)

    Interaction.objects.filter(pk=calls[0].pk).update(counts_as="attempt", outcome="no_answer")
    write_week(WEEK_OF + dt.timedelta(weeks=1), NOW)
    assert "reached somebody each of" not in page(client, cast.carla)


def test_a_week_narrows_all_but_the_table_of_weeks(client: Client, cast: Cast, busy: None) -> None:
    html = page(client, cast.eva, f"/how-we-do/?week={WEEK_OF}")
    other = page(client, cast.eva, "/how-we-do/?week=2026-11-23")

    assert "16 Nov" in other
    assert "Diego Rojas" in html.partition('id="by-owner"')[2]
    assert "Diego Rojas" not in other.partition('id="by-owner"')[2].partition("</section>")[0]


def test_before_the_first_night_there_is_nothing_to_tell(client: Client, cast: Cast) -> None:
    assert "Nothing to tell yet" in page(client, cast.carla)


def test_what_makes_no_sense_in_the_address_is_left_out(client: Client, cast: Cast, busy: None) -> None:
    asked = ("?week=2026-11-17&team=x", "?owner=99999999999999&promise=7", "?kind=x&promise=x&what=x&after=x")
    for path in ("/how-we-do/", "/how-we-do/alerts/", "/how-we-do/contacts/"):
        for nonsense in asked:
            page(client, cast.carla, path + nonsense)
    assert read_view({"week": "2026-11-17", "kind": "x", "promise": "x", "what": "x"}) == View()


def test_the_next_page_goes_on_where_this_one_ended(client: Client, cast: Cast) -> None:
    MeasuredWeek.objects.create(week=WEEK_OF, measured_at=NOW)
    for number in range(53):
        measured(a_client(cast, f"Cliente {number:02}."), cast.ana, 60)
    first = page(client, cast.carla, "/how-we-do/alerts/")
    following = re.search(r'href="([^"]+)"\s+rel="next"', first)
    assert following
    second = page(client, cast.carla, "/how-we-do/alerts/" + following[1].replace("&amp;", "&"))

    names = [set(re.findall(r"Cliente \d\d\.", html)) for html in (first, second)]
    assert [len(some) for some in names] == [50, 3]
    assert not names[0] & names[1]


def test_administrators_read_what_the_night_left_until_the_next_one(
    client: Client, cast: Cast, busy: None, django_assert_num_queries: Any
) -> None:
    def counts() -> Counts:
        return counts_of(View(), cast.eva, weeks_kept())

    fresh = count_alerts(alerts_of(View(), cast.eva, weeks_kept()), None)
    assert counts()[0] == counts()[0] == fresh
    with django_assert_num_queries(2):
        counts()
    logged(a_client(cast, "Since"), cast.ana, "11-24 09:00")
    assert counts()[0] == fresh
    before = counts()[1][ALL, "", ""].felt
    run_night(NOW + dt.timedelta(hours=1))

    assert counts()[1][ALL, "", ""].felt > before


def test_one_week_is_not_another(db: None, cast: Cast, busy: None) -> None:
    def attended(week: dt.date | None) -> int:
        return counts_of(View(week=week), cast.eva, weeks_kept())[0].get((ALL, "", ""), Alerts()).attended

    assert (attended(WEEK_OF), attended(WEEK_OF + dt.timedelta(weeks=1)), attended(None)) == (12, 0, 12)
