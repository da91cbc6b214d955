"""Handing clients over (A9), through the engine itself: facts, deadlines, alerts, tasks, history."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from alerts.actions import dismiss, snooze
from alerts.choices import EventKind, Rung
from alerts.exceptions import NotAllowed
from alerts.ladder import rung_reached
from alerts.models import Alert, AlertEvent, Deadline
from alerts.reassign import Moved, reassign
from alerts.recipients import recipients
from alerts.sweep import detect
from crm.choices import Channel, Direction, Outcome
from crm.events import Change, facts_changed
from crm.log import Entry, log_interaction
from crm.models import Clock, Customer, Tag, Task
from tests.alerts.rows import at, kinds
from tests.cast import Cast

pytestmark = pytest.mark.django_db

NOW = at("11-18 11:00")


def owed(owner: User | None, team: Team | None, name: str = "Ferretería Solís", **fields: object) -> Customer:
    """A client added in January and never called since: the welcome is overdue, its alert open and admitted."""
    customer = Customer.objects.create(name=name, owner=owner, team=team, added_at=at("01-08 10:00"), **fields)
    facts_changed(Customer.objects.filter(pk=customer.pk), change=Change(cause="person"), now=at("01-08 10:00"))
    detect(at("11-16 07:00"))
    return customer


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = owed(cast.ana, cast.iberia)
    Alert.objects.update(
        admitted_at=at("11-16 08:00"), rung=Rung.OWNER, rung_at=at("11-16 08:00"), passed_over_at=at("11-13 08:00")
    )
    rung_reached(Alert.objects.values_list("pk", flat=True), at("11-16 08:01"))
    return customer


def give(cast: Cast, to: User | None, *, actor: User | None = None, now: dt.datetime = NOW, **how: bool) -> Moved:
    return reassign(Customer.objects.all(), owner=to, actor=actor or cast.eva, now=now, **how)


def silence_of(customer: Customer) -> Alert:
    return Alert.objects.get(customer=customer, family="silence", closed_at=None)


# --- The client ------------------------------------------------------------------------------------------------------


def test_a9_owner_team_and_clock_follow(cast: Cast, solis: Customer) -> None:
    moved = give(cast, cast.diego)

    solis.refresh_from_db()
    clock = Clock.objects.get(pk=solis.pk)
    assert (solis.owner, solis.team) == (cast.diego, cast.andes)
    assert (clock.owner_id, clock.team_id, clock.calendar_id) == (cast.diego.pk, cast.andes.pk, cast.bogota.pk)
    assert (moved.customers, moved.before) == (1, {solis.pk: (cast.ana.pk, cast.iberia.pk)})


def test_a9_the_team_stays_where_it_is_said(cast: Cast, solis: Customer) -> None:
    give(cast, cast.diego, move_team=False)

    solis.refresh_from_db()
    assert (solis.owner, solis.team) == (cast.diego, cast.iberia)


def test_a9_to_the_queue_the_team_stays(cast: Cast, solis: Customer) -> None:
    give(cast, None)

    solis.refresh_from_db()
    assert (solis.owner, solis.team) == (None, cast.iberia)


def test_rule_2_the_history_says_who_and_why(cast: Cast, solis: Customer) -> None:
    give(cast, cast.bruno)

    last = solis.history.latest("history_id")
    assert (last.owner_id, last.history_user, last.history_change_reason, last.history_date) == (
        cast.bruno.pk,
        cast.eva,
        "handed over",
        NOW,
    )


def test_rule_2_the_history_takes_no_tag_away(cast: Cast, solis: Customer) -> None:
    solis.tags.add(Tag.objects.create(name="harbour"))
    give(cast, cast.bruno)

    after, before = solis.history.order_by("-history_id")[:2]
    assert [change.field for change in after.diff_against(before).changes] == ["owner"]


def test_rule_3_a_form_opened_before_is_stale_after(cast: Cast, solis: Customer) -> None:
    version = solis.version
    give(cast, cast.bruno)

    solis.refresh_from_db()
    assert solis.version == version + 1


def test_who_has_the_client_already_keeps_it_as_it_is(cast: Cast, solis: Customer) -> None:
    assert give(cast, cast.ana) == Moved(0, 0, {})
    assert silence_of(solis).rung == Rung.OWNER


@pytest.mark.parametrize("who", ["bruno", "diego", "fatima"])
def test_who_does_not_see_a_client_does_not_hand_it_over(cast: Cast, solis: Customer, who: str) -> None:
    with pytest.raises(NotAllowed, match="not yours"):
        give(cast, cast.bruno, actor=cast.people[who])

    solis.refresh_from_db()
    assert solis.owner == cast.ana


def test_nobody_hands_over_to_somebody_who_left(cast: Cast, solis: Customer) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    cast.bruno.refresh_from_db()

    with pytest.raises(NotAllowed, match="Bruno Sanz"):
        give(cast, cast.bruno)


# --- Its alerts ------------------------------------------------------------------------------------------------------


def test_a9_the_alert_moves_with_its_age_and_parts_and_starts_again(cast: Cast, solis: Customer) -> None:
    before = silence_of(solis)
    parts = set(before.parts.values_list("pk", flat=True))

    give(cast, cast.bruno)

    after = silence_of(solis)
    assert (after.pk, after.opened_at, after.oldest_due_at) == (before.pk, before.opened_at, before.oldest_due_at)
    assert set(after.parts.values_list("pk", flat=True)) == parts
    assert (after.rung, after.admitted_at, after.passed_over_at, after.reached_at) == (Rung.NOBODY, None, None, None)
    assert (after.restarted_at, after.wake_at) == (NOW, None)


def test_a9_it_is_told_as_new_by_a_morning_and_not_before(cast: Cast, solis: Customer) -> None:
    give(cast, cast.bruno)

    event = AlertEvent.objects.get(kind=EventKind.REASSIGNED)
    assert (event.tell, event.actor, event.data) == (False, cast.eva, {"from": cast.ana.pk, "to": cast.bruno.pk})


def test_a9_a_climbed_alert_starts_again_too(cast: Cast, solis: Customer) -> None:
    Alert.objects.update(rung=Rung.ADMINISTRATORS)

    give(cast, cast.bruno)

    assert silence_of(solis).rung == Rung.NOBODY


def test_a9_a_snooze_ends_and_the_dates_that_passed_count(cast: Cast, solis: Customer) -> None:
    snooze(silence_of(solis), days=10, reason="on holiday", actor=cast.ana, now=at("11-16 10:00"))

    give(cast, cast.bruno)

    after = silence_of(solis)
    assert (after.snoozed_until, after.snooze_dates_used, after.wake_at) == (None, 2, None)


def test_a9_a_dismissal_stays(cast: Cast, solis: Customer) -> None:
    dismiss(silence_of(solis), reason="moves house", actor=cast.ana, now=at("11-16 10:00"))
    until = silence_of(solis).dismissed_until

    give(cast, cast.bruno)

    after = silence_of(solis)
    assert (after.dismissed_until, after.dismissed_by, after.wake_at) == (until, cast.ana, until)


def test_a9_the_breach_stays_with_who_acted_then(cast: Cast, solis: Customer) -> None:
    give(cast, cast.bruno)

    breached = Deadline.objects.get(customer=solis, breached_at__isnull=False)
    assert (breached.owner, breached.acting) == (cast.ana, cast.ana)


def test_a4_a_key_client_is_admitted_to_the_new_owner_at_once(cast: Cast, solis: Customer) -> None:
    Customer.objects.update(key=True)

    give(cast, cast.bruno)

    assert (silence_of(solis).admitted_at, silence_of(solis).rung) == (NOW, Rung.OWNER)
    assert kinds(silence_of(solis)) == ["opened", "reassigned", "admitted"]


def missed_call(cast: Cast, customer: Customer, when: str) -> Alert:
    entry = Entry(customer=customer, channel=Channel.CALL, direction=Direction.IN, outcome=Outcome.MISSED, at=at(when))
    log_interaction(entry, actor=cast.ana, now=at(when))
    detect(at(when))
    return Alert.objects.get(customer=customer, family="call_back")


def test_a9_a_call_back_is_told_to_the_new_owner_at_once_and_stays_on_its_rung(cast: Cast, solis: Customer) -> None:
    missed = missed_call(cast, solis, "11-18 10:00")
    Alert.objects.filter(pk=missed.pk).update(rung=Rung.SUPERVISOR)

    give(cast, cast.bruno)

    event = AlertEvent.objects.get(alert=missed, kind=EventKind.REASSIGNED)
    missed.refresh_from_db()
    assert (event.tell, recipients(event, NOW), missed.rung) == (True, [cast.bruno], Rung.SUPERVISOR)
    assert missed.admitted_at is not None


# --- Its tasks -------------------------------------------------------------------------------------------------------


def promise(cast: Cast, customer: Customer, owner: User, title: str = "Send the offer", **fields: object) -> Task:
    task = Task.objects.create(
        customer=customer, owner=owner, title=title, promised=True, due_on=at("11-17 10:00").date(), **fields
    )
    facts_changed(Customer.objects.filter(pk=customer.pk), change=Change(cause="person"), now=at("11-16 09:00"))
    detect(at("11-17 18:00"))
    return task


def test_a9_the_old_owners_open_tasks_move_and_nobody_elses(cast: Cast, solis: Customer) -> None:
    anas = promise(cast, solis, cast.ana)
    carlas = promise(cast, solis, cast.carla, "Call the lawyer")
    done = promise(cast, solis, cast.ana, "Done", done_at=at("11-16 08:00"))

    moved = give(cast, cast.bruno)

    owners = dict(Task.objects.values_list("pk", "owner_id"))
    assert owners == {anas.pk: cast.bruno.pk, carlas.pk: cast.carla.pk, done.pk: cast.ana.pk}
    assert (moved.tasks, anas.history.latest("history_id").history_user) == (1, cast.eva)


def test_a9_a_promise_that_moves_is_told_to_its_new_owner_at_once_and_no_other(cast: Cast, solis: Customer) -> None:
    anas = promise(cast, solis, cast.ana)
    carlas = promise(cast, solis, cast.carla, "Call the lawyer")

    give(cast, cast.bruno)

    event = AlertEvent.objects.get(alert__subject_key=f"task:{anas.pk}", kind=EventKind.REASSIGNED)
    assert (event.tell, recipients(event, NOW)) == (True, [cast.bruno])
    assert not AlertEvent.objects.filter(alert__subject_key=f"task:{carlas.pk}", kind=EventKind.REASSIGNED).exists()


def test_a9_a_due_moved_earlier_by_another_calendar_opens_no_earlier(cast: Cast) -> None:
    customer = owed(cast.diego, cast.andes, "Contacted")
    entry = Entry(customer=customer, outcome=Outcome.REACHED, at=at("10-20 16:00"))
    log_interaction(entry, actor=cast.diego, now=at("10-20 16:00"))

    give(cast, cast.ana)

    # 18:00 in Bogotá is midnight in Madrid: state and bar say Madrid's closing at once, the alert comes no earlier.
    deadline = Deadline.objects.get(customer=customer, met_at=None, cancelled_at=None)
    assert (deadline.due_at, deadline.not_before) == (at("11-19 18:00"), at("11-20 00:00"))


# --- Many ------------------------------------------------------------------------------------------------------------


def test_many_clients_ask_no_more_than_one(cast: Cast) -> None:
    for number in range(9):
        customer = owed(cast.ana, cast.iberia, f"Client {number}")
        promise(cast, customer, cast.ana)
    with CaptureQueriesContext(connection) as one:
        reassign(Customer.objects.filter(pk=customer.pk), owner=cast.bruno, actor=cast.eva, now=NOW)
    with CaptureQueriesContext(connection) as many:
        assert give(cast, cast.bruno).customers == 8

    assert len(many) <= len(one) + 1, [query["sql"] for query in many]


def test_a_selection_by_owner_moves_as_a_whole(cast: Cast) -> None:
    for number in range(3):
        owed(cast.ana, cast.iberia, f"Client {number}")

    moved = reassign(Customer.objects.filter(owner=cast.ana), owner=cast.bruno, actor=cast.carla, now=NOW)

    assert moved.customers == 3
    assert set(Alert.objects.values_list("restarted_at", flat=True)) == {NOW}
