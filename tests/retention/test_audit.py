"""The nightly audit mends each clause of rule 1, names it once, and finds nothing the second time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from alerts.models import Alert, Deadline
from alerts.sweep import detect
from crm.choices import Outcome
from crm.events import Change, facts_changed
from crm.log import Entry, log_interaction
from crm.models import Clock, Customer
from retention.audit import CLAUSES, audit
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def sql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def archive_behind_its_back() -> None:
    sql("UPDATE crm_customer SET archived_at = added_at")
    sql("UPDATE crm_clock SET active = false")


BREAKS: dict[str, Callable[[], None]] = {
    "no policy for everybody": lambda: sql("UPDATE retention_attentionpolicy SET current = false"),
    "no owner and no team": lambda: sql("UPDATE crm_customer SET owner_id = NULL, team_id = NULL"),
    "the owner has left": lambda: sql("UPDATE accounts_user SET is_active = false WHERE email LIKE 'ana@%'"),
    "no clock": lambda: sql("DELETE FROM crm_clock"),
    "the clock has another owner or team": lambda: sql("UPDATE crm_clock SET owner_id = NULL"),
    "the clock has other facts": lambda: sql("UPDATE crm_clock SET last_attention_id = NULL"),
    "nothing is owed": lambda: sql(
        "UPDATE alerts_deadline SET cancelled_at = created_at, wake_at = NULL, alert_id = NULL WHERE met_at IS NULL"
    ),
    "owed to one who is not served": lambda: archive_behind_its_back(),
    "the clock shows another due": lambda: sql("UPDATE crm_clock SET due_at = NULL"),
    "a deadline that nothing wakes": lambda: sql(
        "UPDATE alerts_deadline SET wake_at = NULL, opened_at = NULL, alert_id = NULL"
    ),
    "an opened deadline in no alert": lambda: sql("UPDATE alerts_deadline SET alert_id = NULL"),
    "an alert about nothing": lambda: sql(
        "UPDATE alerts_deadline SET opened_at = NULL, alert_id = NULL, wake_at = due_at"
    ),
}


@pytest.fixture
def solis(cast: Cast) -> Customer:
    """Overdue since weeks, with an open alert."""
    added = NOW - dt.timedelta(days=90)
    customer = Customer.objects.create(name="Ferretería Solís", owner=cast.ana, team=cast.iberia, added_at=added)
    facts_changed(Customer.objects.filter(pk=customer.pk), change=Change("person"), now=added)
    entry = Entry(customer=customer, outcome=Outcome.REACHED, at=added + dt.timedelta(days=1))
    log_interaction(entry, actor=cast.ana, now=entry.at)
    detect(NOW)
    return customer


def holds(customer: Customer) -> bool:
    clock = Clock.objects.get(pk=customer.pk)
    part = Deadline.objects.open().get(customer=customer)
    return clock.due_at == part.due_at and clock.last_attention_at is not None and part.alert is not None


def test_every_clause_is_tested() -> None:
    assert set(BREAKS) == {clause.name for clause in CLAUSES}


def test_a_sound_house_has_no_findings(solis: Customer) -> None:
    assert audit(NOW) == []


@pytest.mark.parametrize("name", BREAKS)
def test_it_mends_and_names_what_is_broken(solis: Customer, name: str) -> None:
    BREAKS[name]()

    named = [finding.clause for finding in audit(NOW)]

    assert named.count(name) == 1
    assert audit(NOW) == []


@pytest.mark.parametrize("name", [name for name in BREAKS if name != "owed to one who is not served"])
def test_after_it_the_client_is_watched_again(solis: Customer, name: str) -> None:
    BREAKS[name]()
    audit(NOW)
    detect(NOW)

    assert holds(solis)
    assert Alert.objects.open().get().customer == solis


def test_whose_clients_were_put_into_the_queue_stands_in_their_history(cast: Cast) -> None:
    customer = Customer.objects.create(name="A", owner=cast.ana, team=cast.iberia, added_at=NOW)
    facts_changed(Customer.objects.one(customer.pk), change=Change("person"), now=NOW)
    BREAKS["the owner has left"]()

    audit(NOW)

    assert [one.owner_id for one in customer.history.order_by("history_id")] == [cast.ana.pk, None]
