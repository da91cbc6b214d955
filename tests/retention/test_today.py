"""Today: who is waiting, in the order to act, told in sentences."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Absence, User
from alerts import actions
from alerts.models import Alert
from alerts.sweep import run_sweep
from crm.choices import Direction, Outcome
from crm.events import Change, facts_changed
from crm.models import ContactPoint, Customer, Interaction, Task
from retention.today import SHOWN, day_of
from tests.cast import Cast
from tests.gates.scene import crowd
from tests.portfolio import NOW, at, client_of, logged

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, user: User, **headers: str) -> str:
    client.force_login(user)
    return client.get("/", headers=headers).content.decode()


def overdue(cast: Cast, name: str = "Ferretería Solís", day: str = "10-14 11:00", **fields: object) -> Customer:
    customer = client_of(cast.ana, name, cast.iberia, **fields)  # type: ignore[arg-type]
    logged(customer, cast.ana, day)
    return customer


def names(user: User, group: str) -> list[str]:
    found = [one for one in day_of(user, NOW).groups if one.name == group]
    return [row.customer.name for one in found for row in one.rows]


def silence(customer: Customer, **fields: object) -> Alert:
    return Alert.objects.create(
        family="silence",
        subject_key=f"customer:{customer.pk}",
        customer=customer,
        opened_at=NOW,
        oldest_due_at=NOW,
        oldest_kind="attention",
        **fields,
    )


def test_an_overdue_client_is_shown_with_why_and_how_long(client: Client, cast: Cast) -> None:
    overdue(cast, phone="+34954550188")

    html = page(client, cast.ana)

    assert "Good morning, Ana" in html
    assert "<b>One client needs you today.</b> One has waited too long." in html
    assert "<b>41 days without attention</b>. Last call on 14 Oct by you." in html
    assert "41 of 30 d" in html
    assert 'href="tel:+34954550188"' in html
    assert "954 55 01 88" in html


def test_a_missed_call_comes_first_with_its_hour(client: Client, cast: Cast) -> None:
    mirador = client_of(cast.ana, "Clínica Mirador", cast.iberia)
    logged(mirador, cast.ana, "11-20 10:00")
    logged(mirador, cast.ana, "11-23 16:40", Outcome.MISSED, direction=Direction.IN)
    overdue(cast)

    html = page(client, cast.ana)

    assert "One is waiting for your call back, one has waited too long." in html
    assert "Called yesterday at 16:40, nobody answered. <b>You promise an answer within 4 working hours</b>." in html
    assert "By 11:40" in html
    assert html.index("Clínica Mirador") < html.index("Ferretería Solís")


def test_who_waits_for_a_call_back_is_not_listed_twice(cast: Cast) -> None:
    both = overdue(cast)
    logged(both, cast.ana, "11-23 16:40", Outcome.MISSED, direction=Direction.IN)

    assert names(cast.ana, "call_back") == ["Ferretería Solís"]
    assert names(cast.ana, "overdue") == []


def test_overdue_clients_come_by_how_long_and_how_valuable(cast: Cast) -> None:
    overdue(cast, "Small, long", "09-20 11:00", annual_value=100, currency="EUR")
    overdue(cast, "Large, less long", "09-28 11:00", annual_value=9000, currency="EUR")
    overdue(cast, "Just so", "10-20 11:00")

    assert names(cast.ana, "overdue") == ["Large, less long", "Small, long", "Just so"]


def test_due_soon_comes_by_due(cast: Cast) -> None:
    overdue(cast, "Later", "10-29 11:00")
    overdue(cast, "Sooner", "10-27 11:00")
    overdue(cast, "Fine", "11-23 11:00")

    assert names(cast.ana, "soon") == ["Sooner", "Later"]


@pytest.mark.parametrize("fields", [{"snoozed_until": at("11-26 00:00")}, {"dismissed_until": at("12-26 00:00")}])
def test_snoozed_and_accepted_ones_are_only_counted(client: Client, cast: Cast, fields: dict[str, dt.datetime]) -> None:
    silence(overdue(cast), **fields)

    html = page(client, cast.ana)

    assert "Nobody is waiting for you." in html
    assert names(cast.ana, "overdue") == []
    assert day_of(cast.ana, NOW).quiet == 1


def test_a_closed_alert_hides_nobody(cast: Cast) -> None:
    silence(overdue(cast), snoozed_until=at("11-26 00:00"), closed_at=NOW)

    assert names(cast.ana, "overdue") == ["Ferretería Solís"]


def test_a_stranger_and_a_team_mate_see_nothing_of_it(client: Client, cast: Cast) -> None:
    before = {user: page(client, user).replace("csrf", "") for user in (cast.bruno, cast.diego)}
    overdue(cast)

    for user in before:
        html = page(client, user)
        assert "Ferretería" not in html
        assert day_of(user, NOW).groups == []


def test_the_cover_sees_the_clients_of_who_is_away(cast: Cast) -> None:
    overdue(cast)
    Absence.objects.create(user=cast.ana, starts_at=at("11-23 00:00"), ends_at=at("11-30 00:00"), cover=cast.bruno)

    assert names(cast.bruno, "overdue") == ["Ferretería Solís"]


def test_the_teams_queue_is_on_every_members_today(client: Client, cast: Cast) -> None:
    client_of(None, "Sin Dueño SL", cast.iberia)

    assert "no owner" in page(client, cast.bruno)
    assert names(cast.bruno, "overdue") == ["Sin Dueño SL"]
    assert names(cast.diego, "overdue") == []


def test_a_new_client_waits_for_a_first_contact(client: Client, cast: Cast) -> None:
    client_of(cast.ana, "Óptica Central", cast.iberia, added="11-12 10:00")

    html = page(client, cast.ana)

    assert "never contacted" in html
    assert "8 working days without a first contact" in html
    assert "New client, added on 12 Nov." in html


def test_promises_stand_beside_with_their_day(client: Client, cast: Cast) -> None:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia, added="11-20 10:00")
    for title, day in (("Price list", "2026-11-23"), ("Visit", "2026-11-24"), ("Audit", "2026-11-26")):
        Task.objects.create(customer=solis, title=title, due_on=day, promised=True, owner=cast.ana)

    html = page(client, cast.ana)

    assert '<small class="late">Ferretería Solís · yesterday</small>' in html
    assert "Ferretería Solís · Thursday" in html
    assert "Two promises are due." in html


def test_what_is_due_later_stands_apart_and_says_that_it_was_promised(client: Client, cast: Cast) -> None:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    tomorrow = NOW.date() + dt.timedelta(days=1)
    steps = (("Price list", NOW.date(), True), ("Visit", tomorrow, True), ("Card", tomorrow, False))
    for title, day, promised in steps:
        Task.objects.create(customer=solis, title=title, due_on=day, promised=promised, owner=cast.ana)

    html = page(client, cast.ana)

    now, coming = html.split('id="coming"')
    assert ("Price list" in now, "Visit" in now, "Next steps" in now) == (True, False, False)
    assert coming.count("promised ·") == 1
    assert coming.index("Visit") < coming.index("promised ·") < coming.index("Card")


def test_ticking_a_promise_takes_it_off_and_undo_brings_it_back(client: Client, cast: Cast) -> None:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    task = Task.objects.create(customer=solis, title="Price list", due_on=NOW.date(), promised=True, owner=cast.ana)
    client.force_login(cast.ana)

    answer = client.post(f"/tasks/{task.pk}/done/", headers=HTMX)
    ticked = page(client, cast.ana)
    client.post(f"/tasks/{task.pk}/reopen/", headers=HTMX)

    assert answer.status_code == 204
    assert f"/tasks/{task.pk}/reopen/" in answer["HX-Trigger"]
    assert "Price list" not in ticked
    assert "Price list" in page(client, cast.ana)


def test_a_stranger_cannot_tick_it(client: Client, cast: Cast) -> None:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    task = Task.objects.create(customer=solis, title="Price list", due_on=NOW.date(), promised=True, owner=cast.ana)
    client.force_login(cast.diego)

    assert client.post(f"/tasks/{task.pk}/done/").status_code == 404
    task.refresh_from_db()
    assert task.done_at is None


def test_what_a_colleague_logged_for_my_client_is_told(client: Client, cast: Cast) -> None:
    solis = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    logged(solis, cast.bruno, "11-23 12:00")
    logged(solis, cast.ana, "11-23 13:00")

    html = page(client, cast.ana)

    assert "Colleagues logged for you" in html
    assert html.count('class="today-line"') == 1
    assert "Bruno · Mon 12:00" in html


def test_when_all_are_attended_it_is_a_reward(client: Client, cast: Cast) -> None:
    valdes = client_of(cast.ana, "Notaría Valdés", cast.iberia, added="09-22 10:00")
    logged(valdes, cast.ana, "09-23 11:00", channel="visit")
    logged(valdes, cast.ana, "10-13 11:00")
    logged(valdes, cast.ana, "11-10 11:00")

    html = page(client, cast.ana)

    assert "<b>Your client is attended.</b> The next one is due on 10 Dec." in html
    assert "Nobody is waiting for you" in html
    assert "You kept 3 promises in a row." in html
    assert "Notaría Valdés, 62 days since a visit" in html


def test_somebody_without_clients_is_told_what_this_page_is_for(client: Client, cast: Cast) -> None:
    assert "Here you will see whom to call" in page(client, cast.bruno)


def test_a_supervisor_without_clients_sees_what_has_climbed(client: Client, cast: Cast) -> None:
    silence(overdue(cast), rung=2, admitted_at=at("11-18 08:00"))

    html = page(client, cast.carla)

    assert "1 alert has climbed to you." in html
    assert "1 alert has climbed to you." not in page(client, cast.fatima)


def test_what_has_climbed_stands_beside_the_queue_too(client: Client, cast: Cast) -> None:
    silence(overdue(cast), rung=2, admitted_at=at("11-18 08:00"))
    client_of(None, "Sin Dueño SL", cast.iberia)

    assert "Climbed to you" in page(client, cast.carla)
    assert "Climbed to you" not in page(client, cast.ana)


def test_spanish_reads_in_spanish(client: Client, cast: Cast) -> None:
    cast.ana.language = "es"
    cast.ana.save()

    assert '<html lang="es"' in page(client, cast.ana)


def test_htmx_gets_only_what_changes(client: Client, cast: Cast) -> None:
    html = page(client, cast.ana, **HTMX)

    assert "<html" not in html
    assert "Good morning, Ana" in html


def many(cast: Cast, rows: int) -> None:
    """Clients in every group, `rows` of each, written in sets; each has a number and a promise due today."""
    added = {"Overdue": at("10-01 10:00"), "Soon": at("11-17 10:00"), "Missed": at("11-17 10:00")}
    Customer.objects.bulk_create(
        Customer(
            name=f"{name} {n}",
            name_key=f"{name} {n}",
            owner=cast.ana,
            team=cast.iberia,
            added_at=when,
            added_on=when.date(),
        )
        for name, when in added.items()
        for n in range(rows)
    )
    customers = Customer.objects.filter(owner=cast.ana)
    ContactPoint.objects.bulk_create(ContactPoint(customer=c, kind="phone", value="+34954550188") for c in customers)
    Task.objects.bulk_create(
        Task(customer=c, title="Call", due_on=NOW.date(), promised=True, owner=cast.ana)
        for c in customers.filter(name__startswith="Missed")
    )
    called = at("11-23 16:40")
    Interaction.objects.bulk_create(
        Interaction(
            customer=c,
            direction=Direction.IN,
            outcome=Outcome.MISSED,
            at=called,
            counts_at=called,
            counts_as="inbound",
            local_date=called.date(),
            entered_at=called,
            entered_by=cast.bruno,
        )
        for c in customers.filter(name__startswith="Missed")
    )
    facts_changed(customers, change=Change(cause="import"), now=called)


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_the_rows(client: Client, cast: Cast, rows: int) -> None:
    many(cast, rows)
    client.force_login(cast.ana)

    with CaptureQueriesContext(connection) as queries:
        html = client.get("/").content.decode()

    assert html.count("data-row ") == 3 * rows
    assert len(queries) <= 15, "\n".join(query["sql"][:120] for query in queries)


def test_a_group_longer_than_the_page_opens_all_of_it(client: Client, cast: Cast) -> None:
    tallers = [f"Taller {number}" for number in range(SHOWN + 3)]
    made = crowd(cast.ana, cast.iberia, tallers, by=cast.ana)
    crowd(cast.diego, cast.andes, ["Café Andino"], by=cast.diego)
    # Who waits for a call back stands there only, and whoever is snoozed nowhere.
    logged(made[0], cast.ana, "11-23 17:00", Outcome.MISSED, direction="in")
    run_sweep(NOW)
    actions.snooze(Alert.objects.get(customer=made[1], family="silence"), days=1, actor=cast.ana, now=NOW)
    client.force_login(cast.ana)

    html = client.get("/").content.decode()

    address = re.search(r'href="(/customers/\?among=today-overdue)"\s+data-count="(\d+)">See all', html)
    assert address
    assert address[2] == str(SHOWN + 1)
    found = {
        name: client.get(f"/customers/?among=today-{name}").content.decode()
        for name in ("callback", "overdue", "soon", "quiet")
    }
    counts = {name: re.findall(r'data-total="(\d+)"', html)[0] for name, html in found.items()}
    assert counts == {"callback": "1", "overdue": str(SHOWN + 1), "soon": "0", "quiet": "1"}
    client.force_login(cast.diego)
    assert 'data-total="1"' in client.get("/customers/?among=today-overdue").content.decode()
