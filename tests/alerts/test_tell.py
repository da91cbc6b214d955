"""Events become mails: once, for the right people, within their hours and their budget (M1)."""

import datetime as dt

import pytest

from accounts.models import User
from alerts.choices import EventKind, Family, Purpose, Rung
from alerts.models import AlertEvent, Delivery, DeliveryItem, Morning
from alerts.morning_mail import NOT_BY_ITSELF
from alerts.reassign import reassign
from alerts.recipients import WEEKLY
from alerts.tell import open_windows, plan_morning, tell_events
from crm.models import Customer, Task
from tests.alerts.mail_stage import NOW, SATURDAY, alert, call_back, client, days, event, silence
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TOMORROW = NOW + days(1)
#: Monday 9:00 in Madrid, when the office opens.
MONDAY_OPENING = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


def mails(user: User) -> list[Delivery]:
    return list(Delivery.objects.filter(to_user=user).order_by("pk"))


def clients_in(delivery: Delivery) -> int:
    return delivery.items.values("event__alert__customer").distinct().count()


def morning_of(user: User, *, at: dt.datetime = TOMORROW, last_on: dt.date | None = None) -> Morning:
    return Morning.objects.create(user=user, next_at=at, last_on=last_on)


def test_it_tells_a_call_back_at_once(cast: Cast) -> None:
    call_back(cast.ana, cast.iberia)
    tell_events(NOW)
    (mail,) = mails(cast.ana)
    assert (mail.purpose, mail.window_at, mail.next_try_at) == (Purpose.SINGLE, NOW, NOW)


def test_it_waits_for_the_hours_of_the_recipient(cast: Cast) -> None:
    call_back(cast.ana, cast.iberia, due_in=-90)
    tell_events(SATURDAY)
    assert [mail.next_try_at for mail in mails(cast.ana)] == [MONDAY_OPENING]


def test_it_tells_at_any_hour_when_asked_to(cast: Cast) -> None:
    call_back(cast.ana, cast.iberia)
    tell_events(SATURDAY, at_once=True)
    assert [mail.next_try_at for mail in mails(cast.ana)] == [SATURDAY]


def test_it_joins_what_waits_for_the_same_hours(cast: Cast) -> None:
    call_back(cast.ana, cast.iberia, "One")
    tell_events(SATURDAY)
    call_back(cast.ana, cast.iberia, "Two")
    tell_events(SATURDAY + dt.timedelta(hours=3))
    (mail,) = mails(cast.ana)
    assert (mail.purpose, clients_in(mail)) == (Purpose.LIST, 2)


def test_it_tells_several_clients_in_one_mail(cast: Cast) -> None:
    call_back(cast.ana, cast.iberia, "One")
    call_back(cast.ana, cast.iberia, "Two")
    tell_events(NOW)
    (mail,) = mails(cast.ana)
    assert (mail.purpose, clients_in(mail)) == (Purpose.LIST, 2)


def test_it_tells_twice_as_good_as_once(cast: Cast) -> None:
    call_back(cast.ana, cast.iberia)
    assert (tell_events(NOW), tell_events(NOW)) == (1, 0)
    assert len(mails(cast.ana)) == 1


def test_it_never_tells_an_event_twice_to_a_recipient(cast: Cast) -> None:
    told = call_back(cast.ana, cast.iberia)
    tell_events(NOW)
    AlertEvent.objects.filter(pk=told.pk).update(told_at=None)
    tell_events(NOW)
    assert DeliveryItem.objects.filter(event=told, recipient=cast.ana).count() == 1


def climb(cast: Cast, name: str) -> AlertEvent:
    return event(alert(client(cast.ana, cast.iberia, name), rung=2), EventKind.CLIMBED, rung=Rung.SUPERVISOR)


def test_it_sends_five_mails_a_day_then_one_list_an_hour(cast: Cast) -> None:
    for n in range(8):
        climb(cast, f"Client {n}")
        tell_events(NOW + dt.timedelta(minutes=n))
    sixth, later = mails(cast.carla)[5:]
    assert [mail.purpose for mail in mails(cast.carla)] == [*[Purpose.SINGLE] * 5, *[Purpose.LIST] * 2]
    assert (later.next_try_at - sixth.next_try_at, clients_in(later)) == (dt.timedelta(hours=1), 2)


