"""What one should know before calling: how they like to be treated, what to call them, what time it is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from crm.models import Contact, Customer
from crm.their_time import TheirTime, their_time


@dataclass(frozen=True)
class Manner:
    """How one person likes it: `called` as they like to be addressed, `hours` when they like to be called."""

    name: str
    called: str
    hours: str


@dataclass(frozen=True)
class BeforeCall:
    """The lines of `crm/_before_call.html`; false where there is nothing to say."""

    note: str
    manners: list[Manner]
    time: TheirTime | None

    def __bool__(self) -> bool:
        return bool(self.note or self.manners or self.time)


def before_call(customer: Customer, people: Iterable[Contact], *, reader: User, now: dt.datetime) -> BeforeCall:
    """Gather it for a reader who sees the whole customer. No query."""
    manners = [manner_of(contact) for contact in people if not contact.left_on]
    said = [manner for manner in manners if manner.called or manner.hours]
    return BeforeCall(customer.care_note, said, their_time(customer.time_zone, reader.zone, now))


def manner_of(contact: Contact) -> Manner:
    return Manner(contact.name, contact.addressed_as, contact.preferred_hours)


def sees_whole(user: User, customer: Customer) -> bool:
    """Whether `user` sees more of them than a colleague who may only call and log; `seen_by` for one row."""
    if user.is_administrator or customer.team_id in user.supervised_team_ids:
        return True
    if customer.owner_id is None:
        return customer.team_id in user.team_ids
    return customer.owner_id in user.sees_for_ids
