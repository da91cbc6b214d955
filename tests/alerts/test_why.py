"""Why somebody got a mail: whose the client was then, whom they covered, what they supervise, and when it may go."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Absence, User
from alerts.budget import new_delivery
from alerts.choices import EventKind, Purpose, Rung
from alerts.mail.why import items_of, why_of
from alerts.models import Delivery, DeliveryItem
from crm.models import Customer
from tests.alerts.mail_stage import NOW, alert, client, days, event, silence
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def mail(to: User, *events: Any, purpose: str = Purpose.SINGLE, at: dt.datetime = NOW) -> Delivery:
    made = new_delivery(to, purpose, at, now=NOW)
    made.save()
    DeliveryItem.objects.bulk_create(DeliveryItem(delivery=made, event=one, recipient=to) for one in events)
    return made


def lines(made: Delivery) -> str:
    return "\n".join(why_of(made, items_of(made), NOW).lines)


def test_the_owner_of_then_is_named_not_the_one_of_now(cast: Cast) -> None:
    told = silence(cast.ana, cast.iberia)
    customer = told.alert.customer
    Customer.history.filter(id=customer.pk).update(history_date=NOW - days(9))
    made = mail(cast.ana, told)
    customer.owner = cast.bruno
    customer.save()
    Customer.history.filter(id=customer.pk, owner=cast.bruno.pk).update(history_date=NOW + days(1))
    assert lines(made).endswith("their turn came; the client is with Ana Torres.")


def test_a_cover_reads_for_whom(cast: Cast) -> None:
    told = silence(cast.ana, cast.iberia)
    Absence.objects.create(user=cast.ana, cover=cast.bruno, starts_at=NOW - days(1), ends_at=NOW + days(1))
    assert "Bruno Sanz covers for Ana Torres" in lines(mail(cast.bruno, told))


def test_without_a_cover_it_is_the_queues(cast: Cast) -> None:
    told = silence(cast.ana, cast.iberia)
    Absence.objects.create(user=cast.ana, cover=None, starts_at=NOW - days(1), ends_at=NOW + days(1))
    assert "Ana Torres is away without cover, and Carla Núñez answers for the queue" in lines(mail(cast.carla, told))


def test_a_climb_says_whose_team(cast: Cast) -> None:
    told = event(alert(client(cast.ana, cast.iberia), rung=2), EventKind.CLIMBED, rung=Rung.SUPERVISOR)
    said = lines(mail(cast.carla, told))
    assert "nobody reached them in time, so it climbed; Carla Núñez supervises the team of Ana Torres." in said


def test_what_was_left_out_says_why(cast: Cast) -> None:
    made = mail(cast.ana, silence(cast.ana, cast.iberia))
    DeliveryItem.objects.update(withheld="snoozed in the meantime")
    assert "Left out: it was snoozed in the meantime." in lines(made)


def test_it_says_that_it_waited_for_the_hours(cast: Cast) -> None:
    made = mail(cast.ana, silence(cast.ana, cast.iberia), at=NOW + dt.timedelta(hours=23))
    window = why_of(made, items_of(made), NOW).window
    assert "This one waited for them: it goes tomorrow at 09:00." in window


def test_a_list_beyond_the_days_mails_says_so(cast: Cast) -> None:
    told = silence(cast.ana, cast.iberia)
    for _number in range(5):
        mail(cast.ana)
    sixth = mail(cast.ana, told, purpose=Purpose.LIST)
    more = "More than 5 mails of a day come as one list an hour."
    assert more in why_of(sixth, items_of(sixth), NOW).window
    assert more not in why_of(Delivery.objects.earliest("pk"), [], NOW).window
