"""What the night keeps for "How we do": what became of alerts, how contacts were logged, by owner and promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Calendar
from alerts import actions, nightly
from alerts.models import Alert
from alerts.reassign import reassign
from alerts.sweep import run_sweep
from crm.archive import archive
from crm.choices import Outcome
from crm.log import Entry, log_interaction, undo_interaction
from crm.models import Customer, Interaction, Segment
from retention.measuring import monday_of, write_week, write_weeks
from retention.models import MeasuredAlert, MeasuredContact, MeasuredWeek
from retention.policies import Scope, change_policy
from tests import portfolio as stage
from tests.cast import Cast
from tests.gates.scene import admit
from tests.portfolio import at, client_of, logged

NOW = stage.NOW.astimezone(dt.UTC)
WEEK = dt.date(2026, 11, 23)
BEFORE = WEEK - dt.timedelta(weeks=1)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def waiting(cast: Cast, name: str, **fields: Any) -> Alert:
    """A client of Ana's last attended on 1 October: a silence since the closing of 31 October, told on 2 November."""
    customer = client_of(fields.pop("owner", cast.ana), name, cast.iberia, **fields)
    logged(customer, cast.ana, "10-01 11:00")
    run_sweep(at("11-02 09:30"))
    return Alert.objects.get(customer=customer)


def alerts(week: dt.date = BEFORE) -> dict[str, tuple[str, str, int | None]]:
    write_week(week, NOW)
    rows = MeasuredAlert.objects.filter(week=week).values_list("customer__name", "how", "promise", "seconds")
    return {name: (how, promise, seconds) for name, how, promise, seconds in rows}


def entered(customer: Customer, cast: Cast, happened: str, when: str, **fields: Any) -> Interaction:
    """A contact that happened then and was entered by Ana at `when`."""
    entry = Entry(customer=customer, outcome=fields.pop("outcome", Outcome.REACHED), at=at(happened), **fields)
    return log_interaction(entry, actor=cast.ana, now=at(when)).interaction


def contacts(**only: Any) -> list[str]:
    for week in (BEFORE, WEEK):
        write_week(week, NOW)
    rows = MeasuredContact.objects.filter(**only).order_by("interaction__entered_at", "pk")
    return list(rows.values_list("customer__name", flat=True))


def test_an_alert_that_led_to_attention_says_how_fast_in_working_time(db: None, cast: Cast) -> None:
    alert = waiting(cast, "A")
    logged(alert.customer, cast.ana, "11-17 10:00")

    # The rest of 2 November from 9:30 on, ten working days of nine hours, one hour of the 17th.
    assert alerts()["A"] == ("attended", "default", (8 * 60 + 30 + 10 * 9 * 60 + 60) * 60)
    assert "A" not in alerts(WEEK)


def test_put_off_set_aside_or_no_longer_owed(db: None, cast: Cast) -> None:
    for name in ("Snoozed", "Dismissed", "Archived", "Attended after a snooze", "Left alone"):
        waiting(cast, name)
    admit(family="silence")
    by_name = {one.customer.name: one for one in Alert.objects.select_related("customer")}
    for name in ("Snoozed", "Attended after a snooze"):
        actions.snooze(by_name[name], days=1, actor=cast.ana, now=at("11-17 10:00"))
    actions.dismiss(by_name["Dismissed"], reason="Vacaciones.", actor=cast.ana, now=at("11-17 10:00"))
    archive(by_name["Archived"].customer, actor=cast.ana, now=at("11-18 10:00"))
    logged(by_name["Attended after a snooze"].customer, cast.ana, "11-19 10:00")

    assert {name: how for name, (how, _promise, _seconds) in alerts().items()} == {
        "Snoozed": "put_off",
        "Dismissed": "dismissed",
        "Archived": "otherwise",
        "Attended after a snooze": "attended",
    }


def test_attended_in_time_and_logged_late_is_no_merit_of_the_alert(db: None, cast: Cast) -> None:
    alert = waiting(cast, "A")
    entered(alert.customer, cast, "10-20 10:00", "11-17 10:00")

    assert alerts()["A"][0] == "otherwise"


def test_snoozes_of_the_weeks_before_count(db: None, cast: Cast) -> None:
    alert = waiting(cast, "A")
    admit(family="silence")
    for day in ("11-10", "11-12", "11-17"):
        run_sweep(at(f"{day} 00:05"))
        actions.snooze(Alert.objects.get(pk=alert.pk), days=1, actor=cast.ana, now=at(f"{day} 10:00"))

    alerts(BEFORE - dt.timedelta(weeks=1))
    alerts(BEFORE)
    assert list(MeasuredAlert.objects.order_by("week").values_list("how", "snoozes")) == [
        ("put_off", 2),
        ("put_off", 3),
    ]


def test_each_promise_and_the_owner_of_that_day(db: None, cast: Cast) -> None:
    gold = Segment.objects.create(name="Oro")
    change_policy(Scope(segment=gold), {"attention_amount": 20}, reason="Oro.", actor=cast.eva, now=at("09-01 09:00"))
    alert = waiting(cast, "Golden", segment=gold)
    reassign(Customer.objects.filter(pk=alert.customer_id), owner=cast.bruno, actor=cast.carla, now=at("11-12 10:00"))
    logged(alert.customer, cast.bruno, "11-17 10:00")

    assert alerts()["Golden"][:2] == ("attended", str(gold.pk))
    row = MeasuredAlert.objects.get()
    assert (row.owner, row.team, row.kind) == (cast.ana, cast.iberia, "attention")


