"""W8: somebody who decides or influences has heard nothing for twice the maximum; against a slow walk over days."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import CalendarDay
from crm.choices import Unit
from crm.listing import Listing, View
from crm.log import Entry, delete_interaction, edit_interaction, log_interaction, undo_interaction
from crm.models import Contact, Customer
from crm.profile import set_left
from retention import quiet
from retention.models import AttentionPolicy
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, entry_of, logged, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia, added="03-01 10:00")


def somebody(customer: Customer, name: str = "Julián Solís", **fields: Any) -> Contact:
    contact = person_at(customer, name)
    Contact.objects.filter(pk=contact.pk).update(**({"influence": "decides"} | fields))
    return Contact.objects.get(pk=contact.pk)


def is_quiet(contact: Contact) -> bool:
    return Contact.objects.get(pk=contact.pk).is_quiet(NOW)


def listed(cast: Cast) -> list[str]:
    rows = Listing(View(marks=("quiet",)), cast.ana, NOW).rows.select_related("customer")
    return [row.customer.name for row in rows]


def test_twice_the_maximum_is_quiet(cast: Cast, solis: Customer) -> None:
    julian, marta = somebody(solis), somebody(solis, "Marta Gil", influence="uses")
    logged(solis, cast.ana, "09-01 11:00", participants=[julian, marta])
    quiet.refresh(NOW)
    assert is_quiet(julian)
    assert not is_quiet(marta)
    assert listed(cast) == ["Ferretería Solís"]
    client = Client()
    client.force_login(cast.ana)
    assert "Julián Solís has gone quiet" in client.get(f"/customers/{solis.pk}/").content.decode()

    set_left(julian, NOW.date())
    assert (is_quiet(julian), listed(cast)) == (False, [])
    set_left(julian, None)
    call = logged(solis, cast.ana, "11-24 09:05", participants=[julian])
    assert (is_quiet(julian), listed(cast)) == (False, [])
    assert undo_interaction(call, actor=cast.ana, now=NOW)
    assert (is_quiet(julian), listed(cast)) == (True, ["Ferretería Solís"])


def test_an_edit_moves_what_they_heard(cast: Cast, solis: Customer) -> None:
    julian, marta = somebody(solis), somebody(solis, "Marta Gil")
    logged(solis, cast.ana, "08-01 11:00", participants=[julian, marta])
    call = logged(solis, cast.ana, "11-20 11:00", participants=[julian])
    quiet.refresh(NOW)
    assert (is_quiet(julian), is_quiet(marta)) == (False, True)
    edit_interaction(call, entry_of(call, participants=[marta]), actor=cast.ana, now=NOW)
    assert (is_quiet(julian), is_quiet(marta)) == (True, False)
    delete_interaction(call, actor=cast.ana, now=NOW)
    assert (is_quiet(julian), is_quiet(marta)) == (True, True)


def test_what_is_logged_late_is_dated_at_once(cast: Cast, solis: Customer) -> None:
    julian = somebody(solis)
    entry = Entry(customer=solis, outcome="reached", at=at("08-01 11:00"), participants=[julian])
    log_interaction(entry, actor=cast.ana, now=NOW)
    assert is_quiet(julian)


def test_each_night_all_are_as_a_walk_over_days_says(cast: Cast) -> None:
    """Promises in days and working days, own and everybody's, no maximum at all; every contact by itself."""
    rng = random.Random(5)
    everybody = AttentionPolicy.objects.get(current=True, customer=None, segment=None)
    people: list[tuple[Contact, int, str]] = []
    for number in range(18):
        customer = client_of(cast.ana, f"Taller {number}", cast.iberia, added="03-01 10:00")
        amount, unit = everybody.attention_amount, everybody.attention_unit
        if number % 3:
            amount, unit = rng.choice((7, 15, 21)), rng.choice((Unit.WORKING_DAYS, Unit.CALENDAR_DAYS))
            AttentionPolicy.objects.create(
                customer=customer, current=True, attention_amount=amount, attention_unit=unit, valid_from=NOW,
                welcome_days=5, grace_days=0,
            )  # fmt: skip
        for name in ("Ana", "Luis"):
            heard = NOW - dt.timedelta(days=rng.randrange(1, 120), hours=rng.randrange(12))
            fields: dict[str, Any] = {
                "influence": rng.choice(("decides", "influences", "uses", "")),
                "last_attention_at": heard,
            }
            if rng.random() < 0.15:
                fields["left_on"] = NOW.date()
            people.append((somebody(customer, name, **fields), amount, unit))
    quiet.refresh(NOW)
    assert quiet.refresh(NOW) == 0
    found = [is_quiet(contact) for contact, _amount, _unit in people]
    assert found == [walk(contact, amount, unit, cast) for contact, amount, unit in people]
    assert {True, False} == set(found)
    assert len(listed(cast)) == len(
        {one.customer_id for (one, _a, _u), said in zip(people, found, strict=True) if said}
    )


def walk(contact: Contact, amount: int, unit: str, cast: Cast) -> bool:
    """Day by day: count those of the promise until twice as many have passed, then ask whether that day has closed."""
    if contact.left_on or contact.influence not in ("decides", "influences"):
        return False
    assert contact.last_attention_at is not None
    day = contact.last_attention_at.astimezone(cast.madrid.tz).date()
    days = {row.date: row for row in CalendarDay.objects.filter(calendar=cast.madrid, date__gte=day)}
    counted = 0
    while counted < 2 * amount:
        day += dt.timedelta(days=1)
        counted += unit == Unit.CALENDAR_DAYS or days[day].is_open
    return days[day].closes_at <= NOW