def test_it_never_folds_a_call_back_past_its_due(cast: Cast) -> None:
    for n in range(7):
        climb(cast, f"Client {n}")
        tell_events(NOW)
    pressing = event(
        alert(client(cast.carla, cast.iberia, "Now"), Family.CALL_BACK, due_at=NOW + dt.timedelta(minutes=30)),
        EventKind.OPENED,
    )
    tell_events(NOW)
    assert DeliveryItem.objects.get(event=pressing).delivery.next_try_at == NOW


def test_it_folds_a_call_back_that_can_wait(cast: Cast) -> None:
    for n in range(7):
        climb(cast, f"Client {n}")
        tell_events(NOW)
    patient = event(
        alert(client(cast.carla, cast.iberia, "Later"), Family.CALL_BACK, due_at=NOW + dt.timedelta(hours=3)),
        EventKind.OPENED,
    )
    tell_events(NOW)
    assert DeliveryItem.objects.get(event=patient).delivery.next_try_at == NOW + dt.timedelta(hours=1)


def test_it_tells_a_key_client_at_once(cast: Cast) -> None:
    silence(cast.ana, cast.iberia, key=True)
    tell_events(NOW)
    assert [mail.purpose for mail in mails(cast.ana)] == [Purpose.SINGLE]


def test_it_keeps_other_silences_for_the_morning(cast: Cast) -> None:
    morning_of(cast.ana)
    silence(cast.ana, cast.iberia)
    tell_events(NOW)
    (mail,) = mails(cast.ana)
    assert (mail.key, mail.next_try_at) == (f"morning:{cast.ana.pk}:next", NOT_BY_ITSELF)


def test_it_says_why_nobody_was_told(cast: Cast) -> None:
    made = event(alert(client(cast.ana, cast.iberia), rung=3), EventKind.CLIMBED, rung=Rung.ADMINISTRATORS)
    tell_events(NOW)
    made.refresh_from_db()
    assert (made.told_at, made.data["untold"], Delivery.objects.count()) == (NOW, WEEKLY, 0)


def test_a_morning_takes_what_was_admitted_and_what_had_waited(cast: Cast) -> None:
    morning = morning_of(cast.ana, at=NOW)
    event(alert(client(cast.ana, cast.iberia, "Snoozed")), EventKind.SNOOZE_ENDED)
    tell_events(NOW - days(1))
    admitted = [silence(cast.ana, cast.iberia, f"Client {n}") for n in range(2)]
    plan_morning(morning, admitted, NOW)
    (mail,) = mails(cast.ana)
    assert (mail.key, mail.next_try_at, clients_in(mail)) == (f"morning:{cast.ana.pk}:2026-11-24", NOW, 3)


def test_an_empty_morning_is_not_sent(cast: Cast) -> None:
    plan_morning(morning_of(cast.ana, at=NOW), [], NOW)
    assert mails(cast.ana) == []


def test_a_morning_names_what_is_promised_for_today(cast: Cast) -> None:
    customer = client(cast.ana, cast.iberia)
    task = Task.objects.create(
        customer=customer, title="Send the offer", due_on=NOW.date(), promised=True, owner=cast.ana
    )
    plan_morning(morning_of(cast.ana, at=NOW), [], NOW)
    assert [mail.data for mail in mails(cast.ana)] == [{"promises": [task.pk]}]


def waiting(cast: Cast, count: int) -> None:
    for n in range(count):
        alert(
            client(cast.ana, cast.iberia, f"Waiting {n}", annual_value=100, currency="EUR"),
            passed_over_at=NOW - days(20), due_at=NOW - days(11 + n),
        )  # fmt: skip
    from alerts.models import Alert
    from crm.models import Clock

    Alert.objects.update(admitted_at=None)
    Clock.objects.update(value=100, currency="EUR")


def test_a_morning_counts_who_waits_once_they_are_more_than_ten(cast: Cast) -> None:
    waiting(cast, 11)
    plan_morning(morning_of(cast.ana, at=NOW), [], NOW)
    (line,) = mails(cast.ana)[0].data["waiting"]
    assert (line["count"], line["long"], line["values"]) == (11, 11, {"EUR": "1100.00"})
    assert line["oldest"].startswith("2026-11-03")


