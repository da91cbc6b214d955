"""At risk: the numbers of one scope; every number is the count of a list with the same filter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from accounts.access import teams_of
from accounts.models import Team, User
from crm.listing import EXACT_COUNT, NOBODY, Listing, View
from crm.models import Segment
from crm.models.clock import State
from retention.board_numbers import AHEAD, Cut, Numbers, Worth, numbers_of
from retention.promises_kept import Promises, lately_address

__all__ = ["AHEAD", "Bar", "Board", "Choices", "Slice", "Stake", "board_from", "board_of", "choices_for"]

#: A menu offers no more people or teams than this; of a larger firm those with most overdue clients.
MENU = 100
#: So many slices of one cut are drawn.
SLICES = 20


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

    key: str
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
    """The numbers of one scope at one instant. `…_url` are addresses of the customer list.

    `owners`, `teams` and `segments` are the SLICES with most overdue.
    """

    view: View
    at: dt.datetime
    numbers: Numbers
    owners: list[Slice]
    teams: list[Slice]
    segments: list[Slice]

    def url(self, **more: Any) -> str:
        """The customer list of this scope, read at the same instant."""
        return replace(self.view, as_of=self.at, **more).address()

    @property
    def clients(self) -> int:
        return self.numbers.clients

    @property
    def overdue(self) -> int:
        return self.numbers.overdue

    @property
    def soon(self) -> int:
        return self.numbers.soon

    @property
    def within(self) -> int:
        return self.numbers.within

    @property
    def without_cadence(self) -> int:
        return self.numbers.without_cadence

    @property
    def promises(self) -> Promises:
        return self.numbers.promises

    @property
    def stakes(self) -> list[Stake]:
        return _stakes(self, self.numbers.worth)

    @property
    def bars(self) -> list[Bar]:
        last = len(self.numbers.bars) - 1
        return [_bar(self, number, count, number == last) for number, count in enumerate(self.numbers.bars)]

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
        """The promises of the last 30 days one by one; "" where they are too many for that."""
        return "" if self.is_large else lately_address(replace(self.view, as_of=self.at))

    @property
    def is_large(self) -> bool:
        """Whether its clients are too many to be looked at one by one for a page."""
        return self.clients > EXACT_COUNT

    @property
    def other_owners(self) -> int:
        """Owners beyond those that are drawn."""
        return self.numbers.with_owners - len(self.owners)

    @property
    def with_cadence(self) -> int:
        return self.clients - self.without_cadence


def _stakes(board: Board, worth: Iterable[Worth], **scope: str) -> list[Stake]:
    states = (State.OVERDUE.value,)
    return [
        Stake(
            one.currency,
            one.value,
            one.clients,
            board.url(states=states, currency=one.currency, sort="value", **scope),
        )
        for one in worth
    ]


def _bar(board: Board, number: int, count: int, is_last: bool) -> Bar:
    start, end = number / 10, None if is_last else (number + 1) / 10
    state = State.FINE if start < 0.8 else State.SOON if start < 1 else State.OVERDUE
    return Bar(start, end, count, state.value, board.url(ratio_from=start or None, ratio_to=end))


@dataclass(frozen=True)
class Choices:
    """What the filters of the page offer: (id, name). No people where those are more than a menu holds.

    Not `named`, nobody asks what owners and teams are called.
    """

    people: list[tuple[int, str]]
    teams: list[tuple[int, str]]
    segments: list[tuple[int, str]]
    named: bool = True


def choices_for(user: User) -> Choices:
    """Three queries."""
    people = list(User.objects.visible_to(user).active().order_by("name").values_list("pk", "name")[: MENU + 1])
    return Choices(
        people if len(people) <= MENU else [],
        list(teams_of(user).values_list("pk", "name")),
        list(Segment.objects.live().values_list("pk", "name")),
    )


def board_of(view: View, user: User, now: dt.datetime, choices: Choices | None = None) -> Board:
    """Count everything of the scope that `view` (owner, team, segment) leaves. Two queries, and `choices`."""
    return board_from(numbers_of(Listing(view, user, now).rows, now), view, now, choices or choices_for(user))


def board_from(numbers: Numbers, view: View, at: dt.datetime, choices: Choices) -> Board:
    """The board of numbers that were counted at an instant. A query for owners or teams that are none of `choices`."""
    board = Board(view, at, numbers, [], [], [])
    people, teams = dict(choices.people), dict(choices.teams)
    others = {cut.key for cut in numbers.owners[:SLICES] if cut.key} - set(people)
    if others and choices.named:
        people |= dict(User.objects.filter(pk__in=others).values_list("pk", "name"))
    foreign = {cut.key for cut in numbers.teams[:SLICES] if cut.key} - set(teams)
    if foreign and choices.named:
        teams |= dict(Team.objects.filter(pk__in=foreign).values_list("pk", "name"))
    board.owners = _slices(board, numbers.owners, "owner", people)
    board.teams = _slices(board, numbers.teams, "team", teams)
    board.segments = _slices(board, numbers.segments, "segment", dict(choices.segments))
    return board


def _slices(board: Board, cuts: list[Cut], name: str, names: dict[int, str]) -> list[Slice]:
    made = [_slice(board, cut, name, "" if cut.key is None else names.get(cut.key, "")) for cut in cuts[:SLICES]]
    return sorted(made, key=lambda one: (-one.overdue, -one.clients, one.name))


def _slice(board: Board, cut: Cut, scope: str, name: str) -> Slice:
    key = NOBODY if cut.key is None else str(cut.key)
    overdue = board.url(states=(State.OVERDUE.value,), **{scope: key})
    stakes = _stakes(board, cut.worth, **{scope: key})
    return Slice(key, name, cut.clients, cut.overdue, stakes, board.url(**{scope: key}), overdue)
