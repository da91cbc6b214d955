"""How many clients of a scope ask for care that the clock does not see; each number is the count of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Value
from django.utils.translation import ngettext

from accounts.models import User
from crm.listing import Listing, View

MARKS = ("watched", "quiet", "against", "rhythm")


@dataclass(frozen=True)
class Care:
    """One number of the line: `words` with it, `icon`, and the address of the list of customers behind it."""

    mark: str
    count: int
    words: str
    icon: str
    url: str


def care_of(view: View, user: User, at: dt.datetime) -> list[Care]:
    """Count each mark over the clients of `view` at an instant, those that are none left out. One query."""
    return care_from(care_counts(view, user, at), view, at)


def care_counts(view: View, user: User, at: dt.datetime) -> dict[str, int]:
    """How many clients of `view` have each mark at an instant; marks that none has are left out. One query."""
    scopes = [_counted(view, user, at, place) for place in range(len(MARKS))]
    counts = scopes[0].union(*scopes[1:], all=True).values_list("place", "n")
    return {MARKS[place]: n for place, n in counts if n}


def care_from(counts: dict[str, int], view: View, at: dt.datetime) -> list[Care]:
    """The line of numbers that were counted at an instant."""
    return [
        Care(mark, n, _WORDS[mark](n), _ICONS[mark], replace(view, marks=(mark,), as_of=at).address())
        for mark in MARKS
        if (n := counts.get(mark, 0))
    ]


def _counted(view: View, user: User, at: dt.datetime, place: int) -> QuerySet[Any, Any]:
    rows = Listing(replace(view, marks=(MARKS[place],), as_of=at), user, at).rows
    return rows.order_by().annotate(place=Value(place, IntegerField())).values("place").annotate(n=Count("pk"))


def _watched(n: int) -> str:
    return ngettext("%(n)s is not content", "%(n)s are not content", n) % {"n": n}


def _quiet(n: int) -> str:
    return ngettext("somebody has gone quiet at %(n)s", "somebody has gone quiet at %(n)s", n) % {"n": n}


def _against(n: int) -> str:
    return ngettext("who decides is against us at %(n)s", "who decides is against us at %(n)s", n) % {"n": n}


def _rhythm(n: int) -> str:
    return ngettext("%(n)s breaks its own rhythm", "%(n)s break their own rhythm", n) % {"n": n}


_WORDS: dict[str, Callable[[int], str]] = {
    "watched": _watched,
    "quiet": _quiet,
    "against": _against,
    "rhythm": _rhythm,
}
_ICONS = {
    "watched": "mood-sad",
    "quiet": "message-off",
    "against": "user-exclamation",
    "rhythm": "activity-heartbeat",
}
