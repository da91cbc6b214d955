"""Reconcile: facts into deadlines (T, S, W rules), by the rows that it leaves."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import QuerySet

from alerts.choices import Kind
from alerts.models import Deadline, Wanted
from alerts.sweep import run_sweep
from crm.choices import Channel, Direction, Outcome
from crm.events import Change, facts_changed
from crm.log import Entry, FutureTime, delete_interaction, edit_interaction, log_interaction, undo_interaction
from crm.models import AgreedDate, Clock, Customer, Interaction, NoFollowUp, Task
from crm.tasks import mark_done, plan_task
from retention.models import AttentionPolicy
from retention.policies import Scope, change_policy
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def at(text: str) -> dt.datetime:
    """An instant of 2026 in Madrid: '11-24 10:30'."""
    import zoneinfo

    return dt.datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zoneinfo.ZoneInfo("Europe/Madrid"))


ADDED = at("10-01 10:00")


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = Customer.objects.create(name="Ferretería Solís", owner=cast.ana, team=cast.iberia, added_at=ADDED)
    tell(customer, ADDED)
    return customer


def tell(customer: Customer, now: dt.datetime, **how: object) -> None:
    change = Change(cause="person", **how)  # type: ignore[arg-type]
    facts_changed(Customer.objects.one(customer.pk), change=change, now=now)


def deadlines(customer: Customer, kind: str = Kind.ATTENTION) -> QuerySet[Deadline]:
    return Deadline.objects.filter(customer=customer, kind=kind).order_by("pk")


def only_open(customer: Customer, kind: str = Kind.ATTENTION) -> Deadline:
    return deadlines(customer, kind).filter(met_at=None, cancelled_at=None).get()


def call(customer: Customer, cast: Cast, when: str, now: str | None = None, **fields: object) -> Interaction:
    entry = Entry(customer=customer, outcome=fields.pop("outcome", Outcome.REACHED), at=at(when), **fields)  # type: ignore[arg-type]
    return log_interaction(entry, actor=cast.ana, now=at(now or when)).interaction


def test_a_new_client_is_owed_the_welcome(solis: Customer) -> None:
    # Added Thursday 1 October: the fifth working day after is Thursday 8 October.
    assert only_open(solis).due_at == at("10-08 18:00")
    assert only_open(solis).source == "welcome"


def test_a_call_meets_the_welcome_and_opens_the_next(solis: Customer, cast: Cast) -> None:
    spoken = call(solis, cast, "10-05 11:00")

    met, opened = deadlines(solis)
    assert (met.met_at, met.met_by, met.breached_at) == (at("10-05 11:00"), spoken, None)
    assert (opened.anchor_at, opened.due_at) == (at("10-05 11:00"), at("11-04 18:00"))


def test_the_clock_reads_the_open_silence(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")

    clock = Clock.objects.get(pk=solis.pk)
    assert (clock.anchor_at, clock.due_at, clock.due_amount) == (at("10-05 11:00"), at("11-04 18:00"), 30)
    assert clock.anchor_at and clock.due_at
    assert clock.soon_at == clock.anchor_at + (clock.due_at - clock.anchor_at) * 0.8
    assert clock.last_attention_by == cast.ana


def test_twice_changes_nothing(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    before = list(Deadline.objects.values())

    tell(solis, at("10-06 09:00"))

    assert list(Deadline.objects.values()) == before


def test_the_sweep_clears_the_scratch_rows_away(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    assert Wanted.objects.exists()

    run_sweep(at("10-06 09:00"))

    assert not Wanted.objects.exists()


def test_a_second_call_on_the_same_day_replaces(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    call(solis, cast, "10-05 16:00")

    _welcome, first, second = deadlines(solis)
    assert (first.met_at, first.cancel_reason) == (None, "replaced")
    assert (second.replaces, second.anchor_at) == (first, at("10-05 16:00"))


def test_a_late_call_is_kept_as_late(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-20 11:00")

    met = deadlines(solis)[0]
    assert (met.met_at, met.breached_at, met.owner) == (at("10-20 11:00"), at("10-08 18:00"), cast.ana)


def test_an_attempt_moves_nothing(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00", outcome=Outcome.NO_ANSWER)

    assert deadlines(solis).count() == 1
    assert Clock.objects.get(pk=solis.pk).attempts_since == 1


def test_an_older_call_logged_late_becomes_the_anchor_and_meets_nothing(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "09-20 11:00", "10-02 09:00")

    welcome, by_history = deadlines(solis)
    assert (welcome.met_at, welcome.cancel_reason) == (None, "replaced")
    assert by_history.due_at == at("10-20 18:00")


def test_undo_brings_back_what_was_met(solis: Customer, cast: Cast) -> None:
    before = only_open(solis)
    spoken = call(solis, cast, "10-05 11:00")

    assert undo_interaction(spoken, actor=cast.ana, now=at("10-05 11:05"))

    twin = only_open(solis)
    assert (twin.is_twin, twin.due_at, twin.replaces) == (True, before.due_at, before)
    assert Deadline.objects.get(pk=before.pk).has_twin
    assert Clock.objects.get(pk=solis.pk).last_attention_at is None


def test_what_was_met_is_met_by_the_next_attention(solis: Customer, cast: Cast) -> None:
    first = call(solis, cast, "10-05 11:00")
    second = call(solis, cast, "10-12 11:00")

    delete_interaction(first, actor=cast.ana, now=at("10-13 09:00"))

    counted = [(row.met_at, row.due_at) for row in deadlines(solis).filter(has_twin=False, cancelled_at=None)]
    assert (at("10-12 11:00"), at("10-08 18:00")) in counted
    assert only_open(solis).anchor_at == second.counts_at


def test_a_visit_meets_attention_and_personal_moment(solis: Customer, cast: Cast) -> None:
    change_policy(Scope(), {"personal_amount": 90}, actor=None, reason="", now=ADDED)
    call(solis, cast, "10-05 11:00", channel=Channel.VISIT)

    assert only_open(solis, Kind.PERSONAL).due_at == at("01-03 18:00").replace(year=2027)
    assert only_open(solis).anchor_at == at("10-05 11:00")


def test_a_call_is_no_personal_moment(solis: Customer, cast: Cast) -> None:
    change_policy(Scope(), {"personal_amount": 90}, actor=None, reason="", now=ADDED)
    call(solis, cast, "10-05 11:00")

    assert only_open(solis, Kind.PERSONAL).anchor_at == ADDED


def test_an_agreed_date_replaces_the_due_and_ends_with_the_contact(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    AgreedDate.objects.create(customer=solis, day=dt.date(2026, 10, 15), set_by=cast.ana, set_at=at("10-06 09:00"))
    tell(solis, at("10-06 09:00"))
    assert (only_open(solis).due_at, only_open(solis).source) == (at("10-15 18:00"), "agreed")

    call(solis, cast, "10-13 11:00")
    assert (only_open(solis).due_at, only_open(solis).anchor_at) == (at("10-15 18:00"), at("10-13 11:00"))

    call(solis, cast, "10-15 11:00")
    assert (only_open(solis).due_at, only_open(solis).source) == (at("11-14 18:00"), "default")


def test_a_missed_call_is_owed_within_four_working_hours(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 16:40", direction=Direction.IN, outcome=Outcome.MISSED)

    assert only_open(solis, Kind.CALL_BACK).due_at == at("10-06 11:40")


def test_an_attempt_moves_the_call_back_to_the_next_working_day(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 16:40", direction=Direction.IN, outcome=Outcome.MISSED)
    call(solis, cast, "10-05 17:00", outcome=Outcome.NO_ANSWER)

    moved = only_open(solis, Kind.CALL_BACK)
    assert moved.due_at == at("10-06 18:00")
    assert moved.first_response_at == at("10-05 17:00")


def test_any_attention_meets_the_call_back(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 16:40", direction=Direction.IN, outcome=Outcome.MISSED)
    call(solis, cast, "10-05 17:30")

    assert deadlines(solis, Kind.CALL_BACK).get().met_at == at("10-05 17:30")


def test_a_promise_is_met_by_ticking_only(solis: Customer, cast: Cast) -> None:
    task = Task.objects.create(
        customer=solis, title="Price list", due_on=dt.date(2026, 10, 7), promised=True, owner=cast.ana, created_at=ADDED
    )
    tell(solis, at("10-02 09:00"))
    call(solis, cast, "10-05 11:00")
    assert only_open(solis, Kind.PROMISE).due_at == at("10-07 18:00")

    task.done_at = at("10-06 09:00")
    task.save()
    tell(solis, at("10-06 09:00"))
    assert deadlines(solis, Kind.PROMISE).get().met_at == at("10-06 09:00")


def test_a_promise_unticked_opens_again(solis: Customer, cast: Cast) -> None:
    task = Task.objects.create(
        customer=solis, title="Price list", due_on=dt.date(2026, 10, 7), promised=True, done_at=at("10-02 09:00")
    )
    Task.objects.filter(pk=task.pk).update(done_at=None)
    tell(solis, at("10-02 08:00"))
    Task.objects.filter(pk=task.pk).update(done_at=at("10-02 09:00"))
    tell(solis, at("10-02 09:00"))
    Task.objects.filter(pk=task.pk).update(done_at=None)
    tell(solis, at("10-02 09:30"))

    assert only_open(solis, Kind.PROMISE).is_twin


def test_no_follow_up_owes_its_review_alone(solis: Customer, cast: Cast) -> None:
    NoFollowUp.objects.create(
        customer=solis, reason="Asked so", review_on=dt.date(2027, 3, 1), from_at=at("10-02 09:00")
    )
    tell(solis, at("10-02 09:00"))

    assert deadlines(solis).get().cancel_reason == "no_follow_up"
    assert only_open(solis, Kind.REVIEW).due_at == at("03-01 18:00").replace(year=2027)
    assert Clock.objects.get(pk=solis.pk).due_at is None


def test_leaving_suspends_and_staying_resumes(solis: Customer) -> None:
    Customer.objects.filter(pk=solis.pk).update(stage="leaving")
    tell(solis, at("10-02 09:00"))
    assert deadlines(solis).get().suspended_at == at("10-02 09:00")
    assert Clock.objects.get(pk=solis.pk).due_at is None

    Customer.objects.filter(pk=solis.pk).update(stage="retain")
    tell(solis, at("10-03 09:00"))
    resumed = deadlines(solis).get()
    assert (resumed.suspended_at, resumed.wake_at) == (None, at("10-08 18:00"))


def test_archived_is_owed_nothing_and_comes_back_with_its_old_anchor(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    Customer.objects.filter(pk=solis.pk).update(archived_at=at("10-06 09:00"))
    tell(solis, at("10-06 09:00"))
    assert not Deadline.objects.open().exists()

    Customer.objects.filter(pk=solis.pk).update(archived_at=None)
    tell(solis, at("10-07 09:00"))
    assert only_open(solis).anchor_at == at("10-05 11:00")


def test_back_from_departed_is_due_within_five_working_days(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    Customer.objects.filter(pk=solis.pk).update(stage="departed", departed_at=at("10-06 09:00"))
    tell(solis, at("10-06 09:00"))
    Customer.objects.filter(pk=solis.pk).update(
        stage="recovered", returned_at=at("11-02 09:00"), returned_on=dt.date(2026, 11, 2)
    )
    tell(solis, at("11-02 09:00"))

    assert (only_open(solis).due_at, only_open(solis).source) == (at("11-09 18:00"), "return")


def test_the_nearest_policy_holds(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    change_policy(Scope(customer=solis), {"attention_amount": 10, "attention_unit": "working_days"}, actor=None,
                  reason="", now=at("10-05 12:00"))  # fmt: skip

    opened = only_open(solis)
    assert (opened.source, opened.due_at) == ("customer", at("10-20 18:00"))
    assert AttentionPolicy.objects.filter(current=True).count() == 2


def test_the_never_contacted_of_an_import_are_spread(cast: Cast) -> None:
    for k in (1, 2, 3):
        Customer.objects.create(name=f"C{k}", owner=cast.ana, team=cast.iberia, added_at=ADDED, import_k=k, import_n=3)
    everybody = Customer.objects.all()
    facts_changed(everybody, change=Change("import"), now=ADDED)

    dues = [row.due_at for row in Deadline.objects.order_by("customer")]
    assert dues == [at("10-11 18:00"), at("10-21 18:00"), at("10-31 18:00")]


def test_a_call_may_be_removed_while_they_are_leaving(solis: Customer, cast: Cast) -> None:
    welcome = only_open(solis)
    spoken = call(solis, cast, "10-05 11:00")
    Customer.objects.filter(pk=solis.pk).update(stage="leaving")
    tell(solis, at("10-06 09:00"))
    delete_interaction(spoken, actor=cast.ana, now=at("10-06 10:00"))

    waiting = only_open(solis)
    assert (waiting.replaces, waiting.suspended_at) == (welcome, at("10-06 10:00"))


def test_local_dates_follow_the_zone_of_work(solis: Customer, cast: Cast) -> None:
    spoken = call(solis, cast, "10-06 02:00")
    Customer.objects.filter(pk=solis.pk).update(team=cast.andes)
    tell(solis, at("10-06 09:00"))

    spoken.refresh_from_db()
    assert spoken.local_date == dt.date(2026, 10, 5)
    assert only_open(solis).anchor_date == dt.date(2026, 10, 5)
    assert Clock.objects.get(pk=solis.pk).last_attention_on == dt.date(2026, 10, 5)


def test_the_contact_of_an_agreed_date_ends_it_whenever_it_was(solis: Customer, cast: Cast) -> None:
    call(solis, cast, "10-05 11:00")
    agreed = AgreedDate.objects.create(customer=solis, day=dt.date(2026, 10, 15), set_at=at("10-13 17:00"))
    tell(solis, at("10-13 17:00"))
    call(solis, cast, "10-13 16:00", "10-13 17:30", fulfils=agreed)

    assert only_open(solis).source == "default"


def test_an_edit_cannot_say_that_they_answer_tomorrow(solis: Customer, cast: Cast) -> None:
    written = call(solis, cast, "10-05 11:00", channel=Channel.EMAIL, outcome=Outcome.AWAITING)
    entry = Entry(
        customer=solis,
        channel=Channel.EMAIL,
        outcome=Outcome.REACHED,
        at=at("10-05 11:00"),
        answered_at=at("10-07 11:00"),
    )
    with pytest.raises(FutureTime):
        edit_interaction(written, entry, actor=cast.ana, now=at("10-06 09:00"))


def test_a_contact_moved_to_another_client_takes_with_it_what_it_had_opened(solis: Customer, cast: Cast) -> None:
    prisma = Customer.objects.create(name="Óptica Prisma", owner=cast.ana, team=cast.iberia, added_at=ADDED)
    tell(prisma, ADDED)
    welcome = only_open(solis).due_at
    spoken = call(solis, cast, "10-05 11:00")
    entry = Entry(customer=prisma, outcome=Outcome.REACHED, at=at("10-05 11:00"))

    edit_interaction(spoken, entry, actor=cast.ana, now=at("10-05 12:00"))

    assert only_open(solis).due_at == welcome
    assert only_open(solis).is_twin
    assert only_open(prisma).anchor_interaction_id == spoken.pk


def test_a_promise_opened_anew_without_a_word_is_not_opened_twice(solis: Customer, cast: Cast) -> None:
    """A row that is written past the product (by SQL, say) must not make every later change of the client fail."""
    task = plan_task(
        solis, title="Offer", due_on=at("10-09 00:00").date(), promised=True, channel="", actor=cast.ana, now=ADDED
    )
    mark_done(task, actor=cast.ana, now=at("10-05 11:00"))
    Task.objects.filter(pk=task.pk).update(done_at=None)
    # A contact that is simply logged brings nothing back: the promise is open as a new one.
    call(solis, cast, "10-06 11:00")
    anew = only_open(solis, Kind.PROMISE)
    assert not anew.is_twin

    tell(solis, at("10-07 09:00"))
    tell(solis, at("10-07 09:01"))

    assert only_open(solis, Kind.PROMISE) == anew


def test_what_takes_the_place_of_an_overdue_part_is_noted_as_broken_with_whose_it_was(
    solis: Customer, cast: Cast
) -> None:
    call(solis, cast, "10-05 11:00")
    run_sweep(at("11-20 09:00"))
    assert only_open(solis).breached_at is not None

    # A contact entered late moves the anchor by a week; 30 days later it was due all the same.
    call(solis, cast, "10-12 11:00", now="11-20 10:00")
    run_sweep(at("11-20 10:01"))

    moved = only_open(solis)
    assert (moved.due_at, moved.breached_at) == (at("11-11 18:00"), at("11-11 18:00"))
    assert (moved.owner, moved.acting, moved.team) == (cast.ana, cast.ana, cast.iberia)
    assert (moved.wake_at, moved.alert_id is None) == (None, False)
