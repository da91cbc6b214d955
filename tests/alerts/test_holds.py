"""Holds by attempts (W1, A6): who tries is not reported as negligent."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.holds import sync_attempt_holds
from alerts.ladder import schedule_many
from alerts.models import Alert, Hold
from crm.choices import CountsAs
from crm.models import Customer, Interaction
from tests.alerts.rows import MADRID, at, attempt, call_back, client, told, wakes
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def silence(cast: Cast) -> Alert:
    return told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")


def sync() -> set[int]:
    return sync_attempt_holds(Customer.objects.all(), at("11-16 12:00"))


def ends() -> list[str]:
    found = Hold.objects.order_by("until_at", "pk").values_list("until_at", flat=True)
    return [f"{end.astimezone(MADRID):%m-%d %H:%M}" for end in found]


@pytest.mark.parametrize(
    ("tried", "until"),
    [
        ("11-17 10:00", "11-19 09:00"),
        ("11-19 10:00", "11-23 09:00"),  # Thursday: Friday, Monday.
        ("11-21 10:00", "11-24 09:00"),  # Saturday: Monday, Tuesday.
        ("12-07 19:30", "12-10 09:00"),  # Monday after hours; Tuesday is a holiday.
        ("10-24 23:30", "10-27 09:00"),  # The night before the clocks go back.
    ],
)
def test_w1_an_attempt_holds_two_working_days_from_its_event(cast: Cast, tried: str, until: str) -> None:
    silence = told(client(cast.ana, cast.iberia), "10-10 18:00", reached="10-16 08:00")
    attempt(silence.customer, tried, cast.ana)

    assert sync() == {silence.pk}
    assert ends() == [until]


def test_w1_the_first_three_attempts_hold_and_no_more(cast: Cast, silence: Alert) -> None:
    for when in ("11-20 10:00", "11-17 10:00", "11-18 10:00", "11-19 10:00"):
        attempt(silence.customer, when, cast.ana)
    sync()

    # By the time of the event, not of its entry: those of the 17th, 18th and 19th.
    assert ends() == ["11-19 09:00", "11-20 09:00", "11-23 09:00"]


def test_w1_an_attempt_before_the_alert_opened_holds_nothing(cast: Cast, silence: Alert) -> None:
    attempt(silence.customer, "11-10 18:00", cast.ana)

    assert sync() == set()
    assert ends() == []


def test_w1_only_attempts_hold(cast: Cast, silence: Alert) -> None:
    attempt(silence.customer, "11-17 10:00", cast.ana)
    Interaction.objects.update(counts_as=CountsAs.MARKS_ADDRESS)

    assert sync() == set()


def test_w1_a_call_back_knows_no_holds(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00")
    attempt(missed.customer, "11-16 11:00", cast.ana)

    assert sync() == set()


def test_w1_a_closed_silence_keeps_its_holds_and_takes_no_new_ones(cast: Cast, silence: Alert) -> None:
    Alert.objects.update(closed_at=at("11-16 10:00"))
    attempt(silence.customer, "11-17 10:00", cast.ana)

    assert sync() == set()


def test_w7_the_hold_of_a_deleted_attempt_goes_and_the_next_takes_its_place(cast: Cast, silence: Alert) -> None:
    tries = [attempt(silence.customer, f"11-{day} 10:00", cast.ana) for day in (16, 17, 18, 19)]
    sync()
    Interaction.objects.filter(pk=tries[0].pk).update(deleted_at=timezone.now())

    assert sync() == {silence.pk}
    assert ends() == ["11-19 09:00", "11-20 09:00", "11-23 09:00"]


def test_an_edited_attempt_moves_its_hold(cast: Cast, silence: Alert) -> None:
    tried = attempt(silence.customer, "11-17 10:00", cast.ana)
    sync()
    Interaction.objects.filter(pk=tried.pk).update(counts_at=at("11-18 10:00"), local_date=at("11-18 10:00").date())

    assert sync() == {silence.pk}
    assert ends() == ["11-20 09:00"]


def test_twice_is_as_good_as_once_and_other_holds_stay(cast: Cast, silence: Alert) -> None:
    Hold.objects.create(alert=silence, why=Hold.Why.ACKNOWLEDGED, until_at=at("11-30 09:00"))
    attempt(silence.customer, "11-17 10:00", cast.ana)
    sync()

    assert sync() == set()
    assert ends() == ["11-19 09:00", "11-30 09:00"]


def test_a6_attempts_move_the_next_rung(cast: Cast, silence: Alert) -> None:
    attempt(silence.customer, "11-18 10:00", cast.ana)
    schedule_many(sync(), at("11-18 10:00"))

    # Three working days after the 16th would be the 19th; the attempt holds until the 20th.
    assert wakes(silence) == at("11-20 09:00")


def test_each_calendar_counts_its_own_days(cast: Cast) -> None:
    silence = told(client(cast.diego, cast.andes), "10-10 18:00", reached="10-16 08:00")
    attempt(silence.customer, "10-30 20:00", cast.diego)
    sync()

    # Monday 2 November is a holiday in Bogotá: Tuesday, Wednesday 9:00 there.
    assert ends() == ["11-04 15:00"]


def test_many_customers_ask_no_more_than_one(cast: Cast) -> None:
    for number in range(12):
        silence = told(client(cast.ana, cast.iberia, f"Client {number}"), "11-10 18:00", reached="11-16 08:00")
        attempt(silence.customer, "11-17 10:00", cast.ana)
    with CaptureQueriesContext(connection) as one:
        sync_attempt_holds(Customer.objects.filter(pk=silence.customer_id), at("11-17 12:00"))
    with CaptureQueriesContext(connection) as many:
        sync()

    assert len(many) == len(one), [query["sql"] for query in many]
    assert len(ends()) == 12
