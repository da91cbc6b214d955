"""A8: what falls due by a changed policy, calendar, segment or owner is spread over the weeks after it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, When

from accounts.acting import acting_map
from accounts.models import Calendar, CalendarDay
from alerts.choices import SILENCES
from alerts.models import Deadline, Wanted
from alerts.update_many import update_many

#: Working days after the change on which the first opens, and over how many more they are spread.
FIRST_DAY, SPREAD = 5, 16


class _Row(NamedTuple):
    pk: int
    customer: int
    anchor_at: dt.datetime
    opens_at: dt.datetime
    before: dt.datetime | None
    told: bool
    owner: int | None
    team: int | None
    calendar: int


def put_off(opened: QuerySet[Wanted], now: dt.datetime) -> None:
    """Give `not_before` to the silences just written that are new, or open earlier, and would within 5 working days.

    Per acting owner the kth of n customers, by earliest anchor, then id, opens at the opening of
    working day 5 + ⌊16·k/n⌋ after the change, never later than it would have without the change.
    """
    openings = _openings(set(opened.order_by().values_list("calendar", flat=True).distinct()), now)
    if not openings:
        return
    last = max(days[FIRST_DAY] for days in openings.values())
    rows = [row for row in _just_written(opened.filter(opens_at__lt=last), now) if not row.told and _is_earlier(row)]
    soon = [row for row in rows if row.opens_at < openings[row.calendar][FIRST_DAY]]
    acting = acting_map({row.owner for row in soon if row.owner is not None}, now)
    shares: dict[tuple[int | None, int | None], list[_Row]] = defaultdict(list)
    for row in soon:
        person = acting[row.owner] if row.owner is not None else None
        # Without anybody it is the team's queue.
        shares[(person, row.team if person is None else None)].append(row)
    changed = [deadline for share in shares.values() for deadline in _spread(share, openings)]
    update_many(changed, ["not_before"])


def _just_written(opened: QuerySet[Wanted], now: dt.datetime) -> list[_Row]:
    """The silences that this change opened, each with when the one that it replaced would have opened its alert."""
    key = {"kind": OuterRef("kind"), "subject_key": OuterRef("subject_key")}
    replaced = Deadline.objects.filter(cancelled_at=now, cancel_reason="replaced", **key).order_by("-pk")
    told = replaced.filter(alert__closed_at__isnull=True, alert__isnull=False)
    later = Case(When(not_before__gt=F("opens_at"), then=F("not_before")), default=F("opens_at"))
    return [
        _Row(*values)
        for values in Deadline.objects.open()
        .filter(Exists(opened.filter(**key)), kind__in=SILENCES, alert__isnull=True)
        .annotate(before=Subquery(replaced.annotate(later=later).values("later")[:1]), told=Exists(told))
        .values_list(
            "pk",
            "customer_id",
            "anchor_at",
            "opens_at",
            "before",
            "told",
            "customer__clock__owner_id",
            "customer__clock__team_id",
            "calendar_id",
        )
    ]


def _is_earlier(row: _Row) -> bool:
    return row.before is None or row.opens_at < row.before


def _spread(rows: list[_Row], openings: dict[int, dict[int, dt.datetime]]) -> list[Deadline]:
    earliest: dict[int, dt.datetime] = {}
    for row in rows:
        earliest[row.customer] = min(row.anchor_at, earliest.get(row.customer, row.anchor_at))
    order = sorted(earliest, key=lambda customer: (earliest[customer], customer))
    place = {customer: k for k, customer in enumerate(order)}
    put = []
    for row in rows:
        at = openings[row.calendar][FIRST_DAY + SPREAD * place[row.customer] // len(order)]
        if row.before is not None:
            at = min(at, row.before)
        put.append(Deadline(pk=row.pk, not_before=at if at > row.opens_at else None))
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
