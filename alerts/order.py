"""A4's order of silences: min(ratio, 3) × (1 + p), then customer id. Admission and Today use the same."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

#: Beyond so many times the promise, waiting longer puts nobody before the more valuable.
RATIO_CAP = 3.0
#: p of a client without a value.
WITHOUT_VALUE = 0.5


class Waiting(Protocol):
    """What the order reads; a Clock has it."""

    @property
    def customer_id(self) -> int: ...
    @property
    def anchor_at(self) -> dt.datetime | None: ...
    @property
    def due_at(self) -> dt.datetime | None: ...
    @property
    def value(self) -> Decimal | None: ...
    @property
    def currency(self) -> str: ...


Row = TypeVar("Row", bound=Waiting)


@dataclass(frozen=True)
class Place(Generic[Row]):
    """A row with why it stands where it does.

    `ratio` is the gap ratio (T3), uncapped; `smaller` of `valued` silences in its currency have a smaller value, both
    None without a value.
    """

    row: Row
    ratio: float
    smaller: int | None
    valued: int | None

    @property
    def share(self) -> float:
        """p: the share of silences in its currency with a smaller value."""
        if self.smaller is None or not self.valued:
            return WITHOUT_VALUE
        return self.smaller / self.valued

    @property
    def score(self) -> float:
        return min(self.ratio, RATIO_CAP) * (1 + self.share)


def ranked(rows: Iterable[Row], now: dt.datetime) -> list[Place[Row]]:
    """Return one person's open silences in A4's order. Pass all of them: p compares each with the others."""
    rows = list(rows)
    values: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        if row.value is not None:
            values[row.currency].append(row.value)
    for of_currency in values.values():
        of_currency.sort()
    places = [_place(row, values, now) for row in rows]
    return sorted(places, key=lambda place: (-place.score, place.row.customer_id))


def _place(row: Row, values: dict[str, list[Decimal]], now: dt.datetime) -> Place[Row]:
    ratio = gap_ratio(row.anchor_at, row.due_at, now)
    if row.value is None:
        return Place(row, ratio, None, None)
    of_currency = values[row.currency]
    return Place(row, ratio, bisect_left(of_currency, row.value), len(of_currency))


def gap_ratio(anchor_at: dt.datetime | None, due_at: dt.datetime | None, now: dt.datetime) -> float:
    """T3: elapsed over promised, 1.0 exactly when overdue begins; 1.0 too where nothing is promised any more."""
    if anchor_at is None or due_at is None or due_at <= anchor_at:
        return 1.0
    return (now - anchor_at) / (due_at - anchor_at)
