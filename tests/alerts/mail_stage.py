"""Clients with an open alert, made by hand: what the mails of these tests are about."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from accounts.models import Team, User
from alerts.choices import EventKind, Family, Kind, Rung
from alerts.models import Alert, AlertEvent, Deadline
from crm.choices import Unit
from crm.models import Clock, Contact, ContactPoint, Customer, Interaction, Segment

#: A Tuesday, 10:00 in Madrid.
NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
#: Saturday before it, 12:00 in Madrid.
SATURDAY = dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def days(n: float) -> dt.timedelta:
    return dt.timedelta(days=n)


def client(owner: User | None, team: Team, name: str = "Ferretería Solís", **fields: Any) -> Customer:
    """A client last called 41 days ago, promised a contact every 30."""
    segment, _made = Segment.objects.get_or_create(name="B")
    customer = Customer.objects.create(
        name=name, owner=owner, team=team, segment=segment, added_on=NOW.date() - days(900), country="ES", **fields
    )
    person = Contact.objects.create(customer=customer, name="Julián Solís", role="owner", influence="decides")
    ContactPoint.objects.create(customer=customer, contact=person, kind="phone", value="+34954550188")
    last = Interaction.objects.create(
        customer=customer, channel="call", direction="out", outcome="reached", at=NOW - days(41), by=owner,
        summary="Late delivery last week made them lose a customer.", counts_as="attention",
        counts_at=NOW - days(41), local_date=(NOW - days(41)).date(),
    )  # fmt: skip
    Clock.objects.create(
        customer=customer, calendar=team.calendar, owner=owner, team=team, segment=segment,
        last_attention=last, last_attention_at=last.at, last_attention_on=last.local_date, last_attention_by=owner,
        anchor_at=NOW - days(41), soon_at=NOW - days(17), due_at=NOW - days(11), due_kind=Kind.ATTENTION,
        due_source="segment", due_amount=30, due_unit=Unit.CALENDAR_DAYS,
    )  # fmt: skip
    return customer


def alert(customer: Customer, family: str = Family.SILENCE, *, rung: int = Rung.OWNER, **fields: Any) -> Alert:
    """An open, admitted alert of a client, with its one part."""
    kind = Kind.ATTENTION if family == Family.SILENCE else Kind(family)
    due = fields.pop("due_at", NOW - days(11))
    # A call back opens its alert before it is due (W2).
    opened = min(due, NOW)
    key = fields.pop("subject_key", f"customer:{customer.pk}")
    made = Alert.objects.create(
        family=family, subject_key=key, customer=customer, rung=rung, rung_at=opened, opened_at=opened,
        admitted_at=opened, oldest_due_at=due, oldest_kind=kind, **fields,
    )  # fmt: skip
    Deadline.objects.create(
        kind=kind, subject_key=key, subject_id=customer.pk, customer=customer, calendar=customer.clock.calendar,
        amount=4, unit=Unit.WORKING_HOURS if kind == Kind.CALL_BACK else Unit.CALENDAR_DAYS, source="segment",
        anchor_at=due - days(30), anchor_date=(due - days(30)).date(), soon_at=due - days(6), due_at=due,
        opens_at=opened, opened_at=opened, alert=made,
    )  # fmt: skip
    return made


def event(of: Alert, kind: str = EventKind.ADMITTED, *, rung: int = Rung.OWNER, **fields: Any) -> AlertEvent:
    """Something to tell about an alert."""
    return AlertEvent.objects.create(alert=of, kind=kind, at=NOW, rung=rung, tell=True, **fields)


def silence(owner: User | None, team: Team, name: str = "Ferretería Solís", **fields: Any) -> AlertEvent:
    """The admission of a silence, to be told."""
    return event(alert(client(owner, team, name, **fields)))


def call_back(owner: User | None, team: Team, name: str = "Clínica Mirador", *, due_in: float = 2) -> AlertEvent:
    """A call back that opened, due in so many hours, to be told."""
    due = NOW + dt.timedelta(hours=due_in)
    return event(alert(client(owner, team, name), Family.CALL_BACK, due_at=due), EventKind.OPENED)
