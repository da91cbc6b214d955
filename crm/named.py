"""Sets of clients that a higher app knows by name, as "came-overdue" or "was-soon-20261117": filters of the list.

The first word of a name says who knows it. Each app tells its own in `AppConfig.ready()`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.models import User

if TYPE_CHECKING:
    from crm.listing import View

_NAME = re.compile(r"[a-z]{1,12}(-[a-z0-9]{1,12}){1,3}", re.ASCII)


@dataclass(frozen=True)
class Named:
    """A set of clients. `holds` says in SQL who of the view's scope belongs to it at an instant, `words` its name.

    It decides itself whose the clients must be, so that it may take in who left the scope since. `size` counts all of
    it, where the reader may no longer see some of them beside those whom they are shown.
    """

    holds: Callable[[View, User, dt.datetime], Q]
    words: Callable[[str], str]
    size: Callable[[View, User, dt.datetime, int], int] | None = None


_sets: dict[str, Named] = {}


def tell_set(first: str, named: Named) -> None:
    """Let the list know the names that begin with a word; called when the app starts."""
    _sets[first] = named


def read_name(text: str) -> str:
    """The name of a set in an address, "" for what is none."""
    return text if _NAME.fullmatch(text) and text.partition("-")[0] in _sets else ""


def named(name: str) -> Named | None:
    return _sets.get(name.partition("-")[0])


def words_of(name: str) -> str:
    """What a set is called among the filters."""
    known = named(name)
    return known.words(name) if known else name
