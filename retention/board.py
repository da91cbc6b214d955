"""At risk: live numbers over the clocks of one scope; every number is the count of a list with the same filter."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Count, F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Greatest, Least

from accounts.access import teams_of
from accounts.models import Team, User
from crm.listing import EXACT_COUNT, MILLION, NOBODY, Listing, View, with_ratio
from crm.models import Clock, Segment
from crm.models.clock import State
from crm.querysets import state_q
from retention.promises_kept import Promises, lately_address, promises_of

#: Width of a bar of the distribution, in millionths of the promise: soon (0.8) and due (1) fall on edges.
STEP = MILLION // 10
#: The last bar holds all who have waited 1½ times the promise or more.
LAST = 15
#: "Due within" so many days.
AHEAD = 7


@dataclass(frozen=True)
class Stake:
    """What `clients` overdue clients in one currency are worth a year together."""

    currency: str
    value: Decimal
    clients: int
    url: str = ""


@dataclass(frozen=True)
class Bar:
    """Clients who have waited `start` to `end` times the promise (`end` None: or more)."""

    start: float
    end: float | None
    count: int
    state: str
    url: str


@dataclass
class Slice:
    """One owner, team or segment: its clients, how many are overdue, and the lists of both."""

    name: str
    clients: int
    overdue: int
    stakes: list[Stake]
    url: str
    overdue_url: str

    @property
    def percent(self) -> int:
        return round(self.overdue * 100 / self.clients) if self.clients else 0


@dataclass
class Board:
    """The numbers of one scope at one instant. `…_url` are addresses of the customer list."""

    view: View
    at: dt.datetime
    clients: int = 0
    overdue: int = 0
    soon: int = 0
    within: int = 0
    without_cadence: int = 0
    stakes: list[Stake] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    owners: list[Slice] = field(default_factory=list)
    teams: list[Slice] = field(default_factory=list)
    segments: list[Slice] = field(default_factory=list)
    promises: Promises = field(default_factory=lambda: Promises(0, 0))

    def url(self, **more: Any) -> str:
        """The customer list of this scope, read at the same instant."""
        return replace(self.view, as_of=self.at, **more).address()

    @property
    def clients_url(self) -> str:
        return self.url()

    @property
    def overdue_url(self) -> str:
        return self.url(states=(State.OVERDUE.value,))

    @property
    def soon_url(self) -> str:
        return self.url(states=(State.SOON.value,))

    @property
    def within_url(self) -> str:
        return self.url(due_within=AHEAD)

    @property
    def broken(self) -> int:
        """Clients to whom a promise was broken lately."""
        return self.promises.waited

    @property
    def broken_url(self) -> str:
        return self.url(promises="broken")

    @property
    def kept_url(self) -> str:
        return self.url(promises="kept")

    @property
    def without_url(self) -> str:
        return self.url(states=(State.NO_CADENCE.value,))

    @property
    def promises_url(self) -> str:
        """The promises of PERIOD one by one; "" where they are too many for that."""
        return lately_address(replace(self.view, as_of=self.at)) if self.clients <= EXACT_COUNT else ""

    @property
    def with_cadence(self) -> int:
        return self.clients - self.without_cadence


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


def board_of(view: View, user: User, now: dt.datetime, choices: Choices | None = None) -> Board:
    """Count everything of the scope that `view` (owner, team, segment) leaves. Three queries, and `choices`."""
    rows = Listing(view, user, now).rows
    cells = _cells(rows, now)
    board = Board(
        view,
        now,
        clients=sum(cell.count for cell in cells),
        overdue=sum(cell.overdue for cell in cells),
        soon=sum(cell.soon for cell in cells),
        within=sum(cell.within for cell in cells),
        without_cadence=sum(cell.count for cell in cells if cell.bucket is None),
        promises=promises_of(rows, now),
    )
    board.stakes = _stakes(board, cells)
    board.bars = _bars(board, cells)
    _slice(board, cells, choices or choices_for(user))
    return board


def _cells(rows: QuerySet[Clock], at: dt.datetime) -> list[_Cell]:
    overdue = Q(due_at__lte=at)
    tenth = Cast(F("ratio_millionths") / Value(STEP, BigIntegerField()), IntegerField())
    # Least and Greatest skip NULL on one database and not on the other: no cadence has no bucket on either.
    bucket = Least(Greatest(tenth, Value(0)), Value(LAST))
    with_cadence = with_ratio(rows.filter(due_at__isnull=False), at).annotate(bucket=bucket)
    without = rows.filter(due_at__isnull=True).annotate(bucket=Value(None, IntegerField()))
    return [*_grouped(with_cadence, overdue, at), *_grouped(without, overdue, at)]


def _grouped(rows: QuerySet[Any], overdue: Q, at: dt.datetime) -> Iterable[_Cell]:
    scope = ("owner_id", "team_id", "segment_id", "currency", "bucket")
    ahead = Q(due_at__gt=at, due_at__lte=at + dt.timedelta(days=AHEAD))
    found = (
        rows.order_by()
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
    return (_Cell(*row) for row in found.values_list(*names))


def _stakes(board: Board, cells: Iterable[_Cell], **scope: str) -> list[Stake]:
    """One figure a currency, never mixed; first the one that most clients stand behind."""
    worth: defaultdict[str, Decimal] = defaultdict(Decimal)
    behind: defaultdict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.value is not None:
            worth[cell.currency] += cell.value
            behind[cell.currency] += cell.valued
    stakes = [
        Stake(
            currency,
            value,
            behind[currency],
            board.url(states=(State.OVERDUE.value,), currency=currency, sort="value", **scope),
        )
        for currency, value in worth.items()
    ]
    return sorted(stakes, key=lambda stake: (-stake.clients, -stake.value))


def _bars(board: Board, cells: Iterable[_Cell]) -> list[Bar]:
    counts: defaultdict[int, int] = defaultdict(int)
    for cell in cells:
        if cell.bucket is not None:
            counts[cell.bucket] += cell.count
    bars = []
    for number in range(LAST + 1):
        start, end = number / 10, (number + 1) / 10 if number < LAST else None
        state = State.FINE if start < 0.8 else State.SOON if start < 1 else State.OVERDUE
        url = board.url(ratio_from=start or None, ratio_to=end)
        bars.append(Bar(start, end, counts[number], state.value, url))
    return bars


def _slice(board: Board, cells: list[_Cell], choices: Choices) -> None:
    """Cut the same cells by owner, team and segment. No query, unless an owner is none of the reader's people."""
    people, teams, segments = dict(choices.people), dict(choices.teams), dict(choices.segments)
    if others := {cell.owner for cell in cells if cell.owner} - set(people):
        people |= dict(User.objects.filter(pk__in=others).values_list("pk", "name"))
    if foreign := {cell.team for cell in cells if cell.team} - set(teams):
        teams |= dict(Team.objects.filter(pk__in=foreign).values_list("pk", "name"))
    board.owners = _cut(board, cells, "owner", lambda cell: cell.owner, people)
    board.teams = _cut(board, cells, "team", lambda cell: cell.team, teams)
    board.segments = _cut(board, cells, "segment", lambda cell: cell.segment, segments)


