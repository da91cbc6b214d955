"""An address that takes no mail for good: marked at its person, and told to who can have it mended (M3)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import Membership, User
from alerts.budget import hours_of, new_delivery
from alerts.choices import Purpose
from alerts.models import Delivery
from alerts.recipients import queue_people


@transaction.atomic
def address_refused(user: User, now: dt.datetime) -> None:
    """Mark the person's address; the first time, plan a mail to their supervisors, else to the administrators.

    One whose own address is refused too is not among them. Twice is as good as once.
    """
    known = User.objects.filter(pk=user.pk, address_refused_at__isnull=True)
    if not known.update(address_refused_at=now):
        return
    team = Membership.objects.filter(user=user, is_primary=True).values_list("team_id", flat=True).first()
    told = [one for one in queue_people(team, now, demo=user.is_demo) if _can_read(one, user)]
    if not told:
        told = [one for one in queue_people(None, now, demo=user.is_demo) if _can_read(one, user)]
    windows = hours_of([one.pk for one in told], now) if told else {}
    line = {"name": user.name or user.email, "address": user.email}
    mails = [new_delivery(one, Purpose.LIST, windows[one.pk], now=now) for one in told]
    for mail in mails:
        mail.data = {"refused": [line]}
    Delivery.objects.bulk_create(mails)


def _can_read(one: User, refused: User) -> bool:
    return one.pk != refused.pk and one.address_refused_at is None
