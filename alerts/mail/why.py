"""Why somebody got a mail, read from the rows: its window, and for each line the event, the rung and the right to it.

Nobody is "you": an administrator reads it too.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Absence, User
from alerts.budget import A_DAY, AT_ONCE, MAILS_A_DAY
from alerts.choices import EventKind, Family, Purpose, Rung
from alerts.mail.trail import reason_words
from alerts.models import AlertEvent, Delivery, DeliveryItem
from alerts.tell import is_pressing
from crm.day_words import moment
from crm.models import Customer


@dataclass(frozen=True)
class Why:
    """Why a mail came when it did, and why each of its lines."""

    window: str
    lines: list[str] = field(default_factory=list)


def why_of(delivery: Delivery, items: Sequence[DeliveryItem], now: dt.datetime) -> Why:
    """Return the reasons in the language that is active, times in the reader's zone. At most five queries.

    Give the items as `items_of` reads them.
    """
    firm = _Then.read(items)
    lines = [_item_line(item, firm, now) for item in items]
    return Why(_window(delivery, now), [*lines, *_other_lines(delivery)])


@dataclass(frozen=True)
class _Then:
    """Whose each client was when it was told of, who was away, and who covered."""

    absences: list[Absence]
    owners: Mapping[int, Sequence[tuple[dt.datetime, int | None]]]
    people: Mapping[int, User]

    @classmethod
    def read(cls, items: Iterable[DeliveryItem]) -> _Then:
        customers = {item.event.alert.customer_id for item in items}
        if not customers:
            return cls([], {}, {})
        owners: dict[int, list[tuple[dt.datetime, int | None]]] = defaultdict(list)
        rows = Customer.history.filter(id__in=customers).order_by("history_date", "history_id")
        for customer, since, owner in rows.values_list("id", "history_date", "owner_id"):
            owners[customer].append((since, owner))
        known = {owner for saves in owners.values() for _since, owner in saves if owner}
        absences = Absence.objects.filter(user__in=known).select_related("cover")
        return cls(list(absences), owners, User.objects.in_bulk(known))

    def owner(self, event: AlertEvent) -> User | None:
        """Whose the client was at the event; one without a history, whose they are."""
        saves = self.owners.get(event.alert.customer_id)
        if not saves:
            return event.alert.customer.owner
        before = [owner for since, owner in saves if since <= event.at] or [saves[0][1]]
        return self.people.get(before[-1] or 0)

    def away(self, owner: User, at: dt.datetime) -> Absence | None:
        return next((one for one in self.absences if one.user_id == owner.pk and _holds(one, at)), None)


def _holds(absence: Absence, at: dt.datetime) -> bool:
    return absence.starts_at <= at and (absence.ends_at is None or at < absence.ends_at)


def _window(delivery: Delivery, now: dt.datetime) -> str:
    reader = delivery.to_user
    if reader is None or delivery.purpose == Purpose.ACCOUNT:
        return _("It was asked for, and goes at once.")
    about = {"name": reader.name, "hour": f"{reader.digest_hour:%H:%M}", "zone": reader.time_zone.replace("_", " ")}
    said = {
        Purpose.MORNING: _("The morning mail of %(name)s: %(hour)s on working days, on the clock of %(zone)s."),
        Purpose.WEEKLY: _("The weekly mail of %(name)s: with the first morning of the week, %(hour)s (%(zone)s)."),
        Purpose.HAND_OVER: _("%(name)s covers, and gets one list when the absence begins or the evening before."),
        Purpose.HAND_BACK: _("%(name)s is back, and gets one list of what happened meanwhile."),
        Purpose.TEST: _("%(name)s asked for a test mail."),
    }
    handing = delivery.data.get("handing") or {}
    if handing.get("over") or handing.get("was"):
        return _("%(name)s had been told what to cover, and hears when that changes.") % about
    if delivery.purpose in said:
        return said[Purpose(delivery.purpose)] % about
    return _at_once(delivery, reader, now)


def _at_once(delivery: Delivery, reader: User, now: dt.datetime) -> str:
    told = _("What cannot wait is told at once, within the working hours of %(name)s.") % {"name": reader.name}
    if delivery.window_at > delivery.created_at:
        when = moment(delivery.window_at, reader.zone, now)
        told += " " + _("This one waited for them: it goes %(when)s.") % {"when": when}
    if delivery.purpose == Purpose.LIST and _spent(delivery, reader) >= MAILS_A_DAY:
        n = MAILS_A_DAY
        more = ngettext(
            "More than %(n)s mail of a day come as one list an hour.",
            "More than %(n)s mails of a day come as one list an hour.",
            n,
        )
        told += " " + more % {"n": n}
    return told


def _spent(delivery: Delivery, reader: User) -> int:
    """The mails at once before it on its local day."""
    day = delivery.window_at.astimezone(reader.zone).date()
    before = Delivery.objects.filter(to_user=reader, purpose__in=AT_ONCE, pk__lt=delivery.pk)
    instants = before.filter(window_at__gt=delivery.window_at - A_DAY).values_list("window_at", flat=True)
    return len([at for at in instants if at.astimezone(reader.zone).date() == day])


def _item_line(item: DeliveryItem, firm: _Then, now: dt.datetime) -> str:
    event = item.event
    about = {
        "client": event.alert.customer.name,
        "what": what_happened(event),
        "when": moment(event.at, item.recipient.zone, now),
        "right": right_of(item.recipient, event, firm),
    }
    line = _("%(client)s, %(when)s: %(what)s; %(right)s.") % about
    if item.withheld:
        line += " " + capfirst(_("left out: %(reason)s.") % {"reason": reason_words(item.withheld)})
    return line


def what_happened(event: AlertEvent) -> str:
    """Say why an event is told: what happened by which rule."""
    family = event.alert.family
    if event.kind == EventKind.OPENED:
        return {
            Family.CALL_BACK.value: _("they called and nobody was there, and a call back is told at once"),
            Family.PROMISE.value: _("the day of a promise ended, and a late promise is told at once"),
            Family.REVIEW.value: _("the day to ask about “no follow-up” came, and that is told at once"),
        }.get(family, str(event.get_kind_display()))
    if event.kind == EventKind.ADMITTED:
        if is_pressing(event):
            return _("they waited too long, and a key client is told at once")
        return _("they waited too long, and their turn came")
    if event.kind == EventKind.CLIMBED:
        return _("nobody reached them in time, so it climbed")
    if event.kind == EventKind.DUE:
        return _("the time promised for the call back came")
    if event.kind == EventKind.REASSIGNED:
        return _("the client changed hands with something open")
    actor = event.actor.name if event.actor else _("somebody")
    said = {
        EventKind.SNOOZE_ENDED.value: _("the pause ended"),
        EventKind.DISMISS_ENDED.value: _("the time for which it was accepted ended"),
        EventKind.REOPENED.value: _("%(name)s removed a call, so it is open again"),
        EventKind.DISMISSED.value: _("%(name)s accepted the silence, of which a supervisor is told"),
        EventKind.DATE_AGREED.value: _("%(name)s agreed on a date late, of which a supervisor is told"),
        EventKind.CLOSED.value: _("%(name)s attended to them"),
    }
    return said.get(event.kind, str(event.get_kind_display())) % {"name": actor}


def right_of(person: User, event: AlertEvent, firm: _Then) -> str:
    """Say why an event concerns somebody: whose client it is, whom they cover, what they supervise."""
    owner = firm.owner(event)
    away = firm.away(owner, event.at) if owner else None
    about = {"name": person.name, "owner": owner.name if owner else ""}
    if event.kind == EventKind.CLIMBED and event.rung == Rung.ADMINISTRATORS:
        return _("%(name)s administers") % about
    if owner is not None and person.pk == owner.pk:
        return _("the client is with %(name)s") % about
    if away is not None and away.cover_id == person.pk:
        return _("%(name)s covers for %(owner)s") % about
    if owner is None:
        return _("nobody has the client, and %(name)s answers for the queue") % about
    if away is not None and event.rung <= Rung.OWNER:
        return _("%(owner)s is away without cover, and %(name)s answers for the queue") % about
    if person.is_supervisor:
        return _("%(name)s supervises the team of %(owner)s") % about
    if event.alert.family == Family.PROMISE:
        return _("the promise is with %(name)s") % about
    return _("%(name)s acted for %(owner)s") % about


def _other_lines(delivery: Delivery) -> list[str]:
    """The lines of a mail that are no event."""
    data, lines = delivery.data, []
    if delivery.purpose == Purpose.WEEKLY:
        lines.append(_("Who moved and the promises: the seven days before, of the clients that its reader may see."))
        lines.append(_("What climbed, was handed over or mended: since the weekly mail before."))
    if data.get("handed_over"):
        lines.append(_("Clients handed over: counted once, on the morning after."))
    if data.get("left"):
        lines.append(_("Somebody left: told once to who answers for their queue, and to whom they were to cover for."))
    if data.get("promises"):
        lines.append(_("Promised for today: told on the morning of the day."))
    if data.get("waiting"):
        lines.append(_("Waiting their turn: only so many are told a morning; a line a day while more than ten wait."))
    if data.get("refused"):
        lines.append(_("An address that takes no mail: told once to who can have it mended."))
    if delivery.purpose == Purpose.HAND_OVER and data.get("handing") and not data["handing"].get("over"):
        lines.append(_("%(name)s is away: what is owed to their clients.") % {"name": data["handing"]["name"]})
    return lines


#: What the rows of a mail are read with.
ITEMS = ("event__alert__customer__owner", "event__actor", "recipient")


def items_of(delivery: Delivery, seen: Q | None = None) -> list[DeliveryItem]:
    """Return the items of a mail with what their reasons need. One query."""
    return list(DeliveryItem.objects.filter(seen or Q(), delivery=delivery).select_related(*ITEMS).order_by("pk"))
