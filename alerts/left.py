"""Somebody works here no more: clients are in the queue, a colleague has no cover. Told to those concerned.

The queue's people are A11's; a mail of its own, in their hours, and once.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.acting import calendar_of
from accounts.models import Absence, Membership, User
from alerts.budget import hours_of, new_delivery
from alerts.choices import Purpose
from alerts.models import Delivery
from alerts.recipients import queue_people


@transaction.atomic
def tell_left(person: User, clients: int, *, key: str, actor: User | None, now: dt.datetime) -> None:
    """Plan a mail to the person's supervisors, else the administrators, but for who did it. Once for each `key`."""
    team = Membership.objects.filter(user=person, is_primary=True).values_list("team_id", flat=True).first()
    told = [one for one in queue_people(team, now, demo=person.is_demo) if one not in (actor, person)]
    keys = {f"{key}:{one.pk}": one for one in told}
    known = set(Delivery.objects.filter(key__in=keys).values_list("key", flat=True))
    windows = hours_of([one.pk for one in told], now) if told else {}
    mails = [
        new_delivery(one, Purpose.LIST, windows[one.pk], now=now, key=name)
        for name, one in keys.items()
        if name not in known
    ]
    for mail in mails:
        mail.data = {"left": [{"name": person.name or person.email, "clients": clients}]}
    Delivery.objects.bulk_create(mails)


@transaction.atomic
def tell_uncovered(absence: Absence, cover: User, now: dt.datetime) -> None:
    """Plan a mail to somebody who is to be away, or is, that their cover works here no more. Once for each cover."""
    reader, key = absence.user, f"uncovered:{absence.pk}:{cover.pk}"
    if Delivery.objects.filter(key=key).exists():
        return
    mail = new_delivery(reader, Purpose.LIST, hours_of([reader.pk], now)[reader.pk], now=now, key=key)
    day = absence.starts_at.astimezone(calendar_of(reader).tz).date()
    mail.data = {"left": [{"name": cover.name or cover.email, "away_from": day.isoformat()}]}
    mail.save()
