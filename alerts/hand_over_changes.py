"""A cover who was told what to cover hears when that changes: other days, another cover, withdrawn, back early (A10).

By the road of the hand-over, ten minutes later at the earliest: a slip that is taken back mails nobody. What was
planned and has not left is withheld when it no longer holds.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db import transaction

from accounts.absences import TAKE_BACK
from accounts.acting import acting_for
from accounts.models import Absence, User
from alerts.budget import hours_of, new_delivery
from alerts.choices import DeliveryState, Purpose
from alerts.models import Delivery
from alerts.recheck import CHANGED

#: Why somebody covers no more.
WITHDRAWN, OTHER_COVER, BACK = "withdrawn", "cover", "back"
#: From when until when, as kept in a mail; None: they do not cover.
State = tuple[str, str | None] | None


def state_of(absence: Absence) -> State:
    """The days of an absence as its mails keep them."""
    return absence.starts_at.isoformat(), absence.ends_at.isoformat() if absence.ends_at else None


def told_in(delivery: Delivery) -> State:
    """What a mail told its reader: the days that they cover, or that they do no more."""
    said = delivery.data["handing"]
    return None if said.get("over") else (said["starts_at"], said["ends_at"])


def mails_about(absence_pk: int) -> dict[int, list[Delivery]]:
    """What each cover was told, or is about to be, of an absence; by reader, in order. One query."""
    rows = Delivery.objects.filter(key__startswith=f"hand-over:{absence_pk}:", purpose=Purpose.HAND_OVER)
    found: defaultdict[int, list[Delivery]] = defaultdict(list)
    for row in rows.exclude(state=DeliveryState.WITHHELD, reason=CHANGED).select_related("to_user").order_by("pk"):
        if row.to_user_id is not None:
            found[row.to_user_id].append(row)
    return dict(found)


def key_of(absence: Absence, reader: User) -> str:
    """The key of the next mail to a cover about an absence: by the day it begins, then by how many there were."""
    start = f"hand-over:{absence.pk}:{reader.pk}:"
    before = Delivery.objects.filter(key__startswith=start).count()
    return f"{start}{absence.starts_at:%Y-%m-%d}" + (f":{before}" if before else "")


@transaction.atomic
def changed(absence: Absence, now: dt.datetime, *, withdrawn: bool = False) -> None:
    """Tell those who were told to cover what holds instead; in the transaction of the change."""
    told = mails_about(absence.pk)
    if not told:
        return
    is_over = withdrawn or (absence.ends_at is not None and absence.ends_at <= now)
    reader = None if is_over else acting_for(absence.user, None, max(now, absence.starts_at))
    cover = {absence.cover_id, reader.pk if reader else None}
    why = WITHDRAWN if withdrawn else BACK if is_over else OTHER_COVER
    for person, mails in told.items():
        if is_over or person not in cover:
            _told_off(absence, mails, why, now)
        else:
            _told_anew(absence, mails, now)


def _standing(mails: list[Delivery], wanted: State, now: dt.datetime) -> list[Delivery]:
    """The mails without the last ones that have not left and say what no longer holds: these are withheld."""
    mails = list(mails)
    while mails and told_in(mails[-1]) != wanted:
        waiting = Delivery.objects.filter(pk=mails[-1].pk, state=DeliveryState.PLANNED)
        if not waiting.update(state=DeliveryState.WITHHELD, reason=CHANGED, settled_at=now):
            break
        mails.pop()
    return mails


def _told_off(absence: Absence, mails: list[Delivery], why: str, now: dt.datetime) -> None:
    mails = _standing(mails, None, now)
    state = told_in(mails[-1]) if mails else None
    # Who was told of that end knows it already.
    if state is None or (why == BACK and state[1] is not None and dt.datetime.fromisoformat(state[1]) <= now):
        return
    by = absence.cover.name if why == OTHER_COVER and absence.cover else ""
    _plan(absence, mails[-1], {"clients": 0, "groups": {}, "over": why, "by": by}, now)


def _told_anew(absence: Absence, mails: list[Delivery], now: dt.datetime) -> None:
    from alerts.hand_overs import to_hand_over

    wanted = state_of(absence)
    mails = _standing(mails, wanted, now)
    state = told_in(mails[-1]) if mails else None
    # Without a list that left, the first one comes at its hour.
    if state is None or state == wanted:
        return
    _plan(absence, mails[-1], to_hand_over(absence, now) | {"was": list(state)}, now)


def _plan(absence: Absence, last: Delivery, said: dict[str, Any], now: dt.datetime) -> None:
    reader = last.to_user
    if reader is None or not reader.is_active:
        return
    at = max(hours_of([reader.pk], now)[reader.pk], now + TAKE_BACK)
    delivery = new_delivery(reader, Purpose.HAND_OVER, at, now=now, key=key_of(absence, reader))
    starts_at, ends_at = state_of(absence) or ("", None)
    days = {"absence": absence.pk, "name": absence.user.name, "starts_at": starts_at, "ends_at": ends_at}
    delivery.data = {"handing": days | said}
    delivery.save()