def test_a_word_in_time_and_one_by_one(db: None, cast: Cast) -> None:
    customer = client_of(cast.ana, "A", cast.iberia)
    entered(customer, cast, "11-16 10:00", "11-17 17:00", summary="Todo bien.")
    entered(client_of(cast.ana, "B", cast.iberia), cast, "11-16 10:00", "11-18 09:30", summary="Tarde.")
    entered(client_of(cast.ana, "C", cast.iberia), cast, "11-18 10:00", "11-18 10:05")
    entered(client_of(cast.ana, "D", cast.iberia), cast, "11-18 10:00", "11-18 10:06", outcome=Outcome.NO_ANSWER)

    assert contacts(felt=True) == ["A", "B", "C"]
    assert contacts(late=True) == ["B"]
    assert contacts(wordless=True) == ["C"]
    assert contacts(felt=False) == ["D"]
    assert contacts(bulk=True) == []


def test_many_at_the_end_of_a_day_are_in_bulk(db: None, cast: Cast) -> None:
    for number in range(5):
        customer = client_of(cast.ana, f"Evening {number}", cast.iberia)
        entered(customer, cast, f"11-18 1{number}:00", f"11-18 17:3{number}")
    for number in range(4):
        entered(client_of(cast.ana, f"Four {number}", cast.iberia), cast, "11-19 10:00", f"11-19 17:3{number}")
    for number in range(5):
        entered(client_of(cast.ana, f"Noon {number}", cast.iberia), cast, "11-20 10:00", f"11-20 12:3{number}")

    assert contacts(bulk=True) == [f"Evening {number}" for number in range(5)]


def test_attention_before_its_alert_and_after(db: None, cast: Cast) -> None:
    early = client_of(cast.ana, "Early", cast.iberia)
    logged(early, cast.ana, "10-28 11:00")
    alert = waiting(cast, "Late")
    logged(early, cast.ana, "11-17 10:00")
    logged(alert.customer, cast.ana, "11-17 11:00")

    assert contacts(came="before", week=BEFORE) == ["Early"]
    assert contacts(came="after", week=BEFORE) == ["Late"]


def test_what_was_taken_back_imported_or_sent_to_many_is_no_contact(db: None, cast: Cast) -> None:
    undone = logged(client_of(cast.ana, "Undone", cast.iberia), cast.ana, "11-17 10:00")
    undo_interaction(undone, actor=cast.ana, now=at("11-17 10:05"))
    logged(client_of(cast.ana, "Mass", cast.iberia), cast.ana, "11-17 10:00", channel="email", mass=True)
    imported = logged(client_of(cast.ana, "Imported", cast.iberia), cast.ana, "11-17 10:00")
    Interaction.objects.filter(pk=imported.pk).update(import_source="crm", external_id="1")

    assert contacts() == []


def test_a_week_belongs_to_the_calendar_of_the_client(db: None, cast: Cast) -> None:
    andes = client_of(cast.diego, "Andes", cast.andes)
    entry = Entry(customer=andes, outcome=Outcome.REACHED, at=dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC))
    log_interaction(entry, actor=cast.diego, now=dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC))

    # Sunday 22:00 in Bogotá.
    assert contacts(week=BEFORE) == ["Andes"]
    assert contacts(week=WEEK) == []


def test_the_night_keeps_what_a_fresh_computation_says(db: None, cast: Cast) -> None:
    def kept() -> list[Any]:
        fields = [field.attname for field in MeasuredAlert._meta.concrete_fields if field.name != "id"]
        more = [field.attname for field in MeasuredContact._meta.concrete_fields if field.name != "id"]
        return [
            sorted(MeasuredAlert.objects.filter(week__gte=BEFORE).values_list(*fields)),
            sorted(MeasuredContact.objects.filter(week__gte=BEFORE).values_list(*more)),
        ]

    alert = waiting(cast, "A")
    write_weeks(at("11-17 02:30"))
    assert MeasuredWeek.objects.count() == 12
    logged(alert.customer, cast.ana, "11-17 11:00")
    nightly.run_night(NOW)
    night = kept()
    MeasuredWeek.objects.all().delete()
    MeasuredAlert.objects.all().delete()
    MeasuredContact.objects.all().delete()
    write_weeks(NOW)

    assert night[0]
    assert night[1]
    assert kept() == night


def test_weeks_that_no_night_wrote_are_made_up_for(db: None, cast: Cast) -> None:
    write_weeks(at("10-06 02:30"))
    first = monday_of(dt.date(2026, 10, 6))
    assert MeasuredWeek.objects.latest("week").week == first

    write_weeks(NOW)

    weeks = MeasuredWeek.objects.filter(week__gte=first).values_list("week", flat=True)
    assert list(weeks.order_by("week")) == [first + dt.timedelta(weeks=number) for number in range(8)]


def test_its_statements_do_not_grow_with_the_rows(db: None, cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            write_week(BEFORE, NOW)
        return len(captured)

    logged(waiting(cast, "A").customer, cast.ana, "11-17 10:00")
    statements()
    few = statements()
    for number in range(5):
        logged(waiting(cast, f"B{number}").customer, cast.ana, "11-17 11:00")

    assert statements() == few
    assert few <= 10 + 2 * Calendar.objects.count()
