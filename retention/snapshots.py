"""What each evening looked like: how many clients were in which state at the end of a date, kept for trends.

A date is written as it was known when it ended: from the deadlines that were owed then and the clients as their history
has them then. What is entered later changes nothing, so that a rebuild writes what the nights wrote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet, Sum

from accounts.models import Calendar
from accounts.reckoning import local_date, start_of
from retention.models import DailySnapshot
from retention.past import Evening, seen_at, table

#: Nights that did not run are made up for, so many days back.
CATCH_UP = 62
#: Evenings that one statement writes.
AT_ONCE = 60

#: What tells rows apart: day, calendar, owner, team, segment, state, currency.
Key = tuple[dt.date, int, int | None, int | None, int | None, str, str]
#: Clients, and what they are worth together.
Cell = tuple[int, Decimal | None]

_KEY = ("day", "calendar_id", "owner_id", "team_id", "segment_id", "state", "currency")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Difference:
    """A row that is not what deadlines and history say: as it is kept and as it was found, None where there is none."""

    key: Key
    kept: Cell | None
    found: Cell | None


def write_last_day(now: dt.datetime) -> int:
    """Write, for each calendar, the dates that ended since the last one written: the work of a night.

    A second call writes nothing. Returns the rows written.
    """
    last = dict(DailySnapshot.objects.order_by().values_list("calendar").annotate(last=Max("day")))
    missing: list[Evening] = []
    for calendar in Calendar.objects.order_by("pk"):
        ended = local_date(calendar, now) - dt.timedelta(days=1)
        since = last.get(calendar.pk, ended - dt.timedelta(days=1))
        first = max(since, ended - dt.timedelta(days=CATCH_UP)) + dt.timedelta(days=1)
        missing += _evenings(calendar, first, ended)
    return sum(_write(some) for some in _chunks(missing))


def rebuild(first: dt.date, last: dt.date, now: dt.datetime, *, progress: Callable[[float], None] | None = None) -> int:
    """Write the dates from `first` to `last` anew, in each calendar those that have ended at `now`.

    `progress` is told the share that is done. Returns the rows written.
    """
    evenings = _ended(first, last, now)
    written = done = 0
    for some in _chunks(evenings):
        written += _write(some)
        done += len(some)
        if progress is not None:
            progress(done / len(evenings))
    return written


def differences(first: dt.date, last: dt.date, now: dt.datetime) -> Iterator[Difference]:
    """Compare what is kept for these dates with what a rebuild would write. Writes nothing."""
    for some in _chunks(_ended(first, last, now)):
        kept, found = _kept(some), _found(some)
        for key in sorted(kept.keys() | found.keys(), key=str):
            if kept.get(key) != found.get(key):
                yield Difference(key, kept.get(key), found.get(key))


def _ended(first: dt.date, last: dt.date, now: dt.datetime) -> list[Evening]:
    evenings: list[Evening] = []
    for calendar in Calendar.objects.order_by("pk"):
        evenings += _evenings(calendar, first, min(last, local_date(calendar, now) - dt.timedelta(days=1)))
    return sorted(evenings, key=lambda one: (one[1], one[0]))


def _evenings(calendar: Calendar, first: dt.date, last: dt.date) -> Iterator[Evening]:
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        yield calendar.pk, day, start_of(calendar, day + dt.timedelta(days=1))


def _chunks(evenings: Sequence[Evening]) -> Iterator[Sequence[Evening]]:
    for start in range(0, len(evenings), AT_ONCE):
        yield evenings[start : start + AT_ONCE]


@transaction.atomic
def _write(evenings: Sequence[Evening]) -> int:
    # Two nights at once wait for each other here.
    list(Calendar.objects.select_for_update().order_by("pk").values_list("pk"))
    _rows(evenings).delete()
    select, values = _counted(evenings)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table(DailySnapshot)} ({', '.join(_KEY)}, count, value) {select}", values)
        return int(cursor.rowcount)


def _counted(evenings: Sequence[Evening]) -> tuple[str, list[Any]]:
    seen, values = seen_at(evenings)
    columns = ", ".join(_KEY)
    return f"{seen} SELECT {columns}, COUNT(*), SUM(value) FROM seen GROUP BY {columns}", values


def _rows(evenings: Sequence[Evening]) -> QuerySet[DailySnapshot]:
    """The rows kept for these evenings."""
    by_calendar: dict[int, list[dt.date]] = {}
    for calendar, day, _ends in evenings:
        by_calendar.setdefault(calendar, []).append(day)
    rows = DailySnapshot.objects.none()
    for calendar, days in by_calendar.items():
        rows = rows | DailySnapshot.objects.filter(calendar=calendar, day__in=days)
    return rows


def _kept(evenings: Sequence[Evening]) -> dict[Key, Cell]:
    # An owner who was removed since leaves their rows to nobody: those count as one.
    rows = _rows(evenings).order_by().values_list(*_KEY).annotate(clients=Sum("count"), worth=Sum("value"))
    return {row[:7]: (row[7], row[8]) for row in rows}


def _found(evenings: Sequence[Evening]) -> dict[Key, Cell]:
    select, values = _counted(evenings)
    with connection.cursor() as cursor:
        cursor.execute(select, values)
        return {(_date(row[0]), *row[1:7]): (row[7], _money(row[8])) for row in cursor.fetchall()}


def _date(value: dt.date | str) -> dt.date:
    """SQLite gives dates as text, and money as a float."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _money(value: Decimal | float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(_CENT)
