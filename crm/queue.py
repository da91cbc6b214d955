"""The team's queue: clients without an owner, whom a member of the team takes, and may give back (A11)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import User
from crm.models import Customer
from crm.ownership import reassign

GIVE_BACK = dt.timedelta(minutes=10)


@transaction.atomic
def take(customer: Customer, *, actor: User, now: dt.datetime) -> bool:
    """Make `actor` the owner of a client who has none; the team stays. False when somebody was quicker."""
    free = Customer.objects.filter(pk=customer.pk, owner__isnull=True)
    if not free.select_for_update(no_key=True, of=("self",)).exists():
        return False
    reassign(Customer.objects.one(customer.pk), owner=actor, actor=actor, now=now, move_team=False)
    return True


@transaction.atomic
def give_back(customer: Customer, *, actor: User, now: dt.datetime) -> bool:
    """Put a client back whom `actor` took at most ten minutes ago; False for any other, and when changed since."""
    own = Customer.objects.filter(pk=customer.pk, owner=actor)
    if not own.select_for_update(no_key=True, of=("self",)).exists():
        return False
    last = list(Customer.history.filter(id=customer.pk).order_by("-history_id")[:2])
    if len(last) < 2 or last[1].owner_id is not None or last[0].history_user_id != actor.pk:
        return False
    if last[0].history_date <= now - GIVE_BACK:
        return False
    reassign(Customer.objects.one(customer.pk), owner=None, actor=actor, now=now, move_team=False)
    return True
