"""The sweep: what has come due is opened, in exactly one alert (A1, A2, T2, A8)."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from alerts.choices import CloseReason, EventKind, Family, Kind
from alerts.models import Alert, AlertEvent, Deadline
from alerts.sweep import detect
from crm.agreements import agree_on_date, resume_follow_up, stop_follow_up
from crm.choices import Direction, Outcome
from crm.events import Change, facts_changed
from crm.log import Entry, NextStep, delete_interaction, edit_interaction, log_interaction, undo_interaction
from crm.models import AgreedDate, Customer, Interaction, Task
from crm.tasks import mark_done, mark_open
from retention.policies import Scope, change_policy
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MADRID = zoneinfo.ZoneInfo("Europe/Madrid")


def at(text: str) -> dt.datetime:
    """An instant of 2026 in Madrid: '11-24 10:30'."""
    return dt.datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=MADRID)


@pytest.fixture
def solis(cast: Cast) -> Customer:
    added = at("10-01 10:00")
    customer = Customer.objects.create(name="Ferretería Solís", owner=cast.ana, team=cast.iberia, added_at=added)
    tell(customer, added)
    return customer


def tell(customer: Customer, now: dt.datetime) -> None:
    facts_changed(Customer.objects.one(customer.pk), change=Change("person"), now=now)


def log(customer: Customer, cast: Cast, when: str, now: str | None = None, **fields: object) -> Interaction:
    outcome = fields.pop("outcome", Outcome.REACHED)
    entry = Entry(customer=customer, outcome=outcome, at=at(when), **fields)  # type: ignore[arg-type]
    return log_interaction(entry, actor=cast.ana, now=at(now or when)).interaction


def silence(customer: Customer) -> Alert:
    return Alert.objects.get(customer=customer, family=Family.SILENCE, closed_at=None)


def test_nothing_opens_before_its_due(solis: Customer) -> None:
    assert detect(at("10-08 17:59")).opened == 0
    assert not Alert.objects.exists()


def test_at_its_due_it_opens_in_one_alert(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))

    part = Deadline.objects.get()
    assert (part.alert, part.opened_at, part.breached_at) == (silence(solis), at("10-08 18:00"), at("10-08 18:00"))
    assert (part.owner, part.acting, part.team) == (cast.ana, cast.ana, cast.iberia)


def test_twice_is_as_good_as_once(solis: Customer) -> None:
    detect(at("10-09 09:00"))
    detect(at("10-09 09:01"))

    assert Alert.objects.count() == 1
    assert AlertEvent.objects.filter(kind=EventKind.OPENED).count() == 1


def test_due_on_a_sunday_it_is_breached_then_and_opens_on_monday(solis: Customer, cast: Cast) -> None:
    log(solis, cast, "10-02 11:00")
    change_policy(Scope(), {"attention_amount": 9}, actor=None, reason="", now=at("10-02 11:00"))
    Deadline.objects.update(not_before=None)

    detect(at("10-11 18:00"))
    part = Deadline.objects.open().get()
    assert (part.breached_at, part.opened_at, part.wake_at) == (at("10-11 18:00"), None, at("10-13 09:00"))

    detect(at("10-13 09:00"))
    assert Deadline.objects.open().get().alert == silence(solis)


def test_a_call_closes_the_alert(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))
    spoken = log(solis, cast, "10-09 11:00")

    alert = Alert.objects.get()
    assert (alert.closed_at, alert.close_reason, alert.closed_by_interaction) == (
        at("10-09 11:00"),
        CloseReason.ATTENDED,
        spoken,
    )


def test_logged_late_but_in_time_clears_the_breach(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))
    log(solis, cast, "10-08 12:00", "10-09 11:00")

    assert Alert.objects.get().close_reason == CloseReason.ATTENDED_IN_TIME
    assert Deadline.objects.filter(met_at__isnull=False).get().breached_at is None


def test_logged_late_and_still_overdue_the_part_is_replaced(solis: Customer, cast: Cast) -> None:
    log(solis, cast, "10-02 11:00")
    detect(at("11-03 09:00"))
    alert = silence(solis)
    log(solis, cast, "10-03 11:00", "11-20 09:00")

    part = Deadline.objects.open().get()
    assert (part.alert, part.opened_at, silence(solis).rung) == (alert, at("11-20 09:00"), alert.rung)


def test_undo_reopens_as_if_nothing_had_been(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))
    before = Alert.objects.values().get()
    spoken = log(solis, cast, "10-09 11:00")
    undo_interaction(spoken, actor=cast.ana, now=at("10-09 11:04"))

    assert Alert.objects.values().get() == before
    assert not AlertEvent.objects.filter(kind__in=[EventKind.CLOSED, EventKind.REOPENED]).exists()


def test_deleting_reopens_with_a_word(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))
    spoken = log(solis, cast, "10-09 11:00")
    delete_interaction(spoken, actor=cast.bruno, now=at("10-14 11:00"))

    alert = silence(solis)
    assert (alert.reopened_once, alert.holds.get().until_at) == (True, at("10-15 09:00"))
    assert alert.events.get(kind=EventKind.REOPENED).actor == cast.bruno


def test_an_agreed_date_closes_it_and_leaves_the_breach(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))
    AgreedDate.objects.create(customer=solis, day=dt.date(2026, 10, 20), set_at=at("10-09 09:00"), reason="They asked")
    tell(solis, at("10-09 09:00"))

    assert Alert.objects.get().close_reason == CloseReason.DATE_AGREED
    assert Deadline.objects.get(cancel_reason="replaced").breached_at == at("10-08 18:00")


def test_a_missed_call_opens_its_alert_with_it(solis: Customer, cast: Cast) -> None:
    log(solis, cast, "10-05 16:40", direction=Direction.IN, outcome=Outcome.MISSED)
    detect(at("10-05 16:41"))

    alert = Alert.objects.get(family=Family.CALL_BACK)
    assert (alert.admitted_at, alert.rung) == (at("10-05 16:41"), 1)
    assert alert.parts.get().breached_at is None
    assert alert.events.get().tell


def test_a_personal_moment_joins_silently(solis: Customer, cast: Cast) -> None:
    change_policy(Scope(), {"personal_amount": 10}, actor=None, reason="", now=at("10-01 10:00"))
    Deadline.objects.update(not_before=None)
    detect(at("10-08 18:00"))
    detect(at("10-14 09:00"))

    alert = silence(solis)
    assert {part.kind for part in alert.parts.all()} == {Kind.ATTENTION, Kind.PERSONAL}
    assert alert.restarted_at is None
    assert (alert.oldest_kind, alert.oldest_due_at) == (Kind.ATTENTION, at("10-08 18:00"))


def test_what_a_new_policy_makes_overdue_is_spread(cast: Cast) -> None:
    for number in range(4):
        Customer.objects.create(name=f"C{number}", owner=cast.ana, team=cast.iberia, added_at=at("10-01 10:00"))
    facts_changed(Customer.objects.all(), change=Change("person"), now=at("10-01 10:00"))
    for customer in Customer.objects.all():
        log(customer, cast, "10-02 11:00")
    change_policy(Scope(), {"attention_amount": 3}, actor=None, reason="", now=at("10-15 10:00"))

    opens = [row.not_before for row in Deadline.objects.open().order_by("customer")]
    assert opens == [at("10-22 09:00"), at("10-28 09:00"), at("11-02 09:00"), at("11-02 09:00")]
    assert detect(at("10-15 10:01")).opened == 0
    assert all(row.breached_at for row in Deadline.objects.open())


def test_a_bad_customer_does_not_stop_the_others(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Bad", "Good"):
        Customer.objects.create(name=name, owner=cast.ana, team=cast.iberia, added_at=at("10-01 10:00"))
    facts_changed(Customer.objects.all(), change=Change("person"), now=at("10-01 10:00"))
    bad = Customer.objects.get(name="Bad")
    # A calendar without days: nothing can be reckoned for it.
    import alerts.sweep as sweep

    real = sweep._sweep_customers

    def fails(customers: list[int], now: dt.datetime) -> sweep.Swept:
        if bad.pk in customers:
            raise ValueError("no such day")
        return real(customers, now)

    monkeypatch.setattr(sweep, "_sweep_customers", fails)
    with pytest.raises(ExceptionGroup):
        detect(at("10-08 18:00"))

    assert Alert.objects.get().customer.name == "Good"
    assert "no such day" in Deadline.objects.get(customer=bad).error


def stage(customer: Customer, name: str, now: dt.datetime) -> None:
    Customer.objects.filter(pk=customer.pk).update(stage=name)
    tell(customer, now)


def test_a_client_who_stays_after_all_gets_a_fresh_alert(solis: Customer) -> None:
    detect(at("10-08 18:00"))
    stage(solis, "leaving", at("10-09 10:00"))
    assert Alert.objects.get().close_reason == CloseReason.LEAVING

    stage(solis, "retain", at("10-12 10:00"))
    detect(at("10-12 10:01"))
    assert Deadline.objects.open().get().alert == silence(solis)


def test_a_call_removed_while_they_are_leaving_reopens_no_alert(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))
    spoken = log(solis, cast, "10-09 11:00")
    stage(solis, "leaving", at("10-09 12:00"))
    delete_interaction(spoken, actor=cast.ana, now=at("10-09 13:00"))

    waiting = Deadline.objects.open().get()
    assert (waiting.suspended_at, waiting.due_at) == (at("10-09 13:00"), at("10-08 18:00"))
    assert not Alert.objects.open().exists()


def test_an_edit_closes_the_alert_of_what_the_contact_had_anchored(solis: Customer, cast: Cast) -> None:
    spoken = log(solis, cast, "08-20 11:00", "10-02 09:00")
    detect(at("10-02 09:01"))
    alert = silence(solis)
    entry = Entry(customer=solis, outcome=Outcome.NO_ANSWER, at=at("08-20 11:00"))
    edit_interaction(spoken, entry, actor=cast.ana, now=at("10-03 09:00"))

    assert not Alert.objects.filter(pk=alert.pk, closed_at=None).exists()


def test_an_attempt_keeps_the_alert_of_a_call_back(solis: Customer, cast: Cast) -> None:
    log(solis, cast, "10-05 16:40", direction=Direction.IN, outcome=Outcome.MISSED)
    detect(at("10-05 16:41"))
    log(solis, cast, "10-05 17:00", outcome=Outcome.NO_ANSWER)
    detect(at("10-05 17:01"))

    alert = Alert.objects.get(family=Family.CALL_BACK)
    part = Deadline.objects.open().get(kind=Kind.CALL_BACK)
    assert (alert.closed_at, part.alert, alert.oldest_due_at) == (None, alert, at("10-06 18:00"))
    assert part.wake_at == at("10-06 18:00")


def test_a_second_change_takes_no_waiting_away(solis: Customer, cast: Cast) -> None:
    log(solis, cast, "10-02 11:00")
    change_policy(Scope(), {"attention_amount": 3}, actor=None, reason="", now=at("10-15 10:00"))
    first = Deadline.objects.open().get()
    change_policy(Scope(), {"attention_amount": 2}, actor=None, reason="", now=at("10-16 10:00"))

    assert first.not_before == at("10-22 09:00")
    assert Deadline.objects.open().get().not_before == at("10-22 09:00")


def test_the_end_of_no_follow_up_makes_nobody_late_at_once(solis: Customer, cast: Cast) -> None:
    stop_follow_up(solis, reason="Asked", review_on=dt.date(2026, 12, 1), actor=cast.ana, now=at("10-02 09:00"))
    resume_follow_up(solis, actor=cast.ana, now=at("10-20 09:00"))

    assert Deadline.objects.open().get().not_before == at("10-27 09:00")


def test_a_new_promise_does_not_join_an_open_alert_at_once(solis: Customer) -> None:
    detect(at("10-08 18:00"))
    change_policy(Scope(), {"personal_amount": 3}, actor=None, reason="", now=at("10-09 10:00"))

    personal = Deadline.objects.open().get(kind=Kind.PERSONAL)
    assert (personal.alert, personal.not_before) == (None, at("10-19 09:00"))


def test_undo_of_an_old_contact_keeps_when_the_part_opened(solis: Customer, cast: Cast) -> None:
    detect(at("10-08 18:00"))
    spoken = log(solis, cast, "08-20 11:00", "10-09 09:00")
    undo_interaction(spoken, actor=cast.ana, now=at("10-09 09:04"))

    part = Deadline.objects.open().get()
    assert (part.opened_at, part.alert) == (at("10-08 18:00"), silence(solis))


def test_a_promise_of_a_missed_call_reopens_its_alert_when_unticked(solis: Customer, cast: Cast) -> None:
    step = NextStep("Price list", dt.date(2026, 10, 6), promised=True)
    log(solis, cast, "10-05 16:40", direction=Direction.IN, outcome=Outcome.MISSED, next_step=step)
    detect(at("10-06 18:00"))
    task = Task.objects.get()
    mark_done(task, actor=cast.ana, now=at("10-07 09:00"))
    mark_open(task, actor=cast.ana, now=at("10-07 10:00"))

    assert Alert.objects.get(family=Family.PROMISE).closed_at is None


def test_an_agreed_date_that_comes_back_takes_its_place_in_the_open_alert(solis: Customer, cast: Cast) -> None:
    agree_on_date(solis, dt.date(2026, 10, 6), reason="They asked", actor=cast.eva, now=at("10-02 10:00"))
    spoken = log(solis, cast, "10-06 11:00")
    detect(at("11-06 09:00"))
    alert = silence(solis)
    delete_interaction(spoken, actor=cast.ana, now=at("11-09 10:00"))

    part = Deadline.objects.open().get()
    assert (part.alert, silence(solis), part.due_at) == (alert, alert, at("10-06 18:00"))
