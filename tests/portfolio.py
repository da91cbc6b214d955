"""Clients for tests of pages, built through the product's own functions; times are Madrid's."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Team, User
from crm.choices import Outcome
from crm.events import Change, facts_changed
from crm.forms.interaction import InteractionForm, Mending
from crm.log import Entry, log_interaction
from crm.models import Clock, Contact, ContactPoint, Customer, Interaction
from crm.search import reindex
from crm.stale import base_of

MADRID = ZoneInfo("Europe/Madrid")
#: Where the tests of pages stand: a Tuesday morning.
NOW = dt.datetime(2026, 11, 24, 9, 12, tzinfo=MADRID)


def at(text: str, year: int = 2026) -> dt.datetime:
    """An instant in Madrid: '11-24 10:30'."""
    return dt.datetime.strptime(f"{year}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=MADRID)


def client_of(
    owner: User | None, name: str, team: Team | None, *, added: str = "09-01 10:00", phone: str = "", **fields: Any
) -> Customer:
    """A client of `owner` with clock, deadlines and search text."""
    added_at = at(added)
    customer = Customer.objects.create(
        name=name, owner=owner, team=team, added_at=added_at, added_on=added_at.date(), **fields
    )
    if phone:
        ContactPoint.objects.create(customer=customer, kind="phone", value=phone)
    tell(customer, added_at)
    reindex([customer.pk])
    return customer


def person_at(customer: Customer, name: str, phone: str = "") -> Contact:
    contact = Contact.objects.create(customer=customer, name=name)
    if phone:
        ContactPoint.objects.create(customer=customer, contact=contact, kind="phone", value=phone)
    reindex([customer.pk])
    return contact


def tell(customer: Customer, now: dt.datetime) -> None:
    """Bring the client's clock and deadlines up to its rows."""
    facts_changed(Customer.objects.filter(pk=customer.pk), change=Change(cause="person"), now=now)


def logged(customer: Customer, by: User, when: str, outcome: str = Outcome.REACHED, **fields: Any) -> Interaction:
    """A contact logged by `by` as it happened."""
    entry = Entry(customer=customer, outcome=outcome, at=at(when), **fields)
    return log_interaction(entry, actor=by, now=at(when)).interaction


def base_of_call(call: Interaction, reader: User) -> str:
    """What the form that changes a contact made sends along: the row as `reader` has it before their eyes."""
    people = Contact.objects.filter(customer=call.customer_id, archived_at=None)
    row = Interaction.objects.get(pk=call.pk)
    return base_of(InteractionForm(mending=Mending(row, reader, people)), row)


def entry_of(call: Interaction, **fields: Any) -> Entry:
    """A contact made as it would be entered, with other `fields`."""
    said = {name: getattr(call, name) for name in ("customer", "outcome", "at", "channel", "direction", "summary")}
    return Entry(**(said | fields))


def clock_of(customer: Customer) -> Clock:
    return Clock.objects.select_related("calendar", "customer").get(pk=customer.pk)
