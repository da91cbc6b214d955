"""Handing over and back (A10): one list to whoever acts for somebody away, one to them when they are back.

`Absence.tell_at` says when the next of the two is due: first the evening before (or at once), then the return. Each
goes once, by its key, within the reader's hours; whoever has nothing to be told gets none.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts.acting import acting_for
from accounts.models import Absence, User
from alerts.budget import hours_of, new_delivery
from alerts.choices import Kind, Purpose
from alerts.hand_over_changes import key_of, mails_about, told_in
from alerts.models import Deadline, Delivery
from crm.models import Clock, Interaction, Task

#: Absences that one transaction takes.
BATCH = 50
#: A list names so many of each kind; the rest is a number.
NAMED = 10
#: An absence without end is looked ahead as far.
AHEAD = dt.timedelta(days=14)


def due(now: dt.datetime) -> QuerySet[Absence]:
    """Absences with a list to be told; a partial index knows them."""
    return Absence.objects.filter(tell_at__lte=now)


def tell_absences(now: dt.datetime) -> int:
    """Plan the lists that are due; returns how many mails were planned. Twice is as good as once."""
    planned = 0
    while True:
        with transaction.atomic():
            rows = due(now).select_related("user").order_by("tell_at", "pk")
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True, of=("self",))
            taken = list(rows[:BATCH])
            planned += sum(_tell(absence, now) for absence in taken)
            # The engine's own note of where it is: no change of the absence, and none of its history.
            Absence.objects.bulk_update(taken, ["tell_at"])
        if len(taken) < BATCH:
            return planned


def _tell(absence: Absence, now: dt.datetime) -> bool:
    """Plan the list that is due, and say when the next is."""
    ends_at = absence.ends_at
    if ends_at is None or ends_at > now:
        reader = acting_for(absence.user, None, max(now, absence.starts_at))
        opens_at = now if reader is None else hours_of([reader.pk], now)[reader.pk]
        if reader is None or reader == absence.user or (ends_at is not None and opens_at >= ends_at):
            absence.tell_at = ends_at
            return False
        if opens_at > now:
            absence.tell_at = opens_at
            return False
        absence.tell_at = ends_at
        told = mails_about(absence.pk).get(reader.pk)
        if told and told_in(told[-1]) is not None:
            # They have their list; what changed since they heard when it did.
            return False
        return _plan(key_of(absence, reader), Purpose.HAND_OVER, reader, to_hand_over(absence, now), now)
    opens_at = hours_of([absence.user_id], now)[absence.user_id]
    if opens_at > now:
        absence.tell_at = opens_at
        return False
    absence.tell_at = None
    key = f"hand-back:{absence.pk}:{ends_at:%Y-%m-%d}"
    return _plan(key, Purpose.HAND_BACK, absence.user, to_hand_back(absence, ends_at, now), now)


def _plan(key: str, purpose: Purpose, reader: User, said: dict[str, Any], now: dt.datetime) -> bool:
    if not any(group["count"] for group in said["groups"].values()):
        return False
    if not reader.is_active or Delivery.objects.filter(key=key).exists():
        return False
    delivery = new_delivery(reader, purpose, now, now=now, key=key)
    delivery.data = {"handing": said}
    delivery.save()
    return True


def to_hand_over(absence: Absence, now: dt.datetime) -> dict[str, Any]:
    """What is owed to the clients of somebody away until the return: as JSON, dates and names, no words."""
    until = absence.ends_at or max(now, absence.starts_at) + AHEAD
    clocks = _clocks(absence.user_id)
    return _about(absence) | {
        "clients": clocks.count(),
        "groups": {
            "call_back": _call_backs(absence.user_id),
            "overdue": _dues(clocks.filter(due_at__lte=now)),
            "coming": _dues(clocks.filter(due_at__gt=now, due_at__lte=until)),
            "steps": _steps(absence.user, until),
        },
    }


def to_hand_back(absence: Absence, ends_at: dt.datetime, now: dt.datetime) -> dict[str, Any]:
    """What colleagues did for somebody's clients meanwhile, and what is owed now."""
    return _about(absence) | {
        "clients": 0,
        "groups": {
            "logged": _logged(absence, ends_at),
            "call_back": _call_backs(absence.user_id),
            "overdue": _dues(_clocks(absence.user_id).filter(due_at__lte=now)),
            "steps": _steps(absence.user, now),
        },
    }


def _about(absence: Absence) -> dict[str, Any]:
    ends_at = absence.ends_at
    return {
        "absence": absence.pk,
        "name": absence.user.name,
        "starts_at": absence.starts_at.isoformat(),
        "ends_at": ends_at.isoformat() if ends_at else None,
    }


def _clocks(owner: int) -> QuerySet[Clock]:
    return Clock.objects.active().filter(owner=owner)


def _group(rows: QuerySet[Any], *columns: str) -> dict[str, Any]:
    """The first rows of a kind, the client and their number first, and how many there are."""
    found = [list(row) for row in rows.values_list(*columns)[: NAMED + 1]]
    count = len(found) if len(found) <= NAMED else rows.count()
    shown = [[one.isoformat() if isinstance(one, dt.date) else one for one in row] for row in found[:NAMED]]
    return {"count": count, "rows": shown}


def _dues(clocks: QuerySet[Clock]) -> dict[str, Any]:
    return _group(clocks.order_by("due_at", "pk"), "customer_id", "customer__name", "due_at")


def _call_backs(owner: int) -> dict[str, Any]:
    open_ones = Deadline.objects.open().filter(kind=Kind.CALL_BACK, customer__clock__owner=owner)
    return _group(open_ones.order_by("due_at", "pk"), "customer_id", "customer__name", "due_at")


def _steps(owner: User, until: dt.datetime) -> dict[str, Any]:
    last = until.astimezone(owner.zone).date()
    tasks = Task.objects.open().filter(owner=owner, due_on__lte=last, customer__archived_at__isnull=True)
    return _group(tasks.order_by("due_on", "pk"), "customer_id", "customer__name", "due_on", "title", "promised")


def _logged(absence: Absence, ends_at: dt.datetime) -> dict[str, Any]:
    others = ~Q(entered_by=absence.user_id) & Q(entered_by__isnull=False)
    calls = Interaction.objects.kept().filter(
        others, customer__clock__owner=absence.user_id, at__gte=absence.starts_at, at__lt=ends_at
    )
    columns = ("customer_id", "customer__name", "at", "channel", "outcome", "entered_by__name")
    return _group(calls.order_by("at", "pk"), *columns)
