"""Alerts and deadlines written straight into their tables, for tests of what happens to them next."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from accounts.models import Team, User
from alerts.choices import FAMILY_OF, Family, Kind, Rung
from alerts.models import Alert, AlertEvent, Deadline
from crm.choices import CountsAs, Outcome, Unit
from crm.models import Clock, Customer, Interaction
from crm.scope import copy_scope

MADRID = zoneinfo.ZoneInfo("Europe/Madrid")


def at(text: str, zone: zoneinfo.ZoneInfo = MADRID) -> dt.datetime:
    """An instant of 2026: '11-24 10:30'."""
    return dt.datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def client(owner: User | None, team: Team | None, name: str = "Ferretería Solís", **fields: Any) -> Customer:
    """A customer with its clock, owed nothing yet."""
    customer = Customer.objects.create(name=name, owner=owner, team=team, added_at=at("01-08 10:00"), **fields)
    copy_scope(Customer.objects.filter(pk=customer.pk))
    return customer


def part(
    customer: Customer, due: str, kind: str = Kind.ATTENTION, *, anchor: str = "01-08 10:00", **fields: Any
) -> Deadline:
    """An open deadline of the customer that has opened; `amount` 30 calendar days unless said otherwise."""
    calendar = customer.clock.calendar
    given = {
        "subject_key": f"customer:{customer.pk}",
        "subject_id": customer.pk,
        "amount": 30,
        "unit": Unit.CALENDAR_DAYS,
        "source": "default",
        "opened_at": at(due),
        "breached_at": at(due),
    }
    return Deadline.objects.create(
        kind=kind,
        customer=customer,
        calendar=calendar,
        anchor_at=at(anchor),
        anchor_date=at(anchor).date(),
        soon_at=at(anchor),
        due_at=at(due),
        opens_at=at(due),
        **given | fields,
    )


def alert(
    customer: Customer, due: str, kind: str = Kind.ATTENTION, *, anchor: str = "01-08 10:00", **columns: Any
) -> Alert:
    """An open alert with one part, due then; the clock says so too. Columns are instants' texts or values."""
    given = {name: at(value) if isinstance(value, str) else value for name, value in columns.items()}
    opened = given.setdefault("opened_at", at(due))
    owed = part(customer, due, kind, anchor=anchor, opened_at=opened)
    made = Alert.objects.create(
        family=FAMILY_OF[Kind(kind)],
        subject_key=owed.subject_key,
        customer=customer,
        oldest_due_at=owed.due_at,
        oldest_kind=kind,
        **given,
    )
    Deadline.objects.filter(pk=owed.pk).update(alert=made)
    if made.family == Family.SILENCE:
        Clock.objects.filter(pk=customer.pk).update(anchor_at=owed.anchor_at, soon_at=owed.soon_at, due_at=owed.due_at)
    return made


def told(customer: Customer, due: str, *, reached: str, rung: int = Rung.OWNER, **columns: Any) -> Alert:
    """A silence that was admitted and told at the same instant."""
    return alert(customer, due, rung=rung, admitted_at=reached, rung_at=reached, reached_at=reached, **columns)


def call_back(customer: Customer, called: str, due: str, **columns: Any) -> Alert:
    """A call back, as the sweep opens it: admitted at once, with its owner."""
    given = {"rung": Rung.OWNER, "opened_at": called, "admitted_at": called, "rung_at": called}
    return alert(customer, due, Kind.CALL_BACK, anchor=called, **given | columns)


def attempt(customer: Customer, when: str, by: User) -> Interaction:
    """A call that nobody answered."""
    return Interaction.objects.create(
        customer=customer,
        outcome=Outcome.NO_ANSWER,
        at=at(when),
        counts_as=CountsAs.ATTEMPT,
        counts_at=at(when),
        local_date=at(when).date(),
        by=by,
        entered_by=by,
    )


def kinds(of: Alert) -> list[str]:
    """What happened to an alert, in order."""
    return [event.kind for event in AlertEvent.objects.filter(alert=of).order_by("pk")]


def wakes(of: Alert) -> dt.datetime | None:
    of.refresh_from_db()
    return of.wake_at
