"""The list of alerts: who sees which, in which order, why; acting in place; the trail of one."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Absence, User
from alerts import journal
from alerts.choices import EventKind, Rung
from alerts.models import Alert, Deadline
from alerts.sweep import run_sweep
from alerts.views.alerts import PAGE_SIZE
from crm.choices import Direction, Outcome
from crm.models import Customer
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, logged
from tests.support.browser import Pages, accessibility_faults

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, user: User, address: str = "/alerts/", **headers: str) -> str:
    client.force_login(user)
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def silence(
    owner: User | None, cast: Cast, name: str, *, rung: int = Rung.OWNER, last: str = "10-14 11:00", **fields: object
) -> Alert:
    """An admitted silence of a client whom nobody called since `last`, opened by the sweep."""
    customer = client_of(owner, name, cast.andes if owner == cast.diego else cast.iberia)
    logged(customer, owner or cast.bruno, last)
    run_sweep(NOW)
    alert = Alert.objects.open().get(customer=customer, family="silence")
    told = {"admitted_at": NOW, "reached_at": NOW, "rung_at": NOW} | fields
    Alert.objects.filter(pk=alert.pk).update(rung=rung, **told)
    alert.refresh_from_db()
    return alert


def missed_call(owner: User, cast: Cast, name: str) -> Customer:
    customer = client_of(owner, name, cast.iberia)
    logged(customer, owner, "11-20 10:00")
    logged(customer, owner, "11-23 16:40", Outcome.MISSED, direction=Direction.IN)
    run_sweep(NOW)
    return customer


def post(client: Client, user: User, alert: Alert, verb: str, **data: object) -> tuple[int, dict[str, object], str]:
    client.force_login(user)
    headers = HTMX | {"HX-Target": f"alert-note-{alert.pk}"}
    answer = client.post(f"/alerts/{alert.pk}/{verb}/", data, headers=headers)
    alert.refresh_from_db()
    return answer.status_code, json.loads(answer.headers.get("HX-Trigger", "{}")), answer.content.decode()


def test_it_says_how_many_wait_and_what_climbed_to_the_supervisor(client: Client, cast: Cast) -> None:
    silence(cast.ana, cast, "Ferretería Solís")
    silence(cast.bruno, cast, "Grupo Andino", rung=Rung.SUPERVISOR)
    missed_call(cast.ana, cast, "Clínica Mirador")

    html = page(client, cast.carla)

    assert "Three clients wait for a promise. <b>One has climbed to you.</b>" in html
    assert html.index("Climbed to you") < html.index("Grupo Andino") < html.index("With their owner")
    # Who called us comes first of those with their owner.
    assert html.index("Clínica Mirador") < html.index("Ferretería Solís")
    assert "<b>41 days without attention</b>" in html
    assert "My teams · 3" in html
    assert "Mine · 0" in html


def test_a_client_with_two_alerts_is_one_client(client: Client, cast: Cast) -> None:
    silence(cast.ana, cast, "Ferretería Solís")
    both = silence(cast.bruno, cast, "Grupo Andino", rung=Rung.SUPERVISOR).customer
    logged(both, cast.bruno, "11-23 16:40", Outcome.MISSED, direction=Direction.IN)
    run_sweep(NOW)

    html = page(client, cast.carla)

    # The groups count alerts.
    assert "Two clients wait for a promise, with three alerts. <b>One has climbed to you.</b>" in html
    assert re.findall(r'panel-count" data-total="(\d+)"', html) == ["1", "2"]


def test_the_owner_sees_their_own_and_that_the_supervisor_knows(client: Client, cast: Cast) -> None:
    silence(cast.ana, cast, "Ferretería Solís", rung=Rung.SUPERVISOR)
    silence(cast.bruno, cast, "Grupo Andino")

    html = page(client, cast.ana)

    assert "One client waits for a promise. <b>Your supervisor knows of one.</b>" in html
    assert "Grupo Andino" not in html
    assert "My teams" not in html


@pytest.mark.parametrize("tab", ["", "?tab=teams", "?tab=mine", "?tab=snoozed", "?tab=answered", "?tab=waiting"])
def test_a_stranger_sees_nothing_of_it_in_any_tab(client: Client, cast: Cast, tab: str) -> None:
    before = page(client, cast.diego, f"/alerts/{tab}")
    silence(cast.ana, cast, "Ferretería Solís", admitted_at=None if "waiting" in tab else NOW)

    assert _plain(page(client, cast.diego, f"/alerts/{tab}")) == _plain(before)


def _plain(html: str) -> str:
    return "\n".join(line for line in html.splitlines() if "csrf" not in line.lower())


def test_administrators_have_the_supervisors_group_between(client: Client, cast: Cast) -> None:
    silence(cast.ana, cast, "With Owner")
    silence(cast.ana, cast, "At Supervisor", rung=Rung.SUPERVISOR)
    silence(cast.diego, cast, "On Top", rung=Rung.ADMINISTRATORS)

    html = page(client, cast.eva)

    order = ["Climbed to you", "On Top", "With their supervisor", "At Supervisor", "With their owner", "With Owner"]
    assert [html.index(words) for words in order] == sorted(html.index(words) for words in order)


def test_only_admitted_ones_are_counted_and_one_line_opens_the_others(client: Client, cast: Cast) -> None:
    silence(cast.ana, cast, "Told Already")
    silence(cast.ana, cast, "Not Yet", rung=Rung.NOBODY, admitted_at=None, passed_over_at=NOW)

    html = page(client, cast.ana)

    assert "Mine · 1" in html
    assert "Not Yet" not in html
    assert "1 more waits its turn." in html
    waiting = page(client, cast.ana, "/alerts/?tab=waiting")
    assert "Not Yet" in waiting
    assert "Told Already" not in waiting


def test_the_badge_counts_what_the_first_tab_shows(client: Client, cast: Cast) -> None:
    for number in range(3):
        silence(cast.ana, cast, f"Client {number}")
    silence(cast.ana, cast, "Quiet", snoozed_until=at("11-26 00:00"))

    html = page(client, cast.carla)

    assert "My teams · 3" in html
    badge = html[html.index('href="/alerts/"') :]
    assert badge[: badge.index("</a>")].rstrip().endswith("3</span>")


def test_kind_owner_and_team_narrow_it(client: Client, cast: Cast) -> None:
    silence(cast.ana, cast, "Ferretería Solís")
    missed_call(cast.bruno, cast, "Clínica Mirador")

    assert "Ferretería Solís" not in page(client, cast.carla, "/alerts/?kind=call_back")
    assert "Clínica Mirador" not in page(client, cast.carla, f"/alerts/?owner={cast.ana.pk}")
    assert "Nobody fits all of this" in page(client, cast.carla, f"/alerts/?team={cast.andes.pk}")


def test_who_is_away_and_who_covers_is_said(client: Client, cast: Cast) -> None:
    silence(cast.ana, cast, "Ferretería Solís")
    silence(cast.bruno, cast, "Grupo Andino")
    for user, cover in ((cast.ana, None), (cast.bruno, cast.carla)):
        Absence.objects.create(user=user, cover=cover, starts_at=at("11-23 00:00"), ends_at=at("11-30 00:00"))

    html = page(client, cast.carla)

    assert "away until 30 Nov, no cover" in html
    assert "away until 30 Nov, you cover" in html


def test_snoozing_takes_one_click_and_undo_brings_it_back(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")

    status, told, _html = post(client, cast.ana, alert, "snooze", days=3)

    assert status == 204
    assert told["toast"]["text"] == "Ferretería Solís is paused for 3 days."  # type: ignore[index]
    assert "alert-changed" in told
    assert alert.snoozed_until == at("11-27 00:00")
    assert "Snoozed · 1" in page(client, cast.ana)
    client.post(told["toast"]["undo"], headers=HTMX)  # type: ignore[index]
    alert.refresh_from_db()
    assert alert.snoozed_until is None


def test_somebody_elses_click_cannot_be_taken_back(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")
    _status, told, _html = post(client, cast.ana, alert, "snooze", days=1)

    client.force_login(cast.carla)
    assert client.post(told["toast"]["undo"], headers=HTMX).status_code == 404  # type: ignore[index]
    alert.refresh_from_db()
    assert alert.snoozed_until is not None


def test_a_refusal_is_said_beside_the_row_and_changes_nothing(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís", rung=Rung.SUPERVISOR)

    status, told, html = post(client, cast.ana, alert, "snooze", days=1)

    assert status == 422
    assert "This has climbed: ask your supervisor for a pause." in html
    assert told == {}
    assert alert.snoozed_until is None


@pytest.mark.parametrize("days", ["", "x", "-1", "0", "99999", "15"])
def test_an_impossible_pause_is_refused(client: Client, cast: Cast, days: str) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")

    assert post(client, cast.ana, alert, "snooze", days=days, reason="moving")[0] == 422
    assert alert.snoozed_until is None


def test_on_it_is_said_once_and_shown(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")

    assert post(client, cast.ana, alert, "on-it")[0] == 204
    assert "Ana is on it." in page(client, cast.carla)
    assert post(client, cast.ana, alert, "on-it")[0] == 422


def test_dismissing_needs_a_reason_and_shows_until_when(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")

    assert post(client, cast.ana, alert, "dismiss", reason=" ")[0] == 422
    assert post(client, cast.ana, alert, "dismiss", reason="They move house.")[0] == 204
    assert "Accepted by you until" in page(client, cast.ana, "/alerts/?tab=snoozed")


@pytest.mark.parametrize("verb", ["snooze", "resume", "on-it", "dismiss"])
def test_strangers_and_team_mates_can_do_nothing(client: Client, cast: Cast, verb: str) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")
    before = Alert.objects.filter(pk=alert.pk).values().get()

    for user in (cast.bruno, cast.diego, cast.fatima):
        assert post(client, user, alert, verb, days=1, reason="no")[0] == 404
        client.force_login(user)
        assert client.get(f"/alerts/{alert.pk}/").status_code == 404
    assert Alert.objects.filter(pk=alert.pk).values().get() == before


def test_without_scripts_a_refusal_comes_as_a_message(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")
    client.force_login(cast.ana)

    answer = client.post(f"/alerts/{alert.pk}/dismiss/", {"reason": "", "next": "/alerts/"}, follow=True)

    assert answer.redirect_chain == [("/alerts/", 302)]
    assert "Say in a few words why this can wait." in answer.content.decode()


def test_an_answered_one_moves_to_this_week(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")
    logged(alert.customer, cast.ana, "11-24 09:10")

    html = page(client, cast.carla, "/alerts/?tab=answered")

    assert "Answered this week · 1" in html
    assert "Ana took care of it today" in html
    assert "Nobody waits for a promise." in html


def test_the_page_of_one_says_what_happened_to_whom_it_was_told_and_what_comes_next(client: Client, cast: Cast) -> None:
    alert = silence(cast.ana, cast, "Ferretería Solís")
    journal.note(alert, EventKind.ADMITTED, at=NOW, rung=Rung.OWNER, tell=True)
    run_sweep(NOW)
    post(client, cast.ana, alert, "snooze", days=7, reason="They are on holiday.")

    html = page(client, cast.carla, f"/alerts/{alert.pk}/")

    assert "Snoozed for 7 days" in html
    assert "by Ana Torres" in html
    assert "They are on holiday." in html
    assert "Tuesday 1 Dec 00:00: the pause ends." in html
    assert "to Ana Torres" in html


def test_an_empty_list_is_a_reward(client: Client, cast: Cast) -> None:
    html = page(client, cast.ana)

    assert "Nobody waits for a promise" in html
    assert "heart-handshake" in html


def test_a_page_is_full_and_leads_on(client: Client, cast: Cast) -> None:
    _many(cast, PAGE_SIZE + 1)

    first = page(client, cast.carla)

    assert first.count("row-alert") == PAGE_SIZE
    after = first[first.index("after=") + 6 :].split('"')[0]
    assert page(client, cast.carla, f"/alerts/?tab=teams&after={after}").count("row-alert") == 1


def test_a_full_page_asks_no_more_than_one_row(client: Client, cast: Cast) -> None:
    _many(cast, 1)
    missed_call(cast.ana, cast, "Clínica Mirador")
    asked = [_queries(client, cast.carla)]
    _many(cast, PAGE_SIZE - 2)
    asked.append(_queries(client, cast.carla))

    assert asked[0] == asked[1]
    assert asked[1] <= 15


def _many(cast: Cast, count: int) -> None:
    start = Customer.objects.count()
    for number in range(start, start + count):
        customer = client_of((cast.ana, cast.bruno, None)[number % 3], f"Client {number}", cast.iberia)
        Alert.objects.create(
            family="silence",
            subject_key=f"customer:{customer.pk}",
            customer=customer,
            rung=1 + number % 2,
            opened_at=NOW,
            admitted_at=NOW,
            oldest_due_at=Deadline.objects.filter(customer=customer).order_by("due_at").first().due_at,  # type: ignore[union-attr]
            oldest_kind="attention",
        )


def _queries(client: Client, user: User) -> int:
    client.force_login(user)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get("/alerts/").status_code == 200
    return len(queries)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_it_is_for_everybody_and_acts_in_place(
    transactional_db: None, pages: Pages, cast: Cast, width: int, theme: str
) -> None:
    alert = silence(cast.ana, cast, "Asociación Iberoamericana de Fabricantes de Componentes Electromecánicos del Sur")
    missed_call(cast.ana, cast, "Clínica Mirador")
    screen = pages.open(cast.carla, path="/alerts/", width=width, theme=theme)  # type: ignore[arg-type]
    assert accessibility_faults(screen) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")

    row = screen.locator(f"#alert-{alert.pk}")
    row.locator("summary", has_text="Snooze").click()
    row.get_by_text("Until tomorrow").click()
    row.wait_for(state="detached")
    screen.locator(".toast-undo").click()
    row.wait_for(state="visible")

    alert.refresh_from_db()
    assert alert.snoozed_until is None


def test_how_long_it_has_been_open_and_what_comes_next_stand_in_the_row(client: Client, cast: Cast) -> None:
    wake = dt.timedelta(days=2)
    silence(cast.ana, cast, "Ferretería Solís", opened_at=NOW - dt.timedelta(days=7), wake_at=NOW + wake)

    html = page(client, cast.carla)

    assert "open 7 days" in html
    assert "supervisor Thu 09:12" in html
