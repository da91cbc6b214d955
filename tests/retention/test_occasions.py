"""Birthdays and anniversaries of the week: on Today and on the page of the client, with a click to log or plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from crm.archive import archive
from crm.models import Contact, Customer
from crm.month_day import keys_of
from crm.occasions import week_of
from retention.today_occasions import occasions_of
from tests.cast import Cast
from tests.portfolio import NOW, client_of, person_at


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia, client_since=dt.date(2019, 11, 26))


def born(customer: Customer, name: str, day: str, **fields: object) -> Contact:
    contact = person_at(customer, name)
    Contact.objects.filter(pk=contact.pk).update(birthday=dt.date.fromisoformat(day), **fields)
    return Contact.objects.get(pk=contact.pk)


def told(user: User) -> list[tuple[str, str]]:
    return [(one.day, one.words) for one in occasions_of(user, NOW)]


@pytest.mark.parametrize(
    ("day", "keys"),
    [("2026-02-28", [228, 229]), ("2028-02-28", [228]), ("2028-02-29", [229]), ("2027-03-01", [301])],
)
def test_a_leap_day_is_kept_every_year_once(day: str, keys: list[int]) -> None:
    assert keys_of(dt.date.fromisoformat(day)) == keys


def test_the_week_goes_over_the_year() -> None:
    week = week_of(dt.date(2026, 12, 29))
    assert week[1229] == dt.date(2026, 12, 29)
    assert week[104] == dt.date(2027, 1, 4)
    assert len(week) == 7


def test_the_number_of_a_date_is_the_databases(cast: Cast, solis: Customer) -> None:
    assert born(solis, "Julián", "1972-02-29").birthday_key == 229
    assert Customer.objects.get(pk=solis.pk).since_key == 1126


def test_those_of_the_week_soonest_first(cast: Cast, solis: Customer) -> None:
    born(solis, "Julián", "1971-11-24")
    born(solis, "Marta", "1980-11-30")
    born(solis, "Luis", "1980-12-01")
    born(solis, "Rosa", "1980-11-23")
    assert told(cast.ana) == [
        ("today", "Birthday of Julián"), ("Thursday", "7 years with us"), ("Monday", "Birthday of Marta"),
    ]  # fmt: skip
    assert told(cast.bruno) == []


def test_who_left_and_who_is_not_served_is_let_be(cast: Cast, solis: Customer) -> None:
    born(solis, "Julián", "1971-11-24", left_on=NOW.date())
    born(solis, "Marta", "1971-11-24", archived_at=NOW)
    new = client_of(cast.ana, "Taller", cast.iberia, client_since=dt.date(2026, 11, 25))
    born(new, "Rosa", "1990-11-25")
    assert told(cast.ana) == [("tomorrow", "Birthday of Rosa"), ("Thursday", "7 years with us")]
    for customer in (solis, new):
        archive(customer, actor=cast.ana, now=NOW)
    assert told(cast.ana) == []


def test_one_click_logs_or_plans(cast: Cast, solis: Customer) -> None:
    born(solis, "Julián", "1971-11-25")
    client = Client()
    client.force_login(cast.ana)
    page = client.get("/").content.decode()
    assert "Birthday of Julián" in page
    one = occasions_of(cast.ana, NOW)[0]
    assert "Wished Julián a happy birthday." in client.get(one.log_url).content.decode()
    form = client.get(one.plan_url).content.decode()
    assert "Wish Julián a happy birthday" in form
    assert "2026-11-25" in form
    shown = client.get(f"/customers/{solis.pk}/").content.decode()
    assert "Birthday of Julián, tomorrow" in " ".join(shown.split())
    assert "7 years with us, Thursday" in " ".join(shown.split())