def _cut(
    board: Board, cells: list[_Cell], name: str, key: Callable[[_Cell], int | None], names: dict[int, str]
) -> list[Slice]:
    parts: defaultdict[int | None, list[_Cell]] = defaultdict(list)
    for cell in cells:
        parts[key(cell)].append(cell)
    slices = []
    for pk, part in parts.items():
        scope = {name: NOBODY if pk is None else str(pk)}
        slices.append(
            Slice(
                "" if pk is None else names.get(pk, ""),
                sum(cell.count for cell in part),
                sum(cell.overdue for cell in part),
                _stakes(board, part, **scope),
                board.url(**scope),
                board.url(states=(State.OVERDUE.value,), **scope),
            )
        )
    return sorted(slices, key=lambda one: (-one.overdue, -one.clients, one.name))


@dataclass(frozen=True)
class Choices:
    """What the filters of the page offer: (id, name)."""

    people: list[tuple[int, str]]
    teams: list[tuple[int, str]]
    segments: list[tuple[int, str]]


def choices_for(user: User) -> Choices:
    """Three queries."""
    return Choices(
        list(User.objects.visible_to(user).active().order_by("name").values_list("pk", "name")),
        list(teams_of(user).values_list("pk", "name")),
        list(Segment.objects.values_list("pk", "name")),
    )
