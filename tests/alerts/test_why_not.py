"""Why somebody did not hear about a client: each reason from the rows, and nothing about strangers' clients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import Absence, User
from alerts.budget import new_delivery
from alerts.choices import DeliveryState, EventKind, Family, Purpose, Rung
from alerts.mail.why_not import search
from alerts.models import Alert, Delivery, DeliveryItem
from crm.search import reindex
from tests.alerts.mail_stage import NOW, alert, client, days, event
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def silent(cast: Cast) -> Alert:
    made = alert(client(cast.ana, cast.iberia))
    reindex([made.customer_id])
    return made


def heard(reader: User) -> dict[str, str]:
    clients = search("solis", User.objects.get(pk=reader.pk), NOW)
    return {one.name: one.words for found in clients for about in found.alerts for one in about.heard}


def mail(to: User, of: Alert, kind: str = EventKind.ADMITTED, **fields: object) -> DeliveryItem:
    delivery = new_delivery(to, Purpose.MORNING, NOW, now=NOW)
    for name, value in fields.items():
        setattr(delivery, name, value)
    delivery.save()
    return DeliveryItem.objects.create(delivery=delivery, event=event(of, kind), recipient=to)


def test_who_was_told_and_who_comes_later(cast: Cast, silent: Alert) -> None:
    mail(cast.ana, silent, state=DeliveryState.SENT, settled_at=NOW)
    Alert.objects.update(reached_at=NOW)
    said = heard(cast.ana)
    assert said["Ana Torres"] == "Told today at 10:00, in the morning mail."
    assert said["Carla Núñez"] == "Not yet: it has not climbed that far. Friday 09:00: Carla is told."
    assert said["Eva Molina"] == "Not yet: it has not climbed that far."
    assert "Diego Rojas" not in said


def test_it_waits_its_turn(cast: Cast, silent: Alert) -> None:
    Alert.objects.update(admitted_at=None, rung=Rung.NOBODY, passed_over_at=NOW - days(1))
    assert heard(cast.ana)["Ana Torres"].startswith("Not yet: only so many silences are told a morning")


def test_it_is_paused_or_accepted(cast: Cast, silent: Alert) -> None:
    Alert.objects.update(snoozed_until=NOW + days(1))
    assert heard(cast.ana)["Ana Torres"] == "Not told: it is paused until tomorrow 10:00."
    Alert.objects.update(snoozed_until=None, dismissed_until=NOW + days(3))
    assert heard(cast.ana)["Ana Torres"] == "Not told: it was accepted until Friday 10:00."


def test_it_waits_for_their_hours(cast: Cast, silent: Alert) -> None:
    item = mail(cast.ana, silent, window_at=NOW + dt.timedelta(hours=22))
    assert heard(cast.ana)["Ana Torres"] == "Not yet: it comes with their morning mail, tomorrow at 08:00."
    Delivery.objects.filter(pk=item.delivery_id).update(purpose=Purpose.SINGLE)
    assert heard(cast.ana)["Ana Torres"] == "Not yet: the mail goes tomorrow at 08:00, in their hours."


def test_it_was_withheld_or_refused(cast: Cast, silent: Alert) -> None:
    item = mail(cast.ana, silent, state=DeliveryState.WITHHELD, settled_at=NOW)
    DeliveryItem.objects.update(withheld="snoozed in the meantime")
    assert heard(cast.ana)["Ana Torres"] == "Not told today at 10:00: it was snoozed in the meantime."
    DeliveryItem.objects.update(withheld="")
    Delivery.objects.filter(pk=item.delivery_id).update(state="refused", reason="refused by their server")
    assert heard(cast.ana)["Ana Torres"] == "A mail went today at 10:00, and their mail server refused it."


def test_it_was_folded_into_a_list(cast: Cast, silent: Alert) -> None:
    mail(cast.ana, silent, purpose=Purpose.LIST, state=DeliveryState.SENT, settled_at=NOW)
    assert heard(cast.ana)["Ana Torres"] == "Told today at 10:00, in one mail with other clients."


def test_the_owner_is_away(cast: Cast, silent: Alert) -> None:
    Absence.objects.create(user=cast.ana, cover=cast.bruno, starts_at=NOW - days(1), ends_at=NOW + days(2))
    assert heard(cast.carla)["Ana Torres"].startswith("Not told: away until Thursday 10:00")


def test_administrators_read_silences_in_their_week(cast: Cast, silent: Alert) -> None:
    Alert.objects.update(rung=Rung.ADMINISTRATORS, rung_at=NOW - days(1))
    assert heard(cast.eva)["Eva Molina"] == "Not yet: administrators read it in their next weekly mail."
    made = new_delivery(cast.eva, Purpose.WEEKLY, NOW, now=NOW)
    made.state = DeliveryState.SENT
    made.save()
    assert heard(cast.eva)["Eva Molina"] == "Told today at 10:00, in the weekly mail."


def test_nothing_is_due_yet(cast: Cast, silent: Alert) -> None:
    Alert.objects.update(closed_at=NOW, close_reason="attended")
    customer = silent.customer
    type(customer.clock).objects.update(due_at=NOW + days(3), soon_at=NOW + days(1))
    (found,) = search("solis", User.objects.get(pk=cast.ana.pk), NOW)
    assert found.words == "Nobody is told of a silence yet: the next contact is due on Friday at 10:00."
    assert heard(cast.ana)["Ana Torres"] == "Not told: it ended before it came to them."


def test_strangers_find_nothing_and_mails_of_others_stay_shut(cast: Cast, silent: Alert, client: Client) -> None:
    item = mail(cast.ana, silent, state=DeliveryState.SENT, settled_at=NOW)
    mail_page = f"/sent-mail/{item.delivery_id}/"
    for user, sees, opens in ((cast.diego, False, False), (cast.carla, True, False), (cast.eva, True, True)):
        client.force_login(user)
        page = client.get("/sent-mail/?client=solis").content.decode()
        assert ("Ferretería Solís" in page) is sees
        assert (f'href="{mail_page}">Told' in page) is opens


def test_call_backs_are_told_apart(cast: Cast) -> None:
    made = alert(client(cast.ana, cast.iberia), Family.CALL_BACK, due_at=NOW + dt.timedelta(hours=2))
    reindex([made.customer_id])
    assert heard(cast.ana)["Carla Núñez"].startswith("Not yet: it has not climbed that far.")
