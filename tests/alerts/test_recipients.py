"""Whom an event is told: the owner, who covers, A11's people, the ladder (A3, A9, A11, A13, W2)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Absence
from alerts.choices import EventKind, Family, Rung
from alerts.models import AlertEvent, Delivery, DeliveryItem
from alerts.recipients import OWN_DOING, TOLD_BEFORE, WEEKLY, Told, queue_people, recipients, recipients_of
from crm.models import Task
from tests.alerts.mail_stage import NOW, alert, client, days, event, silence
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_tells_the_owner(cast: Cast) -> None:
    assert recipients(silence(cast.ana, cast.iberia), NOW) == [cast.ana]


def test_it_tells_the_cover_of_an_absent_owner(cast: Cast) -> None:
    Absence.objects.create(user=cast.ana, starts_at=NOW - days(1), ends_at=NOW + days(1), cover=cast.bruno)
    assert recipients(silence(cast.ana, cast.iberia), NOW) == [cast.bruno]


def test_it_tells_the_supervisors_of_a_client_without_owner(cast: Cast) -> None:
    assert recipients(silence(None, cast.iberia), NOW) == [cast.carla]


def test_it_tells_administrators_where_nobody_supervises(cast: Cast) -> None:
    assert recipients(silence(None, cast.default), NOW) == [cast.eva]


def test_it_tells_the_supervisors_for_an_owner_who_never_signed_in(cast: Cast) -> None:
    cast.ana.first_signed_in_at = None
    cast.ana.save()
    assert recipients(silence(cast.ana, cast.iberia), NOW) == [cast.carla]


def test_it_tells_administrators_when_the_supervisor_is_away_without_cover(cast: Cast) -> None:
    Absence.objects.create(user=cast.carla, starts_at=NOW - days(1), ends_at=NOW + days(1))
    assert recipients(silence(None, cast.iberia), NOW) == [cast.eva]


def test_it_tells_the_cover_of_an_absent_supervisor(cast: Cast) -> None:
    Absence.objects.create(user=cast.carla, starts_at=NOW - days(1), ends_at=NOW + days(1), cover=cast.fatima)
    climbed = event(alert(client(cast.ana, cast.iberia), rung=2), EventKind.CLIMBED, rung=Rung.SUPERVISOR)
    assert recipients(climbed, NOW) == [cast.fatima]


def test_it_tells_the_supervisor_of_a_climb(cast: Cast) -> None:
    climbed = event(alert(client(cast.ana, cast.iberia), rung=2), EventKind.CLIMBED, rung=Rung.SUPERVISOR)
    assert recipients(climbed, NOW) == [cast.carla]


def test_it_does_not_tell_a_climb_to_who_was_told_below(cast: Cast) -> None:
    first = silence(None, cast.iberia)
    mail = Delivery.objects.create(purpose="single", to_user=cast.carla, window_at=NOW, next_try_at=NOW)
    DeliveryItem.objects.create(delivery=mail, event=first, recipient=cast.carla)
    climbed = event(first.alert, EventKind.CLIMBED, rung=Rung.SUPERVISOR)
    assert recipients_of([climbed], NOW)[0].why == TOLD_BEFORE


def test_it_leaves_a_silence_with_administrators_to_the_weekly_mail(cast: Cast) -> None:
    climbed = event(alert(client(cast.ana, cast.iberia), rung=3), EventKind.CLIMBED, rung=Rung.ADMINISTRATORS)
    assert recipients_of([climbed], NOW) == [Told(why=WEEKLY)]


def test_it_tells_administrators_of_a_call_back_at_once(cast: Cast) -> None:
    made = alert(client(cast.ana, cast.iberia), Family.CALL_BACK, rung=3)
    assert recipients(event(made, EventKind.CLIMBED, rung=Rung.ADMINISTRATORS), NOW) == [cast.eva]


def test_it_tells_a_promise_to_the_owner_of_its_task(cast: Cast) -> None:
    customer = client(cast.ana, cast.iberia)
    task = Task.objects.create(
        customer=customer, title="Send the offer", due_on=NOW.date(), promised=True, owner=cast.bruno
    )
    made = alert(customer, Family.PROMISE, subject_key=f"task:{task.pk}")
    assert recipients(event(made, EventKind.OPENED), NOW) == [cast.bruno]


def test_it_tells_the_new_owner_unless_they_took_it_themselves(cast: Cast) -> None:
    made = alert(client(cast.bruno, cast.iberia), Family.CALL_BACK)
    assert recipients(event(made, EventKind.REASSIGNED, actor=cast.carla), NOW) == [cast.bruno]
    assert recipients_of([event(made, EventKind.REASSIGNED, actor=cast.bruno)], NOW)[0].why == OWN_DOING


def test_it_tells_a_reopening_to_owner_and_rung(cast: Cast) -> None:
    made = alert(client(cast.ana, cast.iberia), rung=Rung.SUPERVISOR)
    assert recipients(event(made, EventKind.REOPENED), NOW) == [cast.ana, cast.carla]


def test_it_tells_real_people_nothing_of_demo_clients(cast: Cast) -> None:
    assert recipients(silence(None, cast.iberia, is_demo=True), NOW) == []


def test_it_tells_no_administrator_who_has_left(cast: Cast) -> None:
    cast.eva.is_active = False
    cast.eva.save()
    assert recipients(silence(None, cast.default), NOW) == []


def test_it_names_the_people_of_a_queue(cast: Cast) -> None:
    assert queue_people(cast.iberia.pk, NOW) == [cast.carla]
    assert queue_people(cast.default.pk, NOW) == [cast.eva]


def test_it_asks_as_much_for_many_events_as_for_one(cast: Cast) -> None:
    events = [silence(cast.ana, cast.iberia, f"Client {n}") for n in range(6)]
    events += [event(alert(client(None, cast.andes)), EventKind.CLIMBED, rung=2) for _n in range(6)]
    many = list(AlertEvent.objects.filter(pk__in=[one.pk for one in events]).select_related("alert__customer"))
    with CaptureQueriesContext(connection) as asked:
        recipients_of(many, NOW)
    # primary teams, supervisors, administrators, absences, who is at work, people, told below
    assert len(asked) <= 7
