"""M4: whose hand a mail's link is, whether it still acts, and what it did already. Reading it changes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum

from accounts.models import User
from alerts.choices import EventKind
from alerts.mail.tokens import Act, read
from alerts.models import Alert, AlertEvent, Delivery
from alerts.querysets import AlertQuerySet
from crm.log import UNDO_WINDOW
from crm.models import Interaction

#: How long a link acts after its mail left.
LIVES = dt.timedelta(days=14)
#: How often one link may log and take back; afterwards it shows what it did last.
MOST_TRIES = 8
_SPACE = uuid.UUID("5f0c5a1e-8f0b-4b8e-9a55-0d3a6f1c7e42")


class Dead(StrEnum):
    """Why a link acts no more."""

    LEFT = "left"
    OLD = "old"
    HANDED_OVER = "handed_over"
    SETTLED = "settled"


@dataclass(frozen=True)
class Link:
    """A link as its token and the rows say: the mail, whom it was sent to, what it is about."""

    act: Act
    delivery: Delivery
    reader: User
    alert: Alert

    @property
    def issued_at(self) -> dt.datetime:
        """When the mail left."""
        return self.delivery.handed_at or self.delivery.settled_at or self.delivery.created_at

    def keys(self) -> list[uuid.UUID]:
        """The idempotency keys of what it logs: the first, and one for each time that was taken back."""
        name = f"{self.delivery.key}/{self.alert.pk}"
        return [uuid.uuid5(_SPACE, f"{name}/{n}") for n in range(MOST_TRIES)]


def find(token: str, act: Act) -> Link | None:
    """Return the link of a token; None if it is forged, for another act, or its mail is no more. Two queries."""
    said = read(token, act)
    if said is None:
        return None
    delivery_pk, reader_pk, alert_pk = said
    mails = Delivery.objects.defer("text_body", "html_body", "attachments").select_related("to_user")
    delivery = mails.filter(pk=delivery_pk, to_user=reader_pk).first()
    alerts = Alert.objects.select_related("customer__clock__calendar", "customer__clock__last_attention")
    alert = alerts.filter(pk=alert_pk).first()
    if delivery is None or alert is None or delivery.to_user is None:
        return None
    return Link(act, delivery, delivery.to_user, alert)


def shut(link: Link, now: dt.datetime) -> Dead | None:
    """Return why nothing of the client may be shown to the reader any more, if so; asked before all else."""
    if not link.reader.is_active:
        return Dead.LEFT
    if now - link.issued_at > LIVES:
        return Dead.OLD
    if not AlertQuerySet(Alert).visible_to(link.reader).filter(pk=link.alert.pk).exists():
        return Dead.HANDED_OVER
    return None


def over(link: Link) -> Dead | None:
    """Return why it cannot act any more, if so; asked after what it did itself."""
    handed = AlertEvent.objects.filter(alert=link.alert, kind=EventKind.REASSIGNED, at__gt=link.issued_at)
    if handed.exists():
        return Dead.HANDED_OVER
    return None if link.alert.is_open else Dead.SETTLED


def logged(link: Link) -> tuple[Interaction | None, uuid.UUID]:
    """Return what this link logged and was not taken back, and the key for what it would log now."""
    keys = link.keys()
    known = {one.idempotency_key: one for one in Interaction.objects.filter(idempotency_key__in=keys)}
    standing = [one for one in known.values() if one.deleted_at is None]
    free = [key for key in keys if key not in known]
    return (standing[-1] if standing else None), (free[0] if free else keys[-1])


def paused(link: Link) -> AlertEvent | None:
    """Return the reader's own pause of this alert since the mail, if there is one."""
    mine = AlertEvent.objects.filter(alert=link.alert, kind=EventKind.SNOOZED, actor=link.reader)
    return mine.filter(at__gte=link.issued_at).order_by("-pk").first()


def can_be_undone(at: dt.datetime, now: dt.datetime) -> bool:
    """Whether what was done at `at` may still be taken back: log and pause have the same ten minutes."""
    return now - at < UNDO_WINDOW
