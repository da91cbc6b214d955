"""The steps of a delivery from planned to settled, each one committed UPDATE that checks who holds it (M3)."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from alerts.choices import DeliveryState
from alerts.ladder import stamp_reached
from alerts.models import Delivery

#: Seconds until the next try, by the number of tries so far; the last one repeats.
BACKOFF = (10, 30, 60, 300, 900, 1800, 3600)
JITTER = 0.2
#: After this long a mail that nobody takes is given up, and its supervisor sees it.
GIVE_UP_AFTER = dt.timedelta(days=3)
PUT_OFF = dt.timedelta(hours=1)


class LeaseLost(Exception):
    """Somebody else holds the delivery now: it must not be handed over here."""


def lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.MAIL_LEASE_SECONDS)


def claim(now: dt.datetime, limit: int) -> uuid.UUID | None:
    """Take up to `limit` deliveries that are due, or whose sender was lost; returns the token that they now carry.

    Never waits for another sender: what that one is about to take is left to it.
    """
    token = uuid.uuid4()
    due = Delivery.objects.filter(state__in=(DeliveryState.PLANNED, DeliveryState.SENDING), next_try_at__lte=now)
    due = due.order_by("next_try_at", "pk")
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:limit])
        if not ids:
            return None
        until = now + lease()
        Delivery.objects.filter(pk__in=ids).update(
            state=DeliveryState.SENDING, lease_token=token, lease_until=until, next_try_at=until
        )
    return token


def _held(delivery: Delivery) -> Any:
    return Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token, state=DeliveryState.SENDING)


def stamp_handed(delivery: Delivery, now: dt.datetime) -> None:
    """Say, committed, that the text is about to leave; raises `LeaseLost` if the delivery is not ours any more.

    The lease is renewed: a mail late in its batch has its whole time too. What was rendered is kept with it.
    """
    until = now + lease()
    stamped = _held(delivery).update(
        handed_at=now,
        lease_until=until,
        next_try_at=until,
        attempts=delivery.attempts + 1,
        message_id=delivery.message_id,
        subject=delivery.subject,
        text_body=delivery.text_body,
        html_body=delivery.html_body,
    )
    if not stamped:
        raise LeaseLost(delivery.key)
    delivery.handed_at = now
    delivery.attempts += 1


def settle(
    delivery: Delivery, state: str, now: dt.datetime, *, alerts: Iterable[int] = (), reason: str = "", error: str = ""
) -> bool:
    """Say how a delivery ended, and with it that its alerts' rung was reached (A3); False if it is not ours."""
    told = set(alerts)
    with transaction.atomic():
        if told:
            # The lock order of every writer: alert before delivery.
            stamp_reached(told, now)
        settled = _held(delivery).update(
            state=state,
            settled_at=now,
            lease_token=None,
            lease_until=None,
            reason=reason[:120],
            last_error=error or delivery.last_error,
            subject=delivery.subject,
            text_body=delivery.text_body,
            html_body=delivery.html_body,
            message_id=delivery.message_id,
        )
        if not settled:
            transaction.set_rollback(True)
    return bool(settled)


def try_again(delivery: Delivery, now: dt.datetime, error: str, *, handed_at: dt.datetime | None) -> None:
    """Plan the next try, later each time and never all at the same moment.

    `handed_at`: when the text last left without an answer; None while it surely was not taken.
    """
    tries = max(delivery.attempts, 1)
    wait = BACKOFF[min(tries, len(BACKOFF)) - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    _held(delivery).update(
        state=DeliveryState.PLANNED,
        lease_token=None,
        lease_until=None,
        attempts=tries,
        next_try_at=now + dt.timedelta(seconds=wait),
        last_error=error[:2000],
        handed_at=handed_at,
    )


def put_off(delivery: Delivery, now: dt.datetime, error: str) -> None:
    """Put a delivery that cannot be worked on off for an hour, with its error."""
    _held(delivery).update(
        state=DeliveryState.PLANNED,
        lease_token=None,
        lease_until=None,
        next_try_at=now + PUT_OFF,
        last_error=error[:2000],
    )


def release(deliveries: Iterable[Delivery], now: dt.datetime) -> None:
    """Give back what was claimed and not tried."""
    for delivery in deliveries:
        _held(delivery).update(
            state=DeliveryState.PLANNED,
            lease_token=None,
            lease_until=None,
            next_try_at=now + dt.timedelta(seconds=BACKOFF[0]),
        )
