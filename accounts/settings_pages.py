"""The pages of /settings/: each app registers its own in `ready()`; a person sees those that are for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import User
from accounts.navigation import everybody


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """One page of settings. `says` tells in a sentence what is decided there; `order` sorts.

    `prefixes`: further beginnings of addresses that belong to it, beside its own.
    """

    label: str | Promise
    says: str | Promise
    url_name: str
    icon: str
    order: int
    visible: Callable[[User], bool] = everybody
    prefixes: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def holds(self, path: str) -> bool:
        """Tell whether the page at `path` is this one or belongs to it."""
        return path.startswith((self.url, *self.prefixes))


_pages: dict[str, SettingsPage] = {}


def register(page: SettingsPage) -> None:
    """Add a page, or replace the one of the same address."""
    _pages[page.url_name] = page


def pages_for(user: User) -> list[SettingsPage]:
    """Return the pages this person may open, in order."""
    return [page for page in sorted(_pages.values(), key=lambda page: page.order) if page.visible(user)]
