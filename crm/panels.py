"""Panels on the customer page, and words beside the client's name: filled by higher apps in `ready()`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from crm.models import Clock


@dataclass(frozen=True)
class Panel:
    """A card of the right column: `template` is rendered with `data` (as `panel`)."""

    template: str
    data: Any


@dataclass(frozen=True)
class Badge:
    """A word with an icon in the head of the page; `tone` is one of up, brand, fine, soon, none; `link` may lead on."""

    words: str
    icon: str
    tone: str = "none"
    link: str = ""


MakePanel = Callable[[Clock, User, dt.datetime], Panel | None]
MakeBadges = Callable[[Clock, User, dt.datetime], Iterable[Badge]]


@dataclass(frozen=True, order=True)
class _Registered:
    position: int
    make: Callable[[Clock, User, dt.datetime], Any] = field(compare=False)


_panels: list[_Registered] = []
_badges: list[_Registered] = []


def register_panel(make: MakePanel, *, position: int) -> None:
    """Add a panel; `make(clock, reader, now)` returns None where it would be empty."""
    _put(_panels, _Registered(position, make))


def register_badges(make: MakeBadges, *, position: int) -> None:
    """Add words beside the state."""
    _put(_badges, _Registered(position, make))


def _put(registry: list[_Registered], entry: _Registered) -> None:
    registry[:] = [one for one in registry if one.position != entry.position]
    registry.append(entry)
    registry.sort()


def panels_for(clock: Clock, reader: User, now: dt.datetime) -> list[Panel]:
    """The panels of a customer page, in order."""
    made = (one.make(clock, reader, now) for one in _panels)
    return [panel for panel in made if panel is not None]


def badges_for(clock: Clock, reader: User, now: dt.datetime) -> list[Badge]:
    """The badges of a customer page, in order."""
    return [badge for one in _badges for badge in one.make(clock, reader, now)]
