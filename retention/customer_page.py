"""What retention adds to the page of a customer: where their promise is set, for who may set it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from crm.day_words import day_words, local_day
from crm.models import Clock
from crm.panels import Badge, Panel, register_badges, register_panel
from crm.permissions import supervises


@dataclass(frozen=True)
class SetPromise:
    """The client, and where the promise comes from that is due first."""

    customer: int
    source: str


def register() -> None:
    """Fill crm's registry; called when the app starts."""
    register_panel(set_promise, position=20)
    register_badges(watched, position=20)


def watched(clock: Clock, _reader: User, now: dt.datetime) -> Iterator[Badge]:
    """Since when they are on the watch list. No query."""
    if clock.watched_since is None:
        return
    zone = clock.calendar.tz
    day = day_words(local_day(clock.watched_since, zone), local_day(now, zone))
    words = _("Not content since %(day)s") % {"day": day}
    yield Badge(words, "mood-sad", "up", f"{reverse('retention:watch-list')}#watched-{clock.pk}")


def set_promise(clock: Clock, reader: User, _now: dt.datetime) -> Panel | None:
    """For supervisors of the client's team: where the promise comes from, and the way to change it. No query."""
    if not supervises(reader, clock):
        return None
    words = {
        "customer": _("They have a promise of their own."),
        "segment": _("They are promised what their segment is."),
        "default": _("They are promised what everybody is."),
    }
    said = words.get(clock.due_source, _("Give them a promise of their own, or look at the one that holds."))
    return Panel("retention/_customer_promise.html", SetPromise(clock.pk, said))
