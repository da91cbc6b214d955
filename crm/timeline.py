"""The history of one customer, newest first, from several sources; higher apps add theirs by `register`.

Each source is asked for the newest moments older than where the page ends; they are merged here. The silence between
two moments of attention is drawn in by `crm.silence`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from accounts.models import User
from crm.keyset import instant
from crm.models import Customer

PAGE = 25


@dataclass(frozen=True)
class Moment:
    """One thing that happened: at `at` (UTC), drawn with `icon` and `tone` ("", ok, in, bad).

    `headline` is bold, `about` follows it, `text` stands below. `felt` marks attention. `anchor` is its id in the page;
    `template` adds what only its source knows (buttons), with `object`.
    """

    at: dt.datetime
    pk: int
    icon: str
    headline: str | SafeString
    about: str | SafeString = ""
    text: str = ""
    tone: str = ""
    felt: bool = False
    local_date: dt.date | None = None
    date_only: bool = False
    anchor: str = ""
    template: str = ""
    object: Any = None


@dataclass(frozen=True)
class Edge:
    """Where a page ends: older than this. Sources of one instant follow each other by position, then by id."""

    at: dt.datetime
    position: int
    pk: int

    def older(self, column: str, position: int) -> Q:
        """The filter for a source: moments of `column` that come after the edge."""
        before = Q(**{f"{column}__lt": self.at})
        if position > self.position:
            return before | Q(**{column: self.at})
        if position == self.position:
            return before | Q(**{column: self.at, "pk__lt": self.pk})
        return before

    def __str__(self) -> str:
        text = f"{self.at.isoformat()}/{self.position}/{self.pk}"
        return base64.urlsafe_b64encode(text.encode()).decode()


def read_edge(text: str) -> Edge | None:
    """Read an edge from the address; None when it is none."""
    try:
        at, position, pk = base64.urlsafe_b64decode(text.encode()).decode().split("/")
        edge = Edge(instant(at), int(position), int(pk))
    except (ValueError, OverflowError, binascii.Error):
        return None
    return edge


@dataclass(frozen=True)
class Request:
    """What a source is asked for: at most `limit` moments, older than `edge`; `show` is the chip chosen."""

    customer: Customer
    reader: User
    now: dt.datetime
    limit: int
    position: int
    edge: Edge | None = None
    show: str = ""

    def older(self, column: str) -> Q:
        return self.edge.older(column, self.position) if self.edge else Q()


Source = Callable[[Request], Iterable[Moment]]


@dataclass(frozen=True, order=True)
class _Registered:
    position: int
    source: Source = field(compare=False)
    shows: frozenset[str] = field(compare=False)


_sources: list[_Registered] = []
_chips: list[tuple[int, str, str | Promise]] = []


def register(source: Source, *, position: int, shows: Iterable[str] = ()) -> None:
    """Add a source. It is part of "All", and of the chips named in `shows`."""
    _sources[:] = [one for one in _sources if one.position != position]
    _sources.append(_Registered(position, source, frozenset(shows)))
    _sources.sort()


def register_chip(name: str, label: str | Promise, *, position: int) -> None:
    """Add a chip above the history that shows only the sources that name it."""
    _chips[:] = [one for one in _chips if one[1] != name]
    _chips.append((position, name, label))
    _chips.sort(key=lambda chip: chip[0])


def chips() -> list[tuple[str, str | Promise]]:
    """The chips beside "All", in order."""
    return [(name, label) for _position, name, label in _chips]


@dataclass(frozen=True)
class Stretch:
    """One page of history; `older` is the edge for the next one, empty at the beginning of it all."""

    moments: list[Moment]
    older: str


def history_of(
    customer: Customer, *, reader: User, now: dt.datetime, show: str = "", edge: Edge | None = None, size: int = PAGE
) -> Stretch:
    """Return one page of the history. Each source costs what it costs, no more the longer the history is."""
    asked = [one for one in _sources if not show or show in one.shows]
    lists = [
        [
            (moment, one.position)
            for moment in one.source(Request(customer, reader, now, size + 1, one.position, edge, show))
        ]
        for one in asked
    ]
    merged = heapq.merge(*lists, key=lambda entry: (-entry[0].at.timestamp(), entry[1], -entry[0].pk))
    found = list(itertools.islice(merged, size + 1))
    page = found[:size]
    older = ""
    if len(found) > size:
        last, position = page[-1]
        older = str(Edge(last.at, position, last.pk))
    return Stretch([moment for moment, _position in page], older)
