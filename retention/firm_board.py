"""At risk for a scope of very many clients: counted beside the pages, at most every few minutes, while somebody looks.

A page reads what was counted, says as of when, and hands that instant to the lists. It counts nothing itself: the first
look at such a scope asks for its numbers and says that they are on their way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.http import QueryDict

from accounts.models import User
from accounts.models.user import Role
from crm.listing import EXACT_COUNT, Listing, View, read_view
from retention.board import SLICES, Choices, board_from
from retention.board_numbers import Numbers, from_json, numbers_of
from retention.care import care_counts
from retention.models import BoardSummary
from retention.past import table
from retention.trend import STEPS, Point, days_before, evenings_of
from retention.worst import worst_ids

#: Numbers are counted again when they are so old, which leaves a minute for the counting …
RENEWED = dt.timedelta(minutes=4)
#: … so that they are no older than this while somebody looks. The page says when they are.
OLDEST = dt.timedelta(minutes=5)
#: Whoever looked this lately looks still; a look is noted at most once a minute.
LOOKING = dt.timedelta(minutes=15)
NOTED = dt.timedelta(minutes=1)
#: So long a worker holds a summary; after that it was lost.
HELD = dt.timedelta(minutes=3)
#: A summary that could not be counted is tried again after this.
AGAIN = dt.timedelta(minutes=1)
#: Nobody asks for it any more.
FORGOTTEN = dt.timedelta(days=30)
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """What was counted of one scope at `as_of`: the board, marks of care, the worst, evenings of the trend."""

    as_of: dt.datetime
    numbers: Numbers
    care: dict[str, int]
    worst: list[int]
    evenings: dict[dt.date, Point]

    def is_old(self, now: dt.datetime) -> bool:
        return now - self.as_of > OLDEST


@dataclass(frozen=True)
class Look:
    """How At risk is read for a scope: live (not `is_large`), as `counted`, or once that is there."""

    is_large: bool
    counted: Counted | None = None


def look(view: View, user: User, now: dt.datetime) -> Look:
    """Decide how the scope of `view` (owner, team, segment) is read for `user`. One query.

    Those who see every client share one summary. Of a large scope it notes that somebody looks.
    """
    rows = Listing(_scope(view), user, now).rows.order_by().values("pk")[: EXACT_COUNT + 1]
    few, values = rows.query.sql_with_params()
    whose = "s.reader_id IS NULL" if user.is_administrator else f"s.reader_id = {int(user.pk)}"
    # How many there are is counted only where no summary knows that they are very many.
    sql = (
        f"SELECT s.*, CASE WHEN s.clients > {EXACT_COUNT} THEN s.clients"
        f" ELSE (SELECT COUNT(*) FROM ({few}) few) END AS found"
        f" FROM (SELECT 1 AS one) here LEFT JOIN {table(BoardSummary)} s ON s.scope = %s AND {whose}"
    )
    summary: Any = BoardSummary.objects.raw(sql, [*values, _scope(view).address()])[0]
    if summary.found <= EXACT_COUNT:
        return Look(is_large=False)
    if summary.pk is None or now - summary.looked_at > NOTED:
        _note(view, user, now)
    return Look(is_large=True, counted=_read(summary) if summary.as_of else None)


def _scope(view: View) -> View:
    return View(owner=view.owner, team=view.team, segment=view.segment)


def _note(view: View, user: User, now: dt.datetime) -> None:
    """Note that somebody looks, and thereby ask for the numbers."""
    reader = None if user.is_administrator else user
    fresh = {"looked_at": now, "held_until": now}
    scope = _scope(view).address()
    row, made = BoardSummary.objects.get_or_create(reader=reader, scope=scope, defaults=fresh)
    if not made:
        BoardSummary.objects.filter(pk=row.pk).update(looked_at=now)


def _waiting(now: dt.datetime) -> Q:
    old = Q(as_of__isnull=True) | Q(as_of__lte=now - RENEWED)
    return old & Q(looked_at__gt=now - LOOKING, held_until__lte=now)


def waits(now: dt.datetime) -> bool:
    """Whether a summary is to be counted by whoever comes. One index look-up."""
    return BoardSummary.objects.filter(_waiting(now)).exists()


def renew(clock: Callable[[], dt.datetime]) -> bool:
    """Count the summary that nobody holds and that waits longest; False where there is none.

    `clock` tells the time: a summary is held from it, counted as of it and kept then.
    """
    now = clock()
    row = BoardSummary.objects.filter(_waiting(now)).order_by(F("as_of").asc(nulls_first=True), "pk").first()
    if row is None:
        return False
    mine = BoardSummary.objects.filter(pk=row.pk, held_until=row.held_until)
    if not mine.update(held_until=now + HELD):
        return True
    held = BoardSummary.objects.filter(pk=row.pk, held_until=now + HELD)
    try:
        as_of, clients, numbers = _count(row, clock)
    except Exception as error:
        held.update(fault=repr(error)[:2000], held_until=clock() + AGAIN)
        raise
    held.update(as_of=as_of, clients=clients, numbers=numbers, held_until=as_of, fault="")
    return True


def forget(now: dt.datetime) -> int:
    """Remove the summaries that nobody asked for lately: part of a night. Returns how many."""
    return BoardSummary.objects.filter(looked_at__lt=now - FORGOTTEN).delete()[0]


def _count(row: BoardSummary, clock: Callable[[], dt.datetime]) -> tuple[dt.datetime, int, dict[str, Any]]:
    user = row.reader or User(role=Role.ADMINISTRATOR)
    view = read_view(QueryDict(row.scope.removeprefix("?")))
    with _one_instant():
        now = clock()
        rows = Listing(view, user, now).rows
        numbers = numbers_of(rows, now)
        care, worst = care_counts(view, user, now), worst_ids(rows, now)
        # The reader's date may be that of yesterday or of tomorrow.
        today = now.date()
        dates = (today - _ONE_DAY, today, today + _ONE_DAY)
        evenings = evenings_of(view, user, {day for date in dates for span in STEPS for day in days_before(date, span)})
    points = [
        [str(day), one.neglected, one.soon, {name: str(value) for name, value in one.stakes.items()}]
        for day, one in evenings.items()
    ]
    kept = numbers.first(SLICES)
    said = {"board": kept.as_json(), "care": care, "worst": worst, "evenings": points}
    return now, numbers.clients, said | {"large": _large(kept, view, now)}


@contextmanager
def _one_instant() -> Iterator[None]:
    """All that is read within is as it was at one instant."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _read(row: BoardSummary) -> Counted:
    assert row.as_of is not None
    said = row.numbers
    evenings = {
        (date := dt.date.fromisoformat(day)): Point(
            date, late, soon, {name: Decimal(value) for name, value in stakes.items()}
        )
        for day, late, soon, stakes in said["evenings"]
    }
    return Counted(row.as_of, from_json(said["board"]), said["care"], said["worst"], evenings)


