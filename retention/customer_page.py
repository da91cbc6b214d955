"""What retention adds to the page of a customer: where their promise is set, for who may set it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Clock
from crm.panels import Panel, register_panel
from crm.permissions import supervises


@dataclass(frozen=True)
class SetPromise:
    """The client, and where the promise comes from that is due first."""

    customer: int
    source: str


def register() -> None:
    """Fill crm's registry; called when the app starts."""
    register_panel(set_promise, position=20)


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
