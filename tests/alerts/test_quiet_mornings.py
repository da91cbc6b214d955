"""Mornings with nothing to say are held together; whoever has one line to read has a morning of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Absence, Team, User
from alerts.admission import admit_due
from alerts.models import Delivery, Morning
from alerts.mornings import ensure_mornings
from alerts.reassign import reassign
from crm.models import Customer, Task
from tests.alerts.rows import alert, at, client
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MONDAY = at("11-16 08:00")


def hold(now: dt.datetime = MONDAY) -> list[User | Team]:
    """Hold the mornings that are due; returns whose were held by themselves."""
    own: list[User | Team] = []
    admit_due(now, plan=lambda morning, _admitted, _now: own.append(morning.user or morning.team))  # type: ignore[arg-type]
    return own


@pytest.fixture(autouse=True)
def mornings(cast: Cast) -> None:
    ensure_mornings(at("11-14 12:00"))


def test_an_idle_firm_costs_the_same_for_two_and_for_sixty(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as few:
        assert hold() == []
    people = [User(email=f"p{n}@example.com", name=f"P {n}", first_signed_in_at=MONDAY) for n in range(60)]
    User.objects.bulk_create(people)
    Morning.objects.all().delete()
    ensure_mornings(at("11-16 12:00"))
    with CaptureQueriesContext(connection) as many:
        assert hold(at("11-17 08:00")) == []

    assert len(many) <= len(few) <= 30, [query["sql"] for query in few]
    assert not Morning.objects.exclude(last_on=dt.date(2026, 11, 17)).filter(next_at__lte=at("11-17 08:00")).exists()
    assert Morning.objects.get(user=people[0]).next_at > at("11-17 12:00")


def promise(owner: User, customer: Customer) -> None:
    Task.objects.create(customer=customer, owner=owner, title="Call", promised=True, due_on=dt.date(2026, 11, 16))


def a_silence(cast: Cast) -> None:
    alert(client(cast.ana, cast.iberia, "Solís"), "11-12 18:00")


def a_promise(cast: Cast) -> None:
    promise(cast.ana, client(cast.ana, cast.iberia, "Solís"))


def a_promise_of_a_colleague_away(cast: Cast) -> None:
    Absence.objects.create(user=cast.bruno, cover=cast.ana, starts_at=at("11-13 08:00"), ends_at=at("11-20 08:00"))
    promise(cast.bruno, client(cast.bruno, cast.iberia, "Solís"))


def a_client_handed_over(cast: Cast) -> None:
    handed = client(cast.bruno, cast.iberia, "Solís")
    with transaction.atomic():
        reassign(Customer.objects.filter(pk=handed.pk), owner=cast.ana, actor=cast.eva, now=at("11-15 10:00"))


def a_mail_begun(cast: Cast) -> None:
    Delivery.objects.create(
        to_user=cast.ana,
        purpose="morning",
        key=f"morning:{cast.ana.pk}:next",
        window_at=MONDAY,
        next_try_at=dt.datetime(9000, 1, 1, tzinfo=dt.UTC),
    )


@pytest.mark.parametrize(
    "news", [a_silence, a_promise, a_promise_of_a_colleague_away, a_client_handed_over, a_mail_begun]
)
def test_whoever_has_something_to_read_has_a_morning_of_their_own(cast: Cast, news: Callable[[Cast], None]) -> None:
    news(cast)

    own = hold()
    assert cast.ana in own
    assert cast.diego not in own


def test_a_supervisor_reads_that_many_wait_with_somebody_else(cast: Cast) -> None:
    for number in range(11):
        waits = alert(client(cast.ana, cast.iberia, f"C {number}"), "11-12 18:00")
        waits.passed_over_at = at("11-13 08:00")
        waits.save()
    Morning.objects.filter(user=cast.ana).update(next_at=at("11-16 12:00"))

    assert cast.carla in hold()


def test_a_queue_with_somebody_waiting_has_its_morning(cast: Cast) -> None:
    alert(client(None, cast.iberia, "Solís"), "11-12 18:00")

    assert cast.iberia in hold()


def test_whoever_is_gone_has_no_morning_any_more(cast: Cast) -> None:
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)

    hold()

    assert not Morning.objects.filter(user=cast.bruno).exists()