def _large(numbers: Numbers, view: View, at: dt.datetime) -> dict[str, int]:
    """The numbers beyond what a list counts itself, by the address that each opens, without the instant."""
    board = board_from(numbers, view, at, Choices([], [], [], named=False))
    slices = [*board.owners, *board.teams, *board.segments]
    counts = [
        (board.clients_url, board.clients),
        (board.overdue_url, board.overdue),
        (board.soon_url, board.soon),
        (board.within_url, board.within),
        (board.without_url, board.without_cadence),
        (board.broken_url, board.broken),
        *((bar.url, bar.count) for bar in board.bars),
        *((one.url, one.clients) for one in slices),
        *((one.overdue_url, one.overdue) for one in slices),
        *((stake.url, stake.clients) for stakes in (board.stakes, *(one.stakes for one in slices)) for stake in stakes),
    ]
    return {_key(read_view(QueryDict(url.removeprefix("?")))): n for url, n in counts if n > EXACT_COUNT}


def _key(view: View) -> str:
    return replace(view, as_of=None, sort="due").address()


def known_count(view: View, user: User) -> int | None:
    """For the list of clients: how many a number said that was counted as of the view's instant. One query."""
    if view.as_of is None:
        return None
    asked = _scope(view)
    around = (View(), asked, replace(asked, owner=""), replace(asked, team=""), replace(asked, segment=""))
    scopes = {scope.address() for scope in around}
    reader = None if user.is_administrator else user.pk
    rows = BoardSummary.objects.filter(reader=reader, scope__in=scopes, as_of=view.as_of)
    for said in rows.values_list("numbers", flat=True):
        if (count := said["large"].get(_key(view))) is not None:
            return int(count)
    return None
