"""The entries of the navigation: each app registers its own in `ready()`; the shell shows those a person may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from accounts.models import User


def everybody(_user: User) -> bool:
    return True


def no_badge(_user: User) -> int:
    return 0


@dataclass(frozen=True, kw_only=True)
class NavEntry:
    """One line of the navigation. `order` sorts; the first three are also on the phone's bar; `foot` puts it below."""

    label: str | Promise
    url_name: str
    icon: str
    order: int
    visible: Callable[[User], bool] = everybody
    badge: Callable[[User], int] = no_badge
    foot: bool = False


@dataclass
class ShownEntry:
    """An entry as one person sees it on one page; its badge is counted once, and only if a template prints it."""

    entry: NavEntry
    url: str
    user: User
    active: bool = False

    @property
    def label(self) -> str | Promise:
        return self.entry.label

    @property
    def icon(self) -> str:
        return self.entry.icon

    @property
    def foot(self) -> bool:
        return self.entry.foot

    @property
    def key(self) -> str:
        """What its count is found by, when a part of the page brings a new one."""
        return self.entry.url_name.rpartition(":")[2]

    @property
    def counts(self) -> bool:
        """Whether a number may stand beside it."""
        return self.entry.badge is not no_badge

    @cached_property
    def badge(self) -> int:
        return self.entry.badge(self.user)


_entries: dict[str, NavEntry] = {}


def register(entry: NavEntry) -> None:
    """Add an entry, or replace the one of the same address."""
    _entries[entry.url_name] = entry


def entries_for(user: User, path: str) -> list[ShownEntry]:
    """Return what this person sees, in order, the one that `path` belongs to marked active.

    An entry whose page does not exist (its app is not installed) is left out.
    """
    shown = []
    for entry in sorted(_entries.values(), key=lambda entry: entry.order):
        url = _address(entry)
        if url and entry.visible(user):
            shown.append(ShownEntry(entry, url, user))
    _mark_active(shown, path)
    return shown


def _address(entry: NavEntry) -> str:
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _mark_active(shown: list[ShownEntry], path: str) -> None:
    """The longest address that the path starts with is the active one; "/" only when it is the path itself."""
    candidates = [one for one in shown if path == one.url or (one.url != "/" and path.startswith(one.url))]
    if candidates:
        max(candidates, key=lambda one: len(one.url)).active = True