def test_a_morning_is_silent_about_ten_who_wait(cast: Cast) -> None:
    waiting(cast, 10)
    plan_morning(morning_of(cast.ana, at=NOW), [], NOW)
    assert mails(cast.ana) == []


def test_a_supervisor_reads_how_many_wait_of_whom(cast: Cast) -> None:
    waiting(cast, 11)
    plan_morning(morning_of(cast.carla, at=NOW), [], NOW)
    assert [line["name"] for line in mails(cast.carla)[0].data["waiting"]] == ["Ana Torres"]


def test_a_morning_counts_the_clients_handed_over(cast: Cast) -> None:
    for name in ("One", "Two"):
        client(cast.bruno, cast.iberia, name)
    reassign(Customer.objects.filter(owner=cast.bruno), owner=cast.ana, actor=cast.carla, now=NOW - days(1))
    plan_morning(morning_of(cast.ana, at=NOW, last_on=NOW.date() - days(1)), [], NOW)
    assert [mail.data for mail in mails(cast.ana)] == [{"handed_over": 2}]


def test_a_morning_counts_no_clients_that_one_took_oneself(cast: Cast) -> None:
    client(None, cast.iberia, "One")
    reassign(Customer.objects.filter(name="One"), owner=cast.ana, actor=cast.ana, now=NOW - days(1))
    plan_morning(morning_of(cast.ana, at=NOW, last_on=NOW.date() - days(1)), [], NOW)
    assert mails(cast.ana) == []


def test_what_a_colleague_did_is_told_in_the_morning(cast: Cast) -> None:
    morning_of(cast.ana)
    made = alert(client(cast.ana, cast.iberia), Family.CALL_BACK, closed_at=NOW)
    event(made, EventKind.CLOSED, actor=cast.bruno, data={"reason": "attended"})
    tell_events(NOW)
    assert [mail.next_try_at for mail in mails(cast.ana)] == [NOT_BY_ITSELF]


def test_a_date_agreed_is_a_line_for_the_supervisor(cast: Cast) -> None:
    morning_of(cast.carla)
    made = alert(client(cast.ana, cast.iberia), closed_at=NOW)
    event(made, EventKind.CLOSED, actor=cast.ana, data={"reason": "date_agreed"})
    tell_events(NOW)
    assert (len(mails(cast.carla)), len(mails(cast.ana))) == (1, 0)


def test_the_queue_is_told_in_the_morning_of_its_people(cast: Cast) -> None:
    own = morning_of(cast.carla, at=NOW)
    plan_morning(own, [silence(cast.carla, cast.iberia, "Her own")], NOW)
    Morning.objects.filter(pk=own.pk).update(last_on=NOW.date(), next_at=NOW + days(1))
    plan_morning(Morning.objects.create(team=cast.iberia, next_at=NOW), [silence(None, cast.iberia, "The team's")], NOW)
    (mail,) = mails(cast.carla)
    assert clients_in(mail) == 2


def test_a_queue_later_than_its_people_is_told_today_still(cast: Cast) -> None:
    morning_of(cast.carla, last_on=NOW.date())
    plan_morning(Morning.objects.create(team=cast.iberia, next_at=NOW), [silence(None, cast.iberia)], NOW)
    assert [(mail.key, mail.next_try_at) for mail in mails(cast.carla)] == [
        (f"morning:{cast.carla.pk}:2026-11-24", NOW)
    ]


def test_windows_can_be_opened_by_hand(cast: Cast) -> None:
    morning_of(cast.ana)
    silence(cast.ana, cast.iberia)
    call_back(cast.bruno, cast.iberia)
    tell_events(SATURDAY)
    open_windows(SATURDAY)
    assert {mail.next_try_at for mail in Delivery.objects.all()} == {SATURDAY}


def test_a_morning_asks_as_much_for_many_as_for_one(cast: Cast, django_assert_max_num_queries: object) -> None:
    admitted = [silence(cast.ana, cast.iberia, f"Client {n}") for n in range(5)]
    events = list(AlertEvent.objects.filter(pk__in=[one.pk for one in admitted]))
    morning = morning_of(cast.ana, at=NOW)
    # alerts, customers; recipients 6; people 1, mornings 1, hours 3, recent 1 twice; 2 inserts, stamp; lines 8; save
    with django_assert_max_num_queries(33):  # type: ignore[operator]
        plan_morning(morning, events, NOW)
