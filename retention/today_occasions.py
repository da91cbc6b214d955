"""Birthdays and anniversaries of the week among the clients that one acts for."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from crm.models import Contact, Customer
from crm.occasions import Occasion, occasions_in, week_of

#: Shown at most.
MOST = 12


def occasions_of(user: User, now: dt.datetime) -> list[Occasion]:
    """Return those of today and the six days after, of clients that are served and people who are there. 2 queries."""
    today = now.astimezone(user.zone).date()
    keys, owners = list(week_of(today)), user.acting_for_ids
    people = Contact.objects.filter(
        customer__clock__owner__in=owners,
        customer__clock__active=True,
        birthday_key__in=keys,
        left_on=None,
        archived_at=None,
    ).select_related("customer")
    customers = Customer.objects.active().filter(owner__in=owners, since_key__in=keys)
    return occasions_in(people, customers, today, most=MOST)
