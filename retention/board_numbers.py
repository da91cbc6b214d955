"""The counts behind At risk: one scope at one instant, cut by owner, team and segment. They can be kept as JSON."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Greatest, Least

from crm.listing import MILLION, with_ratio
from crm.models import Clock
from crm.models.clock import State
from crm.querysets import state_q
from retention.promises_kept import Promises, promises_of

#: Width of a bar of the distribution, in millionths of the promise: soon (0.8) and due (1) fall on edges.
STEP = MILLION // 10
#: The last bar holds all who have waited 1½ times the promise or more.
LAST = 15
#: "Due within" so many days.
AHEAD = 7


@dataclass(frozen=True)
class Worth:
    """What `clients` overdue clients in one currency are worth a year together."""

    currency: str
    value: Decimal
    clients: int


@dataclass(frozen=True)
class Cut:
    """The clients of one owner, team or segment (`key` its id, None for those with none)."""

    key: int | None
    clients: int
    overdue: int
    worth: list[Worth]


@dataclass(frozen=True)
class Numbers:
    """All counts of one scope. `bars` are clients by how long they waited, in tenths of the promise, 0 to LAST.

    `with_owners` and `behind` count owners, with nobody as one: all of them, and those with an overdue client.
    """

    clients: int = 0
    overdue: int = 0
    soon: int = 0
    within: int = 0
    without_cadence: int = 0
    with_owners: int = 0
    behind: int = 0
    worth: list[Worth] = field(default_factory=list)
    bars: list[int] = field(default_factory=lambda: [0] * (LAST + 1))
    owners: list[Cut] = field(default_factory=list)
    teams: list[Cut] = field(default_factory=list)
    segments: list[Cut] = field(default_factory=list)
    promises: Promises = field(default_factory=lambda: Promises(0, 0))

    def first(self, most: int) -> Numbers:
        """The same with the first so many owners, teams and segments only."""
        return replace(self, **{name: getattr(self, name)[:most] for name in _CUTS})

    def as_json(self) -> dict[str, Any]:
        """The same in lists and texts, which JSON keeps."""
        promises = self.promises
        said: dict[str, Any] = {name: getattr(self, name) for name in _COUNTS}
        said |= {name: [_cut_as_json(cut) for cut in getattr(self, name)] for name in _CUTS}
        kept = [promises.kept, promises.total, promises.waited]
        return said | {"bars": self.bars, "worth": _worth_as_json(self.worth), "promises": kept}


_COUNTS = ("clients", "overdue", "soon", "within", "without_cadence", "with_owners", "behind")
_CUTS = ("owners", "teams", "segments")


def from_json(said: dict[str, Any]) -> Numbers:
    """Numbers as `as_json` wrote them."""
    read: dict[str, Any] = {name: said[name] for name in (*_COUNTS, "bars")}
    read |= {name: [Cut(key, n, late, _read_worth(worth)) for key, n, late, worth in said[name]] for name in _CUTS}
    return Numbers(**read, worth=_read_worth(said["worth"]), promises=Promises(*said["promises"]))


def _cut_as_json(cut: Cut) -> list[Any]:
    return [cut.key, cut.clients, cut.overdue, _worth_as_json(cut.worth)]


def _worth_as_json(worth: Iterable[Worth]) -> list[Any]:
    return [[one.currency, str(one.value), one.clients] for one in worth]


def _read_worth(said: Iterable[Any]) -> list[Worth]:
    return [Worth(currency, Decimal(value), clients) for currency, value, clients in said]


@dataclass(frozen=True)
class _Cell:
    """One row of the one query that counts: the clients that are alike in all of this."""

    owner: int | None
    team: int | None
    segment: int | None
    currency: str
    bucket: int | None
    count: int
    overdue: int
    soon: int
    within: int
    value: Decimal | None
    valued: int


def numbers_of(rows: QuerySet[Clock], at: dt.datetime) -> Numbers:
    """Count the clients of `rows` at an instant. Two queries."""
    cells = _cells(rows, at)
    bars = [0] * (LAST + 1)
    for cell in cells:
        if cell.bucket is not None:
            bars[cell.bucket] += cell.count
    owners = _cut(cells, lambda cell: cell.owner)
    return Numbers(
        clients=sum(cell.count for cell in cells),
        overdue=sum(cell.overdue for cell in cells),
        soon=sum(cell.soon for cell in cells),
        within=sum(cell.within for cell in cells),
        without_cadence=sum(cell.count for cell in cells if cell.bucket is None),
        worth=_worth(cells),
        bars=bars,
        with_owners=len(owners),
        behind=sum(1 for cut in owners if cut.overdue),
        owners=owners,
        teams=_cut(cells, lambda cell: cell.team),
        segments=_cut(cells, lambda cell: cell.segment),
        promises=promises_of(rows, at),
    )


def _cells(rows: QuerySet[Clock], at: dt.datetime) -> list[_Cell]:
    overdue = Q(due_at__lte=at)
    ahead = Q(due_at__gt=at, due_at__lte=at + dt.timedelta(days=AHEAD))
    tenth = Cast(F("ratio_millionths") / Value(STEP, BigIntegerField()), IntegerField())
    # Least and Greatest skip NULL on one database and not on the other: no cadence has no bucket on either.
    bucket = Case(When(due_at__isnull=False, then=Least(Greatest(tenth, Value(0)), Value(LAST))), default=None)
    scope = ("owner_id", "team_id", "segment_id", "currency", "bucket")
    found = (
        with_ratio(rows, at)
        .annotate(bucket=bucket)
        .order_by()
        .values(*scope)
        .annotate(
            n=Count("pk"),
            late=Count("pk", filter=overdue),
            soon=Count("pk", filter=state_q(State.SOON.value, at)),
            within=Count("pk", filter=ahead),
            worth=Sum("value", filter=overdue),
            valued=Count("value", filter=overdue),
        )
    )
    names = (*scope, "n", "late", "soon", "within", "worth", "valued")
    return [_Cell(*row) for row in found.values_list(*names)]


def _worth(cells: Iterable[_Cell]) -> list[Worth]:
    """One figure a currency, never mixed; first the one that most clients stand behind."""
    worth: defaultdict[str, Decimal] = defaultdict(Decimal)
    behind: defaultdict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.value is not None:
            worth[cell.currency] += cell.value
            behind[cell.currency] += cell.valued
    found = [Worth(currency, value, behind[currency]) for currency, value in worth.items()]
    return sorted(found, key=lambda one: (-one.clients, -one.value))


def _cut(cells: Iterable[_Cell], key: Callable[[_Cell], int | None]) -> list[Cut]:
    """Cut the cells by a key: first whoever has most overdue."""
    parts: defaultdict[int | None, list[_Cell]] = defaultdict(list)
    for cell in cells:
        parts[key(cell)].append(cell)
    cuts = [
        Cut(pk, sum(cell.count for cell in part), sum(cell.overdue for cell in part), _worth(part))
        for pk, part in parts.items()
    ]
    return sorted(cuts, key=lambda one: (-one.overdue, -one.clients, one.key or 0))
