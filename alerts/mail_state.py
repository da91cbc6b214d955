"""How the firm's mail stands: what waits, what went, where it goes, and what is not right about it."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from accounts.models import User
from alerts.choices import DeliveryState, Purpose
from alerts.mail.mime import sender_address
from alerts.models import Delivery
from alerts.querysets import DeliveryQuerySet

#: A mail that is due and waits longer says that no worker sends.
LATE = dt.timedelta(minutes=10)
REFUSALS = dt.timedelta(days=7)
OPEN = (DeliveryState.PLANNED, DeliveryState.SENDING)


@dataclass(frozen=True)
class MailState:
    """Numbers of all mail at an instant, and of the settings what a person must know; no password among it."""

    waiting: int
    oldest: dt.datetime | None
    sent_today: int
    refused: int
    sender: str
    site: str
    way: str
    warnings: list[str] = field(default_factory=list)


#: What the list of mails can be narrowed to, by its name in the address.
SHOWN = ("waiting", "today", "refused")


def shown(which: str, reader: User, now: dt.datetime) -> Q:
    """Return the filter behind each number of the page; all mails for a name that is none."""
    midnight = now.astimezone(reader.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "waiting": Q(state__in=OPEN, next_try_at__lte=now),
        "today": Q(state=DeliveryState.SENT, settled_at__gte=midnight),
        "refused": Q(state=DeliveryState.REFUSED, settled_at__gt=now - REFUSALS),
    }.get(which, Q())


def mail_state(reader: User, now: dt.datetime) -> MailState:
    """Return how mail stands, of those that the reader sees. One query."""
    waits, today, refused = (shown(name, reader, now) for name in SHOWN)
    rows = DeliveryQuerySet(Delivery).visible_to(reader).filter(waits | today | refused).order_by()
    found = rows.aggregate(
        waiting=Count("pk", filter=waits),
        oldest=Min("next_try_at", filter=waits),
        sent_today=Count("pk", filter=today),
        refused=Count("pk", filter=refused),
    )
    oldest = found["oldest"]
    late = [_("Mails wait, and none leaves: is the worker running?")] if oldest and now - oldest > LATE else []
    return MailState(
        **found, sender=settings.DEFAULT_FROM_EMAIL, site=settings.SITE_URL, way=_way(), warnings=[*late, *_warnings()]
    )


def _way() -> str:
    way = settings.EMAIL_TRANSPORT
    if way is None:
        return _("kept as files on the server, sent to nobody")
    return f"{way['host']}:{way['port']}"


def _warnings() -> list[str]:
    """What of the settings would keep mails from arriving, or their links from working."""
    found = []
    host = str(urlsplit(settings.SITE_URL).hostname)
    if settings.EMAIL_TRANSPORT is None:
        found.append(_("No mail server is set: set EMAIL_URL, and mails reach people."))
    if not settings.SITE_IS_SECURE and not _is_local(host):
        found.append(_("SITE_URL begins with http: whoever reads along can use the links of mails. Set it to https."))
    if _is_local(host) and settings.EMAIL_TRANSPORT is not None:
        found.append(_("SITE_URL leads to this machine only: links of mails work nowhere else. Set it."))
    domain = sender_address().rpartition("@")[2]
    if not domain or ("." not in domain) or _is_local(domain):
        found.append(_("The sender’s address belongs to no domain: many servers refuse it. Set MAIL_FROM."))
    return found


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def last_test(reader: User) -> Delivery | None:
    """Return the test mail that a person asked for last. One query."""
    return Delivery.objects.filter(to_user=reader, purpose=Purpose.TEST).order_by("-pk").first()
