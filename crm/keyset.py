"""Pages by the last row's key: no OFFSET, no COUNT, the same work on page 1 and on page 900.

An order is a list of stretches, walked one after another: "renews from today on, soonest first", then "renewed
before, latest first", then "no date". Within each stretch no key is NULL, so that both databases order alike and an
index serves.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q, QuerySet

Read = Callable[[str], Any]


@dataclass(frozen=True)
class Key:
    """One column of an order; `read` turns its text in the address back into a value (ValueError if it cannot)."""

    name: str
    read: Read
    down: bool = False


@dataclass(frozen=True)
class Stretch:
    """Rows that `only` selects, ordered by `keys`; the last key is the primary one."""

    only: Q
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after (or before) the row of these key values in this stretch."""

    stretch: int
    values: tuple[Any, ...]
    back: bool = False


@dataclass(frozen=True)
class Page:
    """One page, as primary keys in order; `next` and `previous` are texts for the address, empty at the ends."""

    pks: list[int]
    next: str = ""
    previous: str = ""


def instant(text: str) -> dt.datetime:
    """Read an aware instant; ValueError where it is none, or one that no clock of ours has shown or will show."""
    value = dt.datetime.fromisoformat(text)
    if value.tzinfo is None or not 1000 <= value.year < 9999:
        raise ValueError(text)
    # In UTC: PostgreSQL takes no offset beyond 16 hours.
    return value.astimezone(dt.UTC)


def word(text: str) -> str:
    """Read a text that a database can compare with: PostgreSQL takes neither NUL nor half of a pair."""
    if "\0" in text:
        raise ValueError(text)
    text.encode()
    return text


def whole(text: str) -> int:
    """Read a whole number that fits a column."""
    value = int(text)
    if abs(value) >= 2**63:
        raise ValueError(text)
    return value


def decimal(text: str) -> Decimal:
    """Read a decimal number."""
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not value.is_finite() or value.adjusted() > 30:
        raise ValueError(text)
    return value


def read_cursor(text: str, order: Sequence[Stretch], *, back: bool = False) -> Cursor | None:
    """Read a cursor from the address; None when it is empty or not one of this order."""
    if not text:
        return None
    try:
        stretch, *values = json.loads(base64.urlsafe_b64decode(text.encode()))
        keys = order[stretch].keys
        if stretch < 0 or len(values) != len(keys):
            return None
        return Cursor(stretch, tuple(key.read(value) for key, value in zip(keys, values, strict=True)), back)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError, RecursionError, binascii.Error):
        return None


#: The stretch that a row lies in, and the values of its keys.
Found = tuple[int, tuple[Any, ...]]


def page_of(rows: QuerySet[Any], order: Sequence[Stretch], cursor: Cursor | None, size: int) -> Page:
    """Return one page of `rows`. One query a stretch that the page touches.

    Only keys are read: what else a row needs is read for the page's rows alone, not joined to all of them first.
    """
    back = cursor.back if cursor else False
    found = _walk(rows, order, cursor, size + 1)
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    if not found:
        return Page([])
    after = _text(*found[-1]) if more or back else ""
    before = _text(*found[0]) if (more if back else cursor is not None) else ""
    return Page([values[-1] for _stretch, values in found], after, before)


def _walk(rows: QuerySet[Any], order: Sequence[Stretch], cursor: Cursor | None, wanted: int) -> list[Found]:
    back = cursor.back if cursor else False
    first = cursor.stretch if cursor else 0
    found: list[Found] = []
    for number in range(first, -1, -1) if back else range(first, len(order)):
        stretch = order[number]
        some = rows.filter(stretch.only)
        if cursor and number == cursor.stretch:
            some = some.filter(_beyond(stretch.keys, cursor.values, back))
        some = some.order_by(*(_ordering(key, back) for key in stretch.keys))
        some = some.values_list(*(key.name for key in stretch.keys))
        found += [(number, values) for values in some[: wanted - len(found)]]
        if len(found) >= wanted:
            break
    return found


def _ordering(key: Key, back: bool) -> str:
    return f"-{key.name}" if key.down != back else key.name


def _beyond(keys: Sequence[Key], values: Sequence[Any], back: bool) -> Q:
    """Rows after these values. The first key's bound is said once more by itself: that part an index can use."""
    beyond = Q()
    equal = Q()
    for key, value in zip(keys, values, strict=True):
        less = key.down != back
        beyond |= equal & Q(**{f"{key.name}__{'lt' if less else 'gt'}": value})
        equal &= Q(**{key.name: value})
    first = keys[0]
    bound = Q(**{f"{first.name}__{'lte' if first.down != back else 'gte'}": values[0]})
    return bound & beyond


def _text(stretch: int, values: Sequence[Any]) -> str:
    texts = [value.isoformat() if isinstance(value, dt.date) else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps([stretch, *texts], ensure_ascii=False).encode()).decode()
