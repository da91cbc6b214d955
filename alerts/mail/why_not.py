"""Who heard about a client, and why the others did not: read from the rows, for the search on Sent mail.

For each rung of an alert, everybody who stands on it now and everybody who was mailed about it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.acting import absent_until
from accounts.models import User
from alerts import journal
from alerts.choices import DeliveryState, EventKind, Family, Purpose, Rung
from alerts.explain import NextOnPage, explain_next
from alerts.mail.trail import reason_words
from alerts.models import Alert, Deadline, Delivery, DeliveryItem
from alerts.models.deadline import OPEN
from alerts.querysets import AlertQuerySet
from alerts.recipients import recipients_of
from crm.day_words import by_day, clock_time, local_day, moment
from crm.models import Clock, Customer
from crm.models.clock import State
from crm.search import search_q

#: Clients that a search names, and alerts of each, the open ones and then the latest.
CLIENTS, ALERTS = 5, 3


@dataclass(frozen=True)
class Heard:
    """One person: whether they were told of an alert, in words; `delivery` where the reader may open the mail."""

    name: str
    was_told: bool
    words: str
    delivery: int | None = None


@dataclass(frozen=True)
class About:
    """One alert: what it is, and who heard of it."""

    alert: Alert
    title: str
    heard: list[Heard]


@dataclass(frozen=True)
class Client:
    """A client that was searched for; `words` say how they stand where nothing is open."""

    customer: Customer
    words: str
    alerts: list[About]


def search(text: str, reader: User, now: dt.datetime) -> list[Client]:
    """Return the clients that the reader sees and whose name fits, each with who heard what. Some queries an alert."""
    if not text.strip():
        return []
    found = Customer.objects.visible_to(reader).filter(search_q(text)).select_related("clock", "owner", "team")
    return [_client(one, reader, now) for one in found.order_by("name_key", "pk")[:CLIENTS]]


def _client(customer: Customer, reader: User, now: dt.datetime) -> Client:
    alerts = AlertQuerySet(Alert).filter(customer=customer).select_related("customer__owner", "customer__team")
    latest = [*alerts.open().order_by("pk"), *alerts.filter(closed_at__isnull=False).order_by("-closed_at")]
    return Client(customer, _stands(customer, latest, reader, now), [_about(a, reader, now) for a in latest[:ALERTS]])


def _stands(customer: Customer, alerts: Sequence[Alert], reader: User, now: dt.datetime) -> str:
    """Why nothing is told of a client about whom nothing is open; empty where something is."""
    clock = Clock.objects.filter(pk=customer.pk).first()
    if any(alert.closed_at is None and alert.family == Family.SILENCE for alert in alerts) or clock is None:
        return ""
    if not clock.active:
        return _("Nobody is told: the client is archived, leaving or gone.")
    status = clock.status_at(now)
    if status.state == State.NO_CADENCE:
        return _("Nobody is told of a silence: no follow-up is wanted.")
    if clock.due_at is None:
        return ""
    if status.state != State.OVERDUE:
        when = moment(clock.due_at, reader.zone, now)
        return _("Nobody is told of a silence yet: the next contact is due %(when)s.") % {"when": when}
    held = Deadline.objects.filter(OPEN, customer=customer, opened_at__isnull=True, due_at__lte=now)
    part = held.order_by("due_at").first()
    if part is None:
        return ""
    if part.not_before and part.not_before > now:
        when = moment(part.not_before, reader.zone, now)
        return _("A promise changed, and what fell due by it is told little by little: this one %(when)s.") % {
            "when": when
        }
    when = moment(max(part.opens_at or now, now), reader.zone, now)
    return _("They wait too long, and the alert opens with the next working hours: %(when)s.") % {"when": when}


def _about(alert: Alert, reader: User, now: dt.datetime) -> About:
    since = {"what": alert.get_family_display(), "when": moment(alert.oldest_due_at, reader.zone, now)}
    title = _("%(what)s, due %(when)s") % since
    if alert.closed_at is not None:
        ended = {"how": alert.get_close_reason_display(), "when": moment(alert.closed_at, reader.zone, now)}
        title += "; " + _("ended %(when)s: %(how)s") % ended
    told = _told(alert, reader, now)
    heard = [one for _pk, one in told]
    known = {pk for pk, _one in told}
    following = explain_next(alert, reader=reader, now=now) if alert.closed_at is None else None
    for rung in (Rung.OWNER, Rung.SUPERVISOR, Rung.ADMINISTRATORS):
        for person in _standing(alert, rung, now):
            if person.pk not in known:
                known.add(person.pk)
                heard.append(_unheard(alert, rung, person, following, reader, now))
    return About(alert, title, [*_away(alert, known, reader, now), *heard])


def _told(alert: Alert, reader: User, now: dt.datetime) -> list[tuple[int, Heard]]:
    """Each person with a mail about the alert, by the latest one. One query."""
    items = DeliveryItem.objects.filter(event__alert=alert).select_related("delivery", "recipient").order_by("pk")
    latest: dict[int, DeliveryItem] = {}
    for item in items:
        latest[item.recipient_id] = item
    return [(pk, _by_mail(item, reader, now)) for pk, item in latest.items()]


def _by_mail(item: DeliveryItem, reader: User, now: dt.datetime) -> Heard:
    mail, name = item.delivery, item.recipient.name
    mine = mail.pk if reader.is_administrator or mail.to_user_id == reader.pk else None
    about = {"when": moment(mail.settled_at or mail.window_at, reader.zone, now)}
    if item.withheld:
        words = _("Not told %(when)s: %(reason)s.") % (about | {"reason": reason_words(item.withheld)})
    elif mail.state == DeliveryState.REFUSED:
        words = _("A mail went %(when)s, and %(reason)s.") % (about | {"reason": reason_words(mail.reason)})
    elif mail.state == DeliveryState.WITHHELD:
        words = _("Not told %(when)s: %(reason)s.") % (about | {"reason": reason_words(mail.reason)})
    elif mail.state in (DeliveryState.PLANNED, DeliveryState.SENDING):
        words = _("Not yet: the mail goes %(when)s, in their hours.") % about
        if mail.purpose == Purpose.MORNING:
            words = _("Not yet: it comes with their morning mail, %(when)s.") % about
    else:
        words = _told_words(mail) % about
    told = not item.withheld and mail.state in (DeliveryState.SENT, DeliveryState.PERHAPS_SENT)
    return Heard(name, told, words, mine)


def _told_words(mail: Delivery) -> str:
    if mail.purpose == Purpose.MORNING:
        return _("Told %(when)s, in the morning mail.")
    if mail.purpose == Purpose.LIST:
        return _("Told %(when)s, in one mail with other clients.")
    return _("Told %(when)s, in a mail of its own.")


def _standing(alert: Alert, rung: Rung, now: dt.datetime) -> Iterable[User]:
    """Who stands on a rung now: those present, and who acts for the others."""
    if rung == Rung.ADMINISTRATORS and alert.family in (Family.PROMISE, Family.REVIEW):
        return []
    if rung == Rung.ADMINISTRATORS and alert.family == Family.SILENCE:
        return User.objects.administrators().filter(is_demo=alert.customer.is_demo).order_by("pk")
    event = journal.entry(alert, EventKind.ADMITTED, at=now)
    event.rung = rung
    return recipients_of([event], now)[0].people


def _unheard(
    alert: Alert, rung: Rung, person: User, following: NextOnPage | None, reader: User, now: dt.datetime
) -> Heard:
    return Heard(person.name, False, _why_not(alert, rung, person, following, reader, now))


def _why_not(
    alert: Alert, rung: Rung, person: User, following: NextOnPage | None, reader: User, now: dt.datetime
) -> str:
    """Say why somebody who stands on a rung has no mail about an alert."""
    if alert.closed_at is not None:
        return _("Not told: it ended before it came to them.")
    if alert.snoozed_until is not None:
        return _("Not told: it is paused until %(when)s.") % {"when": _until(alert.snoozed_until, reader, now)}
    if alert.dismissed_until is not None:
        when = _until(alert.dismissed_until, reader, now)
        return _("Not told: it was accepted until %(when)s.") % {"when": when}
    if rung <= Rung.OWNER and alert.admitted_at is None:
        turn = f" {following.sentence}." if following else ""
        if alert.passed_over_at is None:
            return _("Not yet: a silence is told in the morning.") + turn
        return _("Not yet: only so many silences are told a morning, those that need it most first.") + turn
    if rung == Rung.ADMINISTRATORS and alert.family == Family.SILENCE and alert.rung >= rung:
        return _weekly(person, alert, reader, now)
    if alert.rung < rung:
        if following is not None and following.rung == rung and following.sentence:
            return _("Not yet: it has not climbed that far. %(next)s.") % {"next": following.sentence}
        return _("Not yet: it has not climbed that far.")
    return _("Not told: somebody else on that rung was, or they did it themselves.")


def _until(at: dt.datetime, reader: User, now: dt.datetime) -> str:
    """Day and hour to be met: "Friday 10:00"."""
    return f"{by_day(local_day(at, reader.zone), local_day(now, reader.zone))} {clock_time(at, reader.zone)}"


def _weekly(person: User, alert: Alert, reader: User, now: dt.datetime) -> str:
    """A silence that climbed to the administrators is a line of their weekly mail (A3)."""
    since = alert.rung_at or alert.opened_at
    mails = Delivery.objects.filter(to_user=person, purpose=Purpose.WEEKLY, state=DeliveryState.SENT)
    mail = mails.filter(window_at__gte=since).order_by("pk").first()
    if mail is None:
        return _("Not yet: administrators read it in their next weekly mail.")
    return _("Told %(when)s, in the weekly mail.") % {"when": moment(mail.window_at, reader.zone, now)}


def _away(alert: Alert, known: set[int], reader: User, now: dt.datetime) -> list[Heard]:
    """The client's owner, where somebody acts for them."""
    owner = alert.customer.owner
    if owner is None or owner.pk in known or alert.closed_at is not None:
        return []
    until = absent_until(owner, now)
    if until is None:
        return [Heard(owner.name, False, _("Not told: they do not work now, and somebody acts for them."))]
    when = _until(until, reader, now)
    return [Heard(owner.name, False, _("Not told: away until %(when)s, and somebody acts for them.") % {"when": when})]
