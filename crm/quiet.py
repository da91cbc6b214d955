"""W8: people who decide or influence and have heard nothing for long. The app that knows the promise dates it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from crm.choices import DECISIVE, FELT, Influence, Stance
from crm.models import Contact, Interaction

#: Writes `quiet_at` of contacts from their last attention and what their customer is promised.
Date = Callable[[QuerySet[Contact]], None]
_dates: list[Date] = []


def tell_quiet(date: Date) -> None:
    """Let the app that knows the promises say when somebody has gone quiet; called when the app starts."""
    _dates[:] = [date]


def date_quiet(people: Sequence[int]) -> None:
    """Date anew when these contacts have gone quiet, or will have."""
    for date in _dates if people else ():
        date(Contact.objects.filter(pk__in=people))


def hear(people: Sequence[int]) -> None:
    """Bring the last attention of these contacts up to the interactions that they took part in. Two statements."""
    if not people:
        return
    taken = Interaction.objects.filter(participants=OuterRef("pk"), deleted_at__isnull=True, counts_as__in=FELT)
    latest = taken.order_by("-counts_at").values("counts_at")[:1]
    Contact.objects.filter(pk__in=people).update(last_attention_at=Subquery(latest))
    date_quiet(people)


def still_there() -> QuerySet[Contact]:
    return Contact.objects.filter(left_on__isnull=True, archived_at__isnull=True)


def has_quiet(now: dt.datetime) -> Exists:
    """Whether somebody who decides or influences has gone quiet, for a query of clocks."""
    return Exists(still_there().filter(customer=OuterRef("pk"), influence__in=DECISIVE, quiet_at__lte=now))


def has_against() -> Exists:
    """Whether somebody who decides is against us, for a query of clocks."""
    people = still_there().filter(customer=OuterRef("pk"), influence=Influence.DECIDES, stance=Stance.AGAINST)
    return Exists(people)
