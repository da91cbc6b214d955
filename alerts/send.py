"""The sender (M3): claim, check again, render, hand over, say how it ended.

At least once: a mail is repeated only where the hand-over itself was cut off, and then with the Message-ID it had.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from accounts.models import Absence, User
from alerts import claim
from alerts.choices import DeliveryState, Purpose
from alerts.housekeeping import BODIES_KEPT
from alerts.ladder import schedule_many
from alerts.mail.letters import Contents, render
from alerts.mail.mime import TO_COLLEAGUES, letter_of, message_id_of
from alerts.mail.stories import Story, stories_of
from alerts.models import AlertEvent, Delivery, DeliveryItem
from alerts.recheck import DEMO, EMPTY, INACTIVE, recheck
from alerts.refused import address_refused
from alerts.transport import MailError, Transport, transport
from alerts.weekly import Week, week_of
from crm.models import Task

log = logging.getLogger(__name__)

#: Deliveries that one claim takes; at the limit of 30 s each they outlast no lease that is renewed with each.
BATCH = 20
REFUSED = "refused by their server"
GIVEN_UP = "given up after three days"
NO_ADDRESS = "no address that mail can go to"


class Moment:
    """`now`, moving on as time passes, so that a batch under a given `now` keeps its leases honest."""

    def __init__(self, now: dt.datetime) -> None:
        self._now, self._started = now, time.monotonic()

    def __call__(self) -> dt.datetime:
        return self._now + dt.timedelta(seconds=time.monotonic() - self._started)


@dataclass
class Batch:
    """What one claim took, with all that its mails tell."""

    deliveries: list[Delivery]
    items: dict[int, list[DeliveryItem]]
    stories: dict[int, Story]
    tasks: dict[int, Task]
    absences: set[int] = field(default_factory=set)
    """Those that a list is about and that still hold."""
    weeks: dict[int, Week | None] = field(default_factory=dict)
    """What each weekly mail says: the few of these are composed one by one."""
    failures: list[Exception] = field(default_factory=list)

    def alerts_of(self, delivery: Delivery) -> set[int]:
        return {item.event.alert_id for item in self.items[delivery.pk]}


def send_due(now: dt.datetime, limit: int = BATCH) -> int:
    """Hand over up to `limit` mails that are due; returns how many were taken, 0 when none is due.

    A mail that cannot even be rendered is put off with its error, the rest goes, then it raises.
    """
    moment = Moment(now)
    token = claim.claim(now, limit)
    if token is None:
        return 0
    batch = _read(Delivery.objects.filter(lease_token=token), now)
    with transport() as way:
        _send_all(batch, way, moment)
    schedule_many({pk for one in batch.deliveries for pk in batch.alerts_of(one)}, moment())
    if batch.failures:
        raise ExceptionGroup("mails that were put off", batch.failures)
    return len(batch.deliveries)


def _read(claimed: Iterable[Delivery], now: dt.datetime) -> Batch:
    """Read the claimed deliveries with their events and stories; the number of queries does not grow with them."""
    deliveries = list(
        Delivery.objects.filter(pk__in=[one.pk for one in claimed]).select_related("to_user").order_by("pk")
    )
    items: dict[int, list[DeliveryItem]] = defaultdict(list)
    rows = DeliveryItem.objects.filter(delivery__in=deliveries).select_related("event__alert", "event__actor")
    for item in rows.order_by("pk"):
        items[item.delivery_id].append(item)
    worded = [one for one in deliveries if _is_rendered(one)]
    told = {item.event.alert_id for one in worded for item in items[one.pk]}
    promised = [pk for one in worded for pk in one.data.get("promises", [])]
    tasks = Task.objects.open().select_related("customer").in_bulk(promised) if promised else {}
    away = [one.data["handing"]["absence"] for one in worded if "handing" in one.data]
    absences = set(Absence.objects.filter(pk__in=away).values_list("pk", flat=True)) if away else set()
    weeks = {one.pk: week_of(one.to_user, now) for one in worded if one.purpose == Purpose.WEEKLY and one.to_user}
    return Batch(deliveries, items, stories_of(told, now) if told else {}, tasks, absences, weeks)


def _is_rendered(delivery: Delivery) -> bool:
    """Whether a mail is put into words here: those to colleagues, of demo people only if it will be kept."""
    if delivery.purpose not in TO_COLLEAGUES or delivery.to_user is None:
        return False
    # What is older than bodies are kept would be emptied at once: the demo's two years would be words for nobody.
    return not delivery.to_user.is_demo or delivery.window_at > timezone.now() - BODIES_KEPT


def _send_all(batch: Batch, way: Transport, moment: Moment) -> None:
    for place, delivery in enumerate(batch.deliveries):
        handed_before = delivery.handed_at
        try:
            _send_one(batch, delivery, way, moment)
        except claim.LeaseLost:
            log.warning("Another sender has taken delivery %s", delivery.pk)
        except MailError as error:
            if not error.unsure:
                delivery.handed_at = handed_before
            _not_sent(batch, delivery, error, moment())
            if error.connection:
                # The server is away: it would cost each of the others its time-out too.
                claim.release(batch.deliveries[place + 1 :], moment())
                return
        except Exception as error:
            log.exception("Delivery %s cannot be worked on", delivery.pk)
            claim.put_off(delivery, moment(), f"{type(error).__name__}: {error}")
            batch.failures.append(error)


def _send_one(batch: Batch, delivery: Delivery, way: Transport, moment: Moment) -> None:
    events, reason = _tellable(batch, delivery)
    if reason and reason != DEMO:
        _withhold(batch, delivery, reason, moment())
        return
    delivery.message_id = delivery.message_id or message_id_of(delivery)
    if _is_rendered(delivery):
        _word(batch, delivery, events, moment())
    if reason:
        _withhold(batch, delivery, reason, moment())
        return
    try:
        letter = letter_of(delivery)
    except (ValueError, IndexError) as error:
        raise MailError(f"{NO_ADDRESS}: {error}", permanent=True, address=True) from error
    seconds = float(settings.MAIL_LIMIT_SECONDS)
    way.hand_over(letter, before_data=lambda: claim.stamp_handed(delivery, moment()), seconds=seconds)
    _forget_secrets(delivery)
    if delivery.to_user and delivery.to_user.address_refused_at:
        User.objects.filter(pk=delivery.to_user.pk).update(address_refused_at=None)
    if not claim.settle(delivery, DeliveryState.SENT, moment(), alerts=batch.alerts_of(delivery)):
        log.warning("Delivery %s was handed over after its lease had ended", delivery.pk)


def _tellable(batch: Batch, delivery: Delivery) -> tuple[list[AlertEvent], str]:
    """Return the events that may be told now, and why nothing may if so."""
    items, reader = batch.items[delivery.pk], delivery.to_user
    if delivery.pk in batch.weeks and batch.weeks[delivery.pk] is None:
        return [], EMPTY
    if reader is not None and reader.is_demo:
        return [item.event for item in items], DEMO
    if delivery.purpose not in TO_COLLEAGUES or reader is None:
        return [], ""
    if not reader.is_active:
        return [], INACTIVE
    events = [item.event for item in items]
    reasons = recheck(reader, events) if events else {}
    _say_withheld(items, reasons)
    left = [event for event in events if event.pk not in reasons]
    contents = _contents(batch, delivery, left)
    if contents.is_empty and delivery.purpose != Purpose.TEST:
        return [], next(iter(reasons.values()), EMPTY)
    return left, ""


def _say_withheld(items: Sequence[DeliveryItem], reasons: dict[int, str]) -> None:
    changed = [item for item in items if item.withheld != reasons.get(item.event_id, "")]
    for item in changed:
        item.withheld = reasons.get(item.event_id, "")
    if changed:
        DeliveryItem.objects.bulk_update(changed, ["withheld"])


def _contents(batch: Batch, delivery: Delivery, events: list[AlertEvent]) -> Contents:
    promises = [batch.tasks[pk] for pk in delivery.data.get("promises", []) if pk in batch.tasks]
    data = delivery.data
    # Switched off since the morning was planned.
    waiting = data.get("waiting", []) if delivery.to_user and delivery.to_user.daily_lines else []
    handing = data.get("handing")
    if handing and handing["absence"] not in batch.absences:
        # It was withdrawn meanwhile.
        handing = None
    refused = data.get("refused", ())
    week, left = batch.weeks.get(delivery.pk), data.get("left", ())
    return Contents(events, batch.stories, promises, waiting, data.get("handed_over", 0), handing, refused, week, left)


def _word(batch: Batch, delivery: Delivery, events: list[AlertEvent], now: dt.datetime) -> None:
    reader = delivery.to_user
    assert isinstance(reader, User)
    words = render(delivery, reader, _contents(batch, delivery, events), now)
    delivery.subject, delivery.text_body, delivery.html_body = words.subject, words.text, words.html


def _withhold(batch: Batch, delivery: Delivery, reason: str, now: dt.datetime) -> None:
    """A repeat that may not go any more was perhaps sent; a first try was not."""
    state = DeliveryState.PERHAPS_SENT if delivery.handed_at else DeliveryState.WITHHELD
    _forget_secrets(delivery)
    claim.settle(delivery, state, now, alerts=batch.alerts_of(delivery), reason=reason)


def _not_sent(batch: Batch, delivery: Delivery, error: MailError, now: dt.datetime) -> None:
    too_late = now - delivery.window_at > claim.GIVE_UP_AFTER
    if not error.permanent and not too_late:
        claim.try_again(delivery, now, str(error), handed_at=delivery.handed_at)
        return
    if error.address and delivery.to_user:
        address_refused(delivery.to_user, now)
    reason = REFUSED if error.permanent else GIVEN_UP
    claim.settle(
        delivery, DeliveryState.REFUSED, now, alerts=batch.alerts_of(delivery), reason=reason, error=str(error)
    )


def _forget_secrets(delivery: Delivery) -> None:
    """A mail about the account is kept without the secret in its links once it has left."""
    if delivery.purpose == Purpose.ACCOUNT:
        delivery.text_body = blanked(delivery.text_body)
        delivery.html_body = blanked(delivery.html_body)


def blanked(text: str) -> str:
    """Return text in which every link keeps only its host: the rest may be a secret."""
    return re.sub(r"(https?://[^\s/\"'<>]+)/[^\s\"'<>]*", r"\1/…", text)
