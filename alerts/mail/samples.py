"""Each kind of mail as it would look, with what is true in the firm now: nothing is planned, kept or sent."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Absence, User
from alerts.budget import new_delivery
from alerts.choices import EventKind, Family, Purpose, Rung
from alerts.hand_overs import to_hand_back, to_hand_over
from alerts.mail.letters import Contents, Rendered, render
from alerts.mail.stories import stories_of
from alerts.models import Alert, AlertEvent
from alerts.morning_lines import promised_today
from alerts.querysets import AlertQuerySet
from alerts.weekly import week_of
from crm.models import Clock

#: Clients that a list names in its example.
IN_A_LIST = 4
AHEAD = dt.timedelta(days=3)


@dataclass(frozen=True)
class Kind:
    """A kind of mail: who it is for, and what fills it; None where the firm has nothing of the kind yet."""

    label: str | Promise
    purpose: Purpose
    fill: Callable[[User, dt.datetime], tuple[User, Contents] | None]


def look_of(kind: str, reader: User, language: str, now: dt.datetime) -> Rendered | None:
    """Return a kind of mail in a language, of what `reader` may see; None where there is nothing to show it with."""
    chosen = KINDS[kind]
    with translation.override(language):
        filled = chosen.fill(_speaking(reader, language), now)
        if filled is None or (filled[1].is_empty and chosen.purpose != Purpose.TEST):
            return None
        to, contents = filled
        to = _speaking(to, language)
        return render(new_delivery(to, chosen.purpose, now, now=now), to, contents, now)


def _speaking(user: User, language: str) -> User:
    one = copy.copy(user)
    one.language = language
    return one


def _alerts(reader: User, *families: str) -> QuerySet[Alert]:
    seen = AlertQuerySet(Alert).visible_to(reader).open().filter(snoozed_until=None, dismissed_until=None)
    return seen.filter(family__in=families, customer__is_demo=reader.is_demo).order_by("oldest_due_at", "pk")


def _told(alerts: Iterable[Alert], kind: str, now: dt.datetime, **lines: object) -> Contents:
    chosen = list(alerts)
    events = [AlertEvent(alert=one, kind=kind, at=now, rung=Rung.OWNER) for one in chosen]
    return Contents(events, stories_of([one.pk for one in chosen], now), **lines)  # type: ignore[arg-type]


def _owner(alert: Alert, reader: User) -> User:
    clock = Clock.objects.select_related("owner").get(pk=alert.customer_id)
    return clock.owner or reader


def _single(family: str, kind: str) -> Callable[[User, dt.datetime], tuple[User, Contents] | None]:
    def fill(reader: User, now: dt.datetime) -> tuple[User, Contents] | None:
        alert = _alerts(reader, family).first()
        return (_owner(alert, reader), _told([alert], kind, now)) if alert else None

    return fill


def _climbed(reader: User, now: dt.datetime) -> tuple[User, Contents] | None:
    alert = _alerts(reader, Family.SILENCE).filter(rung__gte=Rung.SUPERVISOR).first()
    return (reader, _told([alert], EventKind.CLIMBED, now)) if alert else None


def _morning(reader: User, now: dt.datetime) -> tuple[User, Contents] | None:
    first = _alerts(reader, *Family.values).first()
    if first is None:
        return None
    owner = _owner(first, reader)
    theirs = _alerts(reader, *Family.values).filter(customer__clock__owner=first.customer.owner_id)
    promises = list(promised_today(owner, now).select_related("customer")[:IN_A_LIST])
    line = {"owner": owner.pk, "name": owner.name, "count": 12, "long": 2, "values": {}}
    waiting = [line | {"oldest": first.oldest_due_at.isoformat()}]
    return owner, _told(theirs[:IN_A_LIST], EventKind.ADMITTED, now, promises=promises, waiting=waiting)


def _weekly(reader: User, now: dt.datetime) -> tuple[User, Contents] | None:
    leads = User.objects.active().filter(memberships__supervises=True, is_demo=reader.is_demo).order_by("pk")
    for one in [*leads.distinct()[:5], reader]:
        if week := week_of(_speaking(one, translation.get_language() or "en"), now):
            return one, Contents(week=week)
    return None


def _handing(
    said: Callable[[Absence, dt.datetime], dict[str, object]],
) -> Callable[[User, dt.datetime], tuple[User, Contents] | None]:
    def fill(reader: User, now: dt.datetime) -> tuple[User, Contents] | None:
        busiest = _alerts(reader, *Family.values).filter(customer__owner__isnull=False).first()
        if busiest is None or busiest.customer.owner is None:
            return None
        # Nobody needs to be away for the example.
        absence = Absence(user=busiest.customer.owner, starts_at=now - AHEAD, ends_at=now + AHEAD)
        return reader, Contents(handing=said(absence, now))

    return fill


def _handing_back(absence: Absence, now: dt.datetime) -> dict[str, object]:
    return to_hand_back(absence, now, now)


def _refused(reader: User, _now: dt.datetime) -> tuple[User, Contents]:
    return reader, Contents(refused=[{"name": reader.name, "address": reader.email}])


def _left(reader: User, _now: dt.datetime) -> tuple[User, Contents]:
    return reader, Contents(left=[{"name": reader.name, "clients": 12}])


def _test(reader: User, _now: dt.datetime) -> tuple[User, Contents]:
    return reader, Contents()


KINDS: dict[str, Kind] = {
    "morning": Kind(_("Morning mail"), Purpose.MORNING, _morning),
    "silence": Kind(_("One client who waited too long"), Purpose.SINGLE, _single(Family.SILENCE, EventKind.ADMITTED)),
    "callback": Kind(_("A call back"), Purpose.SINGLE, _single(Family.CALL_BACK, EventKind.OPENED)),
    "promise": Kind(_("A promise that is late"), Purpose.SINGLE, _single(Family.PROMISE, EventKind.OPENED)),
    "climbed": Kind(_("What climbed to a supervisor"), Purpose.SINGLE, _climbed),
    "weekly": Kind(_("Weekly mail"), Purpose.WEEKLY, _weekly),
    "handover": Kind(_("Hand-over to a cover"), Purpose.HAND_OVER, _handing(to_hand_over)),
    "handback": Kind(_("Hand-back on return"), Purpose.HAND_BACK, _handing(_handing_back)),
    "refused": Kind(_("An address that takes no mail"), Purpose.LIST, _refused),
    "left": Kind(_("Somebody who left"), Purpose.LIST, _left),
    "test": Kind(_("Test mail"), Purpose.TEST, _test),
}
