"""Handing many clients of the list over at once: the page for it is a higher app's, the list offers the way there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.urls import reverse

from accounts.models import User
from crm.listing import View

_offer: list[tuple[str, Callable[[User], bool]]] = []


def offer(url_name: str, may: Callable[[User], bool]) -> None:
    """Offer a page to those who may; it reads which clients from the list's own parameters, or from `pk`s."""
    _offer[:] = [(url_name, may)]


@dataclass(frozen=True)
class Handing:
    """Where the ticked clients go, and addresses: begin ticking, stop, and all that the list says ("" for nobody's)."""

    page_url: str
    tick_url: str
    stop_url: str
    all_url: str


def handing_of(view: View, user: User, at: dt.datetime) -> Handing | None:
    """What the list offers a reader; None where there is nothing. `at` is the instant that it reads states at."""
    if not _offer or view.teams or not _offer[0][1](user):
        return None
    page = reverse(_offer[0][0])
    whole = replace(view, tick=False, as_of=at)
    return Handing(
        page_url=page,
        tick_url=replace(view, tick=True).address(),
        stop_url=replace(view, tick=False).address(),
        # Everybody is nobody's choice.
        all_url=page + whole.address() if view.is_narrowed else "",
    )
