"""Climbing: the sweep takes alerts a step on when it is due (A3, A6, A7, W2)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.exceptions import BeyondCalendar
from accounts.models import Membership
from alerts.choices import EventKind, Kind, Rung
from alerts.climb import climb_due
from alerts.ladder import schedule
from alerts.models import Alert, AlertEvent, Delivery, DeliveryItem, Hold
from tests.alerts.rows import alert, at, call_back, client, kinds, told, wakes
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def last(of: Alert) -> AlertEvent:
    event = AlertEvent.objects.filter(alert=of).order_by("pk").last()
    assert event is not None
    return event


def scheduled(of: Alert) -> Alert:
    schedule(of, of.opened_at)
    of.refresh_from_db()
    return of


@pytest.fixture
def silence(cast: Cast) -> Alert:
    return scheduled(told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00"))


# --- Silences --------------------------------------------------------------------------------------------------------


def test_a3_a_silence_climbs_at_its_hour_and_not_before(silence: Alert) -> None:
    assert climb_due(at("11-19 08:59")) == 0
    assert kinds(silence) == []

    assert climb_due(at("11-19 09:00")) == 1
    silence.refresh_from_db()
    assert (silence.rung, silence.rung_at, silence.reached_at) == (Rung.SUPERVISOR, at("11-19 09:00"), None)


def test_a3_a_climb_is_told(silence: Alert) -> None:
    climb_due(at("11-19 09:00"))

    event = last(silence)
    assert (event.kind, event.rung, event.tell) == (EventKind.CLIMBED, Rung.SUPERVISOR, True)


def test_a_second_sweep_does_nothing(silence: Alert) -> None:
    climb_due(at("11-19 09:00"))

    assert climb_due(at("11-19 09:01")) == 0
    assert kinds(silence) == ["climbed"]


def test_a3_the_administrators_read_it_in_their_weekly_mail_only(cast: Cast) -> None:
    reached = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-19 09:01", rung=Rung.SUPERVISOR)
    scheduled(reached)

    climb_due(at("11-30 09:00"))

    assert (last(reached).rung, last(reached).tell) == (Rung.ADMINISTRATORS, False)
    assert wakes(reached) is None


def test_a3_a_rung_without_anybody_passes_at_its_own_instant(cast: Cast, silence: Alert) -> None:
    Membership.objects.filter(user=cast.carla).delete()

    climb_due(at("11-19 11:30"))

    silence.refresh_from_db()
    assert (silence.rung, silence.reached_at) == (Rung.SUPERVISOR, at("11-19 09:00"))
    assert (last(silence).tell, silence.wake_at) == (False, at("11-30 09:00"))


def test_a3_who_was_told_on_a_lower_rung_is_nobody_new(cast: Cast, silence: Alert) -> None:
    admitted = AlertEvent.objects.create(alert=silence, kind=EventKind.ADMITTED, at=at("11-16 08:00"), rung=Rung.OWNER)
    mail = Delivery.objects.create(
        purpose="single", to_user=cast.carla, to_address=cast.carla.email, window_at=at("11-16 08:00"),
        next_try_at=at("11-16 08:00"),
    )  # fmt: skip
    DeliveryItem.objects.create(delivery=mail, event=admitted, recipient=cast.carla)

    climb_due(at("11-19 09:00"))

    silence.refresh_from_db()
    assert (silence.rung, silence.reached_at) == (Rung.SUPERVISOR, at("11-19 09:00"))


def test_a3_who_was_told_before_the_last_admission_is_told_again(cast: Cast, silence: Alert) -> None:
    before = AlertEvent.objects.create(alert=silence, kind=EventKind.ADMITTED, at=at("11-12 08:00"), rung=Rung.OWNER)
    mail = Delivery.objects.create(
        purpose="single", to_user=cast.carla, to_address=cast.carla.email, window_at=at("11-12 08:00"),
        next_try_at=at("11-12 08:00"),
    )  # fmt: skip
    DeliveryItem.objects.create(delivery=mail, event=before, recipient=cast.carla)

    climb_due(at("11-19 09:00"))

    silence.refresh_from_db()
    assert (silence.rung, silence.reached_at) == (Rung.SUPERVISOR, None)


def test_a6_a_snooze_ends_into_the_morning_line_and_holds_a_working_day(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00", snoozed_until="11-27 00:00")
    scheduled(silence)

    climb_due(at("11-27 00:00"))

    silence.refresh_from_db()
    assert (silence.snoozed_until, silence.rung) == (None, Rung.OWNER)
    assert (last(silence).kind, last(silence).tell) == (EventKind.SNOOZE_ENDED, True)
    # Friday 27 has begun: held until Monday's opening.
    assert (Hold.objects.get().until_at, silence.wake_at) == (at("11-30 09:00"), at("11-30 09:00"))


def test_a6_the_end_of_a_snooze_is_told_of_admitted_silences_only(cast: Cast) -> None:
    waiting = scheduled(alert(client(cast.ana, cast.iberia), "11-10 18:00", snoozed_until="11-27 00:00"))

    climb_due(at("11-27 00:00"))

    assert (last(waiting).tell, wakes(waiting)) == (False, None)


def test_a7_a_dismissal_that_ends_starts_the_silence_again(cast: Cast) -> None:
    silence = told(
        client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00", rung=Rung.SUPERVISOR,
        dismissed_until="11-27 18:00", dismissed_by=cast.ana, passed_over_at="11-11 08:00",
    )  # fmt: skip
    scheduled(silence)

    climb_due(at("11-27 18:00"))

    silence.refresh_from_db()
    assert (silence.rung, silence.admitted_at, silence.passed_over_at) == (Rung.NOBODY, None, None)
    assert (silence.dismissed_until, silence.restarted_at, silence.wake_at) == (None, at("11-27 18:00"), None)
    assert kinds(silence) == ["dismiss_ended", "restarted"]


def test_a7_a_key_client_is_admitted_again_as_soon_as_the_dismissal_ends(cast: Cast) -> None:
    silence = told(
        client(cast.ana, cast.iberia, key=True), "11-10 18:00", reached="11-16 08:00", dismissed_until="11-27 18:00"
    )
    scheduled(silence)

    climb_due(at("11-27 18:00"))

    silence.refresh_from_db()
    assert (silence.admitted_at, silence.rung) == (at("11-27 18:00"), Rung.OWNER)


# --- Call backs and promises -----------------------------------------------------------------------------------------


def test_w2_the_owner_is_told_again_at_each_due(cast: Cast) -> None:
    missed = scheduled(call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00"))

    climb_due(at("11-16 14:00"))
    assert (last(missed).kind, last(missed).rung, last(missed).tell) == (EventKind.DUE, Rung.OWNER, True)

    Alert.objects.update(oldest_due_at=at("11-17 18:00"))
    scheduled(missed)
    climb_due(at("11-17 18:00"))
    assert kinds(missed) == ["due", "due"]


def test_w2_a_call_back_climbs_though_nobody_was_reached(cast: Cast) -> None:
    missed = scheduled(call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00"))

    for hour in ("11-16 14:00", "11-16 18:00", "11-18 09:00"):
        climb_due(at(hour))

    assert kinds(missed) == ["due", "climbed", "climbed"]
    assert (last(missed).rung, last(missed).tell) == (Rung.ADMINISTRATORS, True)
    assert wakes(missed) is None


def test_a5_after_an_outage_every_step_that_was_missed_is_taken_at_once(cast: Cast) -> None:
    missed = scheduled(call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00"))

    climb_due(at("11-24 07:00"))

    assert kinds(missed) == ["due", "climbed", "climbed"]


def test_a13_a_promise_climbs_to_the_supervisor(cast: Cast) -> None:
    promise = scheduled(alert(client(cast.ana, cast.iberia), "11-13 18:00", Kind.PROMISE, rung=Rung.OWNER))
    Alert.objects.update(subject_key="task:7")

    climb_due(at("11-18 09:00"))

    assert (last(promise).rung, last(promise).tell, wakes(promise)) == (Rung.SUPERVISOR, True, None)


# --- Batches ---------------------------------------------------------------------------------------------------------


def many(cast: Cast, number: int) -> list[Alert]:
    made = [
        told(client(cast.ana, cast.iberia, f"Client {n}"), "11-10 18:00", reached="11-16 08:00") for n in range(number)
    ]
    return [scheduled(one) for one in made]


def test_batches_take_all_that_is_due(cast: Cast) -> None:
    made = many(cast, 7)

    assert climb_due(at("11-19 09:00"), limit=3) == 7
    assert all(kinds(one) == ["climbed"] for one in made)


def test_a_batch_asks_no_more_than_one(cast: Cast) -> None:
    made = many(cast, 9)
    Alert.objects.exclude(pk=made[0].pk).update(wake_at=at("11-19 09:30"))
    with CaptureQueriesContext(connection) as one:
        climb_due(at("11-19 09:00"))
    with CaptureQueriesContext(connection) as all_others:
        climb_due(at("11-19 09:30"))

    assert len(all_others) == len(one), [query["sql"] for query in all_others]


def test_nothing_due_is_one_look_up(cast: Cast) -> None:
    many(cast, 1)
    with CaptureQueriesContext(connection) as asked:
        assert climb_due(at("11-18 09:00")) == 0

    assert len([query for query in asked if query["sql"].startswith("SELECT")]) == 1


def test_a_bad_alert_is_put_off_an_hour_and_the_others_go_on(cast: Cast) -> None:
    bad, *good = many(cast, 3)
    # Before the calendar's first day: nothing can be reckoned from there.
    Alert.objects.filter(pk=bad.pk).update(reached_at=at("11-16 08:00").replace(year=2015))

    with pytest.raises(BeyondCalendar):
        climb_due(at("11-19 09:00"))

    assert [kinds(one) for one in good] == [["climbed"], ["climbed"]]
    bad.refresh_from_db()
    assert (bad.wake_at, bad.rung, "BeyondCalendar" in bad.error) == (at("11-19 10:00"), Rung.OWNER, True)


def test_a_put_off_alert_goes_on_once_its_fault_is_gone(cast: Cast, silence: Alert) -> None:
    Alert.objects.update(error="ArithmeticError: no such day", wake_at=at("11-19 10:00"))

    climb_due(at("11-19 10:00"))

    silence.refresh_from_db()
    assert (silence.rung, silence.error) == (Rung.SUPERVISOR, "")
