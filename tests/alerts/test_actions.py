"""What people do with a silence: snooze, "I'm on it", dismiss (A6, A7), who may, and taking it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.exceptions import BeyondCalendar
from accounts.models import User
from alerts.actions import acknowledge, dismiss, snooze, undo, unsnooze
from alerts.choices import EventKind, Kind, Rung
from alerts.exceptions import NotAllowed, ReasonNeeded
from alerts.models import Alert, AlertEvent, Deadline, Hold
from crm.choices import Unit
from crm.models import Clock, Customer
from tests.alerts.rows import alert, at, client, kinds, part, told, wakes
from tests.cast import Cast

pytestmark = pytest.mark.django_db

TUESDAY = at("11-17 10:00")


@pytest.fixture
def silence(cast: Cast) -> Alert:
    return told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")


def fresh(of: Alert) -> Alert:
    return Alert.objects.get(pk=of.pk)


def pause(of: Alert, actor: User, days: int = 3, now: dt.datetime = TUESDAY, reason: str = "on holiday") -> Any:
    return snooze(of, days=days, actor=actor, now=now, reason=reason)


# --- Snooze (A6) -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "days", "until"),
    [
        ("11-17 10:00", 1, "11-18 00:00"),
        ("11-17 23:59", 3, "11-20 00:00"),
        ("11-20 10:00", 1, "11-21 00:00"),  # Calendar days: Saturday.
        ("10-24 10:00", 1, "10-25 00:00"),  # The clocks go back that night.
        ("10-24 10:00", 3, "10-27 00:00"),
    ],
)
def test_a6_a_snooze_goes_to_midnight_of_the_nth_date(cast: Cast, now: str, days: int, until: str) -> None:
    silence = told(client(cast.ana, cast.iberia), "10-10 18:00", reached="10-16 08:00")

    pause(silence, cast.ana, days, at(now), "")

    assert (fresh(silence).snoozed_until, fresh(silence).snooze_dates_used) == (at(until), days)
    assert wakes(silence) == at(until)


def test_a6_midnight_is_the_customers(cast: Cast) -> None:
    silence = told(client(cast.diego, cast.andes), "11-10 18:00", reached="11-13 20:00")

    # 2:00 on the 18th in Madrid is still the 17th in Bogotá.
    pause(silence, cast.diego, 1, at("11-18 02:00"))

    assert fresh(silence).snoozed_until == at("11-18 06:00")


def test_a6_one_and_three_days_need_no_reason_all_else_does(cast: Cast, silence: Alert) -> None:
    for days in (2, 4, 14):
        with pytest.raises(ReasonNeeded):
            pause(silence, cast.ana, days, reason="  ")
    pause(silence, cast.ana, 1, reason="")
    pause(silence, cast.ana, 3, reason="")

    assert kinds(silence) == ["snoozed", "snoozed"]


def test_a6_fourteen_dates_in_all(cast: Cast, silence: Alert) -> None:
    pause(silence, cast.ana, 10, at("11-17 10:00"))
    with pytest.raises(NotAllowed, match=r"Only 4 days"):
        pause(silence, cast.ana, 5, at("11-27 10:00"))
    pause(silence, cast.ana, 4, at("11-27 10:00"))

    with pytest.raises(NotAllowed, match="All 14"):
        pause(silence, cast.ana, 1, at("12-01 10:00"))


def test_a6_more_is_the_supervisors_to_decide(cast: Cast, silence: Alert) -> None:
    pause(silence, cast.ana, 14)

    pause(silence, cast.carla, 20, at("12-01 10:00"))

    assert fresh(silence).snooze_dates_used == 34


def test_a6_a_running_snooze_is_ended_first_and_gives_its_dates_back(cast: Cast, silence: Alert) -> None:
    pause(silence, cast.ana, 10, at("11-17 10:00"))

    pause(silence, cast.ana, 12, at("11-19 10:00"))

    # Two dates passed, eight came back.
    assert (fresh(silence).snoozed_until, fresh(silence).snooze_dates_used) == (at("12-01 00:00"), 14)


@pytest.mark.parametrize("rung", [Rung.SUPERVISOR, Rung.ADMINISTRATORS])
def test_a6_after_a_climb_only_the_supervisor_snoozes(cast: Cast, silence: Alert, rung: int) -> None:
    Alert.objects.update(rung=rung)
    with pytest.raises(NotAllowed, match="climbed"):
        pause(silence, cast.ana, 1)

    pause(silence, cast.carla, 1)
    assert fresh(silence).snoozed_until == at("11-18 00:00")


def test_a6_what_is_refused_changes_nothing(cast: Cast, silence: Alert) -> None:
    pause(silence, cast.ana, 10)
    with pytest.raises(NotAllowed):
        pause(silence, cast.ana, 15, at("11-19 10:00"))

    assert (fresh(silence).snoozed_until, fresh(silence).snooze_dates_used) == (at("11-27 00:00"), 10)


def test_a6_no_day_is_no_snooze(cast: Cast, silence: Alert) -> None:
    with pytest.raises(NotAllowed):
        pause(silence, cast.ana, 0)


def test_t2_a_snooze_beyond_the_calendar_is_refused(cast: Cast, silence: Alert) -> None:
    with pytest.raises(BeyondCalendar):
        pause(silence, cast.carla, 9000)


def test_a6_unsnooze_gives_back_what_has_not_passed_and_holds_a_working_day(cast: Cast, silence: Alert) -> None:
    pause(silence, cast.ana, 10, at("11-17 10:00"))

    unsnooze(silence, actor=cast.ana, now=at("11-19 16:00"))

    assert (fresh(silence).snoozed_until, fresh(silence).snooze_dates_used) == (None, 2)
    assert (Hold.objects.get().until_at, wakes(silence)) == (at("11-20 09:00"), at("11-20 09:00"))
    assert not AlertEvent.objects.filter(tell=True).exists()


def test_a6_there_is_nothing_to_end_without_a_snooze(cast: Cast, silence: Alert) -> None:
    with pytest.raises(NotAllowed):
        unsnooze(silence, actor=cast.ana, now=TUESDAY)


# --- "I'm on it" (A6) ------------------------------------------------------------------------------------------------


def test_a6_i_am_on_it_holds_a_working_day_once(cast: Cast, silence: Alert) -> None:
    acknowledge(silence, actor=cast.ana, now=at("11-20 10:00"))

    assert (Hold.objects.get().until_at, wakes(silence)) == (at("11-23 09:00"), at("11-23 09:00"))
    assert (fresh(silence).acknowledged_by, fresh(silence).acknowledged_at) == (cast.ana, at("11-20 10:00"))
    with pytest.raises(NotAllowed, match="Ana Torres said so"):
        acknowledge(silence, actor=cast.carla, now=at("11-23 10:00"))


# --- Dismiss (A7) ----------------------------------------------------------------------------------------------------


def test_a7_a_dismissal_lasts_the_oldest_parts_interval_from_today(cast: Cast, silence: Alert) -> None:
    dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)

    # 30 calendar days after 17 November: the closing of Thursday 17 December.
    assert (fresh(silence).dismissed_until, wakes(silence)) == (at("12-17 18:00"), at("12-17 18:00"))
    assert (fresh(silence).dismissed_by, fresh(silence).dismissals, fresh(silence).is_open) == (cast.ana, 1, True)


def test_a7_working_days_are_counted_as_the_promise_counts_them(cast: Cast, silence: Alert) -> None:
    Deadline.objects.update(amount=15, unit=Unit.WORKING_DAYS)

    dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)

    # Tuesday 8 December is a holiday.
    assert fresh(silence).dismissed_until == at("12-09 18:00")


def test_a7_the_oldest_part_decides(cast: Cast, silence: Alert) -> None:
    part(silence.customer, "11-05 18:00", Kind.PERSONAL, alert=silence, amount=10)

    dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)

    assert fresh(silence).dismissed_until == at("11-27 18:00")


def test_a7_an_agreed_date_counts_as_long_as_it_was(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00", anchor="11-01 10:00")
    Deadline.objects.update(amount=None, unit=Unit.DATE)

    dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)

    assert fresh(silence).dismissed_until == at("11-26 18:00")


def test_a7_a_dismissal_needs_a_reason(cast: Cast, silence: Alert) -> None:
    with pytest.raises(ReasonNeeded):
        dismiss(silence, reason=" ", actor=cast.ana, now=TUESDAY)


def test_a7_a_dismissal_ends_a_snooze(cast: Cast, silence: Alert) -> None:
    pause(silence, cast.ana, 10, at("11-17 10:00"))

    dismiss(silence, reason="moves house", actor=cast.ana, now=at("11-19 10:00"))

    assert (fresh(silence).snoozed_until, fresh(silence).snooze_dates_used) == (None, 2)
    with pytest.raises(NotAllowed, match="set aside"):
        pause(silence, cast.ana)


def test_a7_an_owners_dismissal_is_a_line_for_the_supervisor_and_hers_is_not(cast: Cast, silence: Alert) -> None:
    other = told(client(cast.ana, cast.iberia, "Other"), "11-10 18:00", reached="11-16 08:00")

    assert dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY).event.tell
    assert not dismiss(other, reason="moves house", actor=cast.carla, now=TUESDAY).event.tell


def test_a7_the_second_between_two_attentions_needs_the_supervisor(cast: Cast, silence: Alert) -> None:
    dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)
    Alert.objects.update(closed_at=at("11-18 10:00"))
    Deadline.objects.update(cancelled_at=at("11-18 10:00"))
    again = told(silence.customer, "12-10 18:00", reached="12-16 08:00")
    with pytest.raises(NotAllowed, match="second time"):
        dismiss(again, reason="still", actor=cast.ana, now=at("12-17 10:00"))

    dismiss(again, reason="still", actor=cast.carla, now=at("12-17 10:00"))
    assert fresh(again).dismissed_until is not None


def test_a7_after_an_attention_the_owner_may_again(cast: Cast, silence: Alert) -> None:
    dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)
    Alert.objects.update(closed_at=at("11-18 10:00"))
    Deadline.objects.update(met_at=at("11-18 10:00"))
    Clock.objects.update(last_attention_at=at("11-18 10:00"))
    again = told(silence.customer, "12-20 18:00", reached="12-21 08:00")

    dismiss(again, reason="still", actor=cast.ana, now=at("12-22 10:00"))

    assert fresh(again).dismissals == 1


def test_a7_after_a_climb_only_the_supervisor_dismisses(cast: Cast, silence: Alert) -> None:
    Alert.objects.update(rung=Rung.SUPERVISOR)
    with pytest.raises(NotAllowed, match="climbed"):
        dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)

    dismiss(silence, reason="moves house", actor=cast.eva, now=TUESDAY)
    assert fresh(silence).dismissed_by == cast.eva


# --- Who may, and of what --------------------------------------------------------------------------------------------


def every_action(of: Alert, actor: User) -> list[Any]:
    return [
        lambda: pause(of, actor, 1),
        lambda: unsnooze(of, actor=actor, now=TUESDAY),
        lambda: acknowledge(of, actor=actor, now=TUESDAY),
        lambda: dismiss(of, reason="moves house", actor=actor, now=TUESDAY),
    ]


@pytest.mark.parametrize("who", ["bruno", "diego", "fatima"])
def test_who_does_not_see_the_client_does_nothing(cast: Cast, silence: Alert, who: str) -> None:
    for act in every_action(silence, cast.people[who]):
        with pytest.raises(NotAllowed, match="not yours"):
            act()

    assert (kinds(silence), Hold.objects.count()) == ([], 0)


@pytest.mark.parametrize("who", ["ana", "carla", "eva"])
def test_owner_supervisor_and_administrator_may(cast: Cast, silence: Alert, who: str) -> None:
    pause(silence, cast.people[who], 1)

    assert AlertEvent.objects.get().actor == cast.people[who]


def test_a_supervisor_of_the_owners_team_decides_for_a_client_without_team(cast: Cast, silence: Alert) -> None:
    from alerts.actions import supervises

    Customer.objects.update(team=None)
    silence.customer.refresh_from_db()

    assert supervises(cast.carla, silence.customer)
    assert not supervises(cast.fatima, silence.customer)
    assert not supervises(cast.ana, silence.customer)


@pytest.mark.parametrize("kind", [Kind.CALL_BACK, Kind.PROMISE, Kind.REVIEW])
def test_a7_only_silences_are_put_off(cast: Cast, kind: Kind) -> None:
    pressing = alert(client(cast.ana, cast.iberia), "11-16 14:00", kind, rung=Rung.OWNER)

    for act in every_action(pressing, cast.ana):
        with pytest.raises(NotAllowed, match="waits for this"):
            act()


def test_what_is_closed_stays_as_it_is(cast: Cast, silence: Alert) -> None:
    Alert.objects.update(closed_at=at("11-17 09:00"))

    for act in every_action(silence, cast.ana):
        with pytest.raises(NotAllowed, match="meantime"):
            act()


# --- Taking it back --------------------------------------------------------------------------------------------------


def columns(of: Alert) -> dict[str, object]:
    return {field.attname: getattr(fresh(of), field.attname) for field in Alert._meta.concrete_fields}


@pytest.mark.parametrize("number", [0, 2, 3])
def test_undo_leaves_it_as_if_it_had_never_been(cast: Cast, silence: Alert, number: int) -> None:
    from alerts.ladder import schedule

    schedule(silence, TUESDAY)
    before = columns(silence)
    done = every_action(silence, cast.ana)[number]()
    assert columns(silence) != before

    assert undo(done.event.pk, actor=cast.ana, now=TUESDAY + dt.timedelta(minutes=9))
    assert (columns(silence), kinds(silence), Hold.objects.count()) == (before, [], 0)


def test_undo_of_a_snooze_brings_the_one_before_back(cast: Cast, silence: Alert) -> None:
    pause(silence, cast.ana, 10, at("11-17 10:00"))
    before = columns(silence)
    done = pause(silence, cast.ana, 1, at("11-19 10:00"))

    assert undo(done.event.pk, actor=cast.ana, now=at("11-19 10:05"))
    assert columns(silence) == before


def test_undo_is_the_actors_own_and_ends_after_ten_minutes(cast: Cast, silence: Alert) -> None:
    done = pause(silence, cast.ana)

    assert not undo(done.event.pk, actor=cast.carla, now=TUESDAY)
    assert not undo(done.event.pk, actor=cast.ana, now=TUESDAY + dt.timedelta(minutes=10))
    assert fresh(silence).snoozed_until == at("11-20 00:00")


def test_undo_ends_when_something_else_happened(cast: Cast, silence: Alert) -> None:
    first = pause(silence, cast.ana)
    acknowledge(silence, actor=cast.ana, now=TUESDAY)

    assert not undo(first.event.pk, actor=cast.ana, now=TUESDAY)


def test_undo_ends_when_it_was_told(cast: Cast, silence: Alert) -> None:
    done = dismiss(silence, reason="moves house", actor=cast.ana, now=TUESDAY)
    AlertEvent.objects.update(told_at=TUESDAY)

    assert not undo(done.event.pk, actor=cast.ana, now=TUESDAY)


def test_an_event_that_was_no_action_is_not_taken_back(cast: Cast, silence: Alert) -> None:
    event = AlertEvent.objects.create(alert=silence, kind=EventKind.ADMITTED, at=TUESDAY, actor=cast.ana)

    assert not undo(event.pk, actor=cast.ana, now=TUESDAY)
