"""A8: what falls due by a changed policy, calendar, segment or owner is spread over the weeks after it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.acting import acting_map
from accounts.models import Calendar, CalendarDay
from alerts.choices import SILENCES
from alerts.models import Deadline, Wanted
from crm.events import Change

#: Working days after the change on which the first opens, and over how many more they are spread.
FIRST_DAY, SPREAD = 5, 16


class _Row(NamedTuple):
    pk: int
    customer: int
    anchor_at: dt.datetime
    opens_at: dt.datetime
    before: dt.datetime | None
    owner: int | None
    calendar: int


def put_off(opened: QuerySet[Wanted], change: Change, now: dt.datetime) -> None:
    """Give `not_before` to the silences just opened by a change that would open within 5 working days.

    Per acting owner the kth of n customers, by earliest anchor, then id, opens at the opening of
    working day 5 + ⌊16·k/n⌋ after the change, never later than it would have without the change.
    """
    key = opened.filter(kind=OuterRef("kind"), subject_key=OuterRef("subject_key"))
    rows = [
        _Row(*values)
        for values in Deadline.objects.open()
        .filter(Exists(key), kind__in=SILENCES, alert__isnull=True, not_before__isnull=True)
        .exclude(source="agreed")
        .exclude(
            Q(replaces__isnull=False)
            & Q(replaces__cancel_reason="replaced")
            & Q(replaces__alert__closed_at__isnull=True, replaces__alert__isnull=False)
        )
        .values_list(
            "pk",
            "customer_id",
            "anchor_at",
            "opens_at",
            "replaces__opens_at",
            "customer__clock__owner_id",
            "calendar_id",
        )
    ]
    if not rows:
        return
    openings = _openings({row.calendar for row in rows}, now)
    soon = [row for row in rows if row.opens_at < openings[row.calendar][FIRST_DAY]]
    acting = acting_map({row.owner for row in soon if row.owner is not None}, now)
    by_owner: dict[int | None, list[_Row]] = defaultdict(list)
    for row in soon:
        by_owner[acting.get(row.owner, row.owner) if row.owner is not None else None].append(row)
    changed = []
    for theirs in by_owner.values():
        changed += _spread(theirs, openings)
    Deadline.objects.bulk_update(changed, ["not_before", "wake_at"], batch_size=500)


def _spread(rows: list[_Row], openings: dict[int, dict[int, dt.datetime]]) -> list[Deadline]:
    earliest: dict[int, dt.datetime] = {}
    for row in rows:
        earliest[row.customer] = min(row.anchor_at, earliest.get(row.customer, row.anchor_at))
    order = sorted(earliest, key=lambda customer: (earliest[customer], customer))
    place = {customer: k for k, customer in enumerate(order)}
    put = []
    for row in rows:
        day = FIRST_DAY + SPREAD * place[row.customer] // len(order)
        at = openings[row.calendar][day]
        if row.before is not None:
            at = min(at, max(row.before, row.opens_at))
        if at > row.opens_at:
            put.append(Deadline(pk=row.pk, not_before=at, wake_at=row.opens_at))
    return put


def _openings(calendars: set[int], now: dt.datetime) -> dict[int, dict[int, dt.datetime]]:
    """Per calendar, the opening of the Nth working day after today, N from 5 to 21."""
    found: dict[int, dict[int, dt.datetime]] = {}
    for calendar in Calendar.objects.filter(pk__in=calendars):
        today = CalendarDay.objects.get(calendar=calendar, date=now.astimezone(calendar.tz).date())
        days = CalendarDay.objects.filter(
            calendar=calendar,
            is_open=True,
            ordinal__range=(today.ordinal + FIRST_DAY, today.ordinal + FIRST_DAY + SPREAD),
        )
        found[calendar.pk] = {
            ordinal - today.ordinal: opens_at for ordinal, opens_at in days.values_list("ordinal", "opens_at")
        }
    return found
