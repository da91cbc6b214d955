"""The ladder: what comes next for an alert, and when (A2, A3, A6, W2, A13)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import reckoning
from alerts.choices import Kind, Rung
from alerts.daybook import Daybook
from alerts.ladder import Comes, Next, rung_reached, schedule, schedule_many, standings
from alerts.models import Alert, Deadline, Hold, LadderStep
from tests.alerts.rows import alert, at, call_back, client, part, told, wakes
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def coming(of: Alert) -> Next | None:
    return standings([of.pk])[0].next()


def climbs(when: str, rung: int) -> Next:
    return Next(at(when), rung, Comes.CLIMB)


def hold(of: Alert, until: str, why: str = Hold.Why.SNOOZE) -> None:
    Hold.objects.create(alert=of, why=why, until_at=at(until))


# --- Silences (A3, A6, A2) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reached", "supervisor"),
    [
        ("11-16 08:02", "11-19 09:00"),  # Monday: the third working day after is Thursday.
        ("11-18 08:00", "11-23 09:00"),  # Wednesday: Thursday, Friday, Monday.
        ("11-21 11:00", "11-25 09:00"),  # Saturday: Monday, Tuesday, Wednesday.
        ("11-20 23:59", "11-25 09:00"),  # Friday night counts from Friday.
        ("12-04 08:00", "12-10 09:00"),  # Tuesday 8 December is a holiday: Monday, Wednesday, Thursday.
        ("10-23 08:00", "10-28 09:00"),  # Summer time ends on Sunday 25: nine by the clock all the same.
        ("03-27 08:00", "04-01 09:00"),  # Summer time begins on Sunday 29 March.
    ],
)
def test_a3_supervisor_three_working_days_after_the_owner_was_reached(
    cast: Cast, reached: str, supervisor: str
) -> None:
    silence = told(client(cast.ana, cast.iberia), "03-02 18:00", reached=reached)

    assert coming(silence) == climbs(supervisor, Rung.SUPERVISOR)


def test_a3_administrators_seven_working_days_after_the_supervisor(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-19 09:01", rung=Rung.SUPERVISOR)

    assert coming(silence) == climbs("11-30 09:00", Rung.ADMINISTRATORS)


def test_a3_the_last_rung_has_no_next(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-19 09:01", rung=Rung.ADMINISTRATORS)

    assert coming(silence) is None


def test_a3_a_rung_not_reached_leads_no_further(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-12 08:00")
    Alert.objects.update(reached_at=None)

    assert coming(silence) is None


def test_a4_a_silence_not_admitted_never_climbs(cast: Cast) -> None:
    silence = alert(client(cast.ana, cast.iberia), "11-10 18:00")

    assert coming(silence) is None


def test_a3_days_are_those_of_the_customers_calendar(cast: Cast) -> None:
    # Monday 16 November is a holiday in Bogotá; it opens at 9:00 there, 15:00 in Madrid.
    silence = told(client(cast.diego, cast.andes), "11-10 18:00", reached="11-13 20:00")

    assert coming(silence) == climbs("11-19 15:00", Rung.SUPERVISOR)


def test_a6_the_latest_of_delay_and_holds_decides(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")
    hold(silence, "11-18 09:00")
    assert coming(silence) == climbs("11-19 09:00", Rung.SUPERVISOR)

    hold(silence, "11-20 09:00", Hold.Why.ACKNOWLEDGED)
    assert coming(silence) == climbs("11-20 09:00", Rung.SUPERVISOR)


def test_a6_a_snooze_ends_before_anything_climbs(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00", snoozed_until="11-27 00:00")

    assert coming(silence) == Next(at("11-27 00:00"), Rung.OWNER, Comes.SNOOZE_END)


def test_a6_a_snooze_ends_for_who_waits_too(cast: Cast) -> None:
    silence = alert(client(cast.ana, cast.iberia), "11-10 18:00", snoozed_until="11-27 00:00")

    assert coming(silence) == Next(at("11-27 00:00"), Rung.NOBODY, Comes.SNOOZE_END)


def test_a7_a_dismissal_ends_before_anything_climbs(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00", dismissed_until="12-20 18:00")

    assert coming(silence) == Next(at("12-20 18:00"), Rung.NOBODY, Comes.DISMISS_END)


def test_a2_nothing_climbs_while_only_personal_moments_are_open(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")
    Deadline.objects.update(kind=Kind.PERSONAL)
    assert coming(silence) is None

    part(silence.customer, "11-12 18:00", alert=silence)
    assert coming(silence) == climbs("11-19 09:00", Rung.SUPERVISOR)


@pytest.mark.parametrize("column", ["met_at", "cancelled_at", "suspended_at"])
def test_a2_a_part_that_is_settled_or_suspended_climbs_no_more(cast: Cast, column: str) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")
    Deadline.objects.update(**{column: at("11-17 10:00")})

    assert coming(silence) is None


# --- Call backs (W2) -------------------------------------------------------------------------------------------------


def test_w2_the_owner_is_told_again_at_the_due(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00")

    assert coming(missed) == Next(at("11-16 14:00"), Rung.OWNER, Comes.DUE)


def test_w2_supervisor_four_working_hours_after_the_due(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-20 12:00", "11-20 16:00", due_told_at="11-20 16:00")

    # Two hours on Friday, two on Monday.
    assert coming(missed) == climbs("11-23 11:00", Rung.SUPERVISOR)


def test_w2_a_sum_that_ends_on_a_closing_ends_there(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-20 10:00", "11-20 14:00", due_told_at="11-20 14:00")

    assert coming(missed) == climbs("11-20 18:00", Rung.SUPERVISOR)


def test_w2_administrators_two_working_days_after_the_due_though_nobody_was_reached(cast: Cast) -> None:
    missed = call_back(
        client(cast.ana, cast.iberia), "11-20 10:00", "11-20 14:00", due_told_at="11-20 14:00", rung=Rung.SUPERVISOR
    )

    assert coming(missed) == climbs("11-24 09:00", Rung.ADMINISTRATORS)


def test_w2_the_due_is_told_again_when_an_attempt_moved_it(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-17 18:00", due_told_at="11-16 14:00")

    assert coming(missed) == Next(at("11-17 18:00"), Rung.OWNER, Comes.DUE)


def test_w2_no_second_word_where_the_due_had_passed_when_it_opened(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00", opened_at="11-16 15:00")

    assert coming(missed) == climbs("11-16 18:00", Rung.SUPERVISOR)


def test_w2_holds_are_of_silences_only(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00", due_told_at="11-16 14:00")
    hold(missed, "11-30 09:00")

    assert coming(missed) == climbs("11-16 18:00", Rung.SUPERVISOR)


def test_w2_nobody_hears_later_than_those_above(cast: Cast) -> None:
    missed = call_back(client(cast.ana, cast.iberia), "11-16 10:00", "11-16 14:00", due_told_at="11-16 14:00")
    LadderStep.objects.filter(family="call_back", rung=Rung.SUPERVISOR).update(amount=90)

    assert coming(missed) == climbs("11-18 09:00", Rung.SUPERVISOR)


# --- Promises and reviews (A13) --------------------------------------------------------------------------------------


def test_a13_a_promise_goes_to_the_supervisor_three_working_days_after_its_due_and_no_further(cast: Cast) -> None:
    promise = alert(client(cast.ana, cast.iberia), "11-13 18:00", Kind.PROMISE, rung=Rung.OWNER)
    assert coming(promise) == climbs("11-18 09:00", Rung.SUPERVISOR)

    Alert.objects.update(rung=Rung.SUPERVISOR)
    assert coming(promise) is None


def test_a13_a_review_stays_with_its_owner(cast: Cast) -> None:
    review = alert(client(cast.ana, cast.iberia), "11-13 18:00", Kind.REVIEW, rung=Rung.OWNER)

    assert coming(review) is None


# --- Writing it down -------------------------------------------------------------------------------------------------


def test_schedule_writes_when_to_look(cast: Cast) -> None:
    silence = told(client(cast.ana, cast.iberia), "11-10 18:00", reached="11-16 08:00")

    schedule(silence, at("11-16 08:00"))

    assert wakes(silence) == at("11-19 09:00")


def test_schedule_empties_what_no_longer_comes(cast: Cast) -> None:
    silence = alert(client(cast.ana, cast.iberia), "11-10 18:00", wake_at="11-19 09:00")

    schedule(silence, at("11-16 08:00"))

    assert wakes(silence) is None


def test_scheduling_many_asks_no_more_than_scheduling_one(cast: Cast) -> None:
    made = [told(client(cast.ana, cast.iberia, f"Client {n}"), "11-10 18:00", reached="11-16 08:00") for n in range(12)]
    made.append(call_back(client(cast.diego, cast.andes), "11-16 10:00", "11-16 14:00"))
    ids = [one.pk for one in made]
    with CaptureQueriesContext(connection) as one:
        schedule_many([ids[0], ids[-1]], at("11-16 08:00"))
    with CaptureQueriesContext(connection) as many:
        schedule_many(ids, at("11-16 08:00"))

    assert len(many) == len(one), [query["sql"] for query in many]
    assert {wakes(silence) for silence in made[:-1]} == {at("11-19 09:00")}


def test_a3_a_rung_is_reached_when_its_first_delivery_is_settled(cast: Cast) -> None:
    silence = alert(
        client(cast.ana, cast.iberia), "11-10 18:00", rung=Rung.OWNER, admitted_at="11-16 08:00", rung_at="11-16 08:00"
    )

    rung_reached([silence.pk], at("11-16 08:03"))
    rung_reached([silence.pk], at("11-17 10:00"))

    silence.refresh_from_db()
    assert (silence.reached_at, silence.wake_at) == (at("11-16 08:03"), at("11-19 09:00"))


def test_a2_a_late_delivery_does_not_reach_a_rung_that_was_restarted(cast: Cast) -> None:
    silence = alert(client(cast.ana, cast.iberia), "11-10 18:00")

    rung_reached([silence.pk], at("11-16 08:03"))

    silence.refresh_from_db()
    assert silence.reached_at is None


def test_the_daybook_says_what_the_tables_say(cast: Cast) -> None:
    starts = [at("11-28 03:17") + dt.timedelta(hours=7, seconds=13) * n for n in range(40)]
    starts += [at(edge) for edge in ("11-20 08:59", "11-20 09:00", "11-20 17:59", "11-20 18:00", "11-21 00:00")]
    for calendar in (cast.madrid, cast.bogota):
        days = Daybook([calendar.pk], starts, hours=True)[calendar.pk]
        for start in starts:
            date = days.local_date(start)
            assert days.add_working_hours(start, 4) == reckoning.add_working_hours(calendar, start, 4)
            assert days.opening_after(date, 3) == reckoning.opening_of_working_day_after(calendar, date, 3)
            assert days.working_day_after(date, 2) == reckoning.working_day_after(calendar, date, 2)
            assert days.is_working_day(date) == reckoning.is_working_day(calendar, date)


def test_the_daybook_asks_for_what_it_has_not_read(cast: Cast) -> None:
    days = Daybook([cast.madrid.pk], [at("11-16 08:00")])[cast.madrid.pk]

    assert days.opening_after(dt.date(2026, 11, 16), 60) == reckoning.opening_of_working_day_after(
        cast.madrid, dt.date(2026, 11, 16), 60
    )
    assert days.add_working_hours(at("11-20 16:00"), 4) == at("11-23 11:00")
