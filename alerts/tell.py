"""Turn what happened into mails to be sent: for the right people, under each one's budget (M1).

Everything is planned once: an event is stamped `told_at` in the transaction that writes its deliveries, with nobody to
tell too. Whether a mail may still go is asked when it is sent (M2).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import prefetch_related_objects

from accounts.models import User
from alerts.budget import Budget, budgets_of
from alerts.choices import REPORTS, EventKind, Family, Purpose, Rung
from alerts.ladder import rung_reached
from alerts.models import AlertEvent, Delivery, DeliveryItem, Morning
from alerts.morning_mail import add_to_mornings, close_mornings, finish_morning
from alerts.recipients import NOBODY, TOLD_BEFORE, Told, recipients_of

BATCH = 500

#: Of these families everything is told at once; a silence at once only when it climbs or the client is key.
PRESSING = {Family.CALL_BACK, Family.PROMISE, Family.REVIEW}
#: Events by which an alert comes to a rung.
STEPS = {EventKind.ADMITTED, EventKind.CLIMBED}


def is_pressing(event: AlertEvent) -> bool:
    """Whether an event is told at once, within the recipient's hours, and not with the morning mail (M1)."""
    if event.kind in REPORTS:
        return False
    if event.alert.family in PRESSING:
        return True
    if event.kind == EventKind.CLIMBED:
        return event.rung == Rung.SUPERVISOR
    return event.kind == EventKind.ADMITTED and event.alert.customer.key


def tell_events(now: dt.datetime, *, at_once: bool = False) -> int:
    """Plan the mails of every event not yet told; returns how many events. Twice is as good as once.

    `at_once` tells whatever the hour (`sweep --tell`).
    """
    told = 0
    while count := _tell_batch(now, at_once=at_once):
        told += count
    return told


@transaction.atomic
def _tell_batch(now: dt.datetime, *, at_once: bool) -> int:
    untold = AlertEvent.objects.filter(tell=True, told_at__isnull=True).order_by("pk")
    events = list(untold.select_related("alert__customer").select_for_update(skip_locked=True, of=("self",))[:BATCH])
    if events:
        told = recipients_of(events, now)
        pressing, later = _by_person(events, told)
        _plan_at_once(pressing, now, at_once=at_once)
        add_to_mornings(later, now, at_once=at_once)
        stamp(events, told, now)
    return len(events)


def plan_morning(
    morning: Morning, admitted_events: Sequence[AlertEvent], now: dt.datetime, *, at_once: bool = False
) -> None:
    """Plan the morning mail of a person, or tell the people of a team's queue in theirs.

    Called by admission in its transaction. What waited for this morning goes with it, with what is promised for today
    and the daily line. An empty mail is not planned.
    """
    if admitted_events:
        _tell_admitted(list(admitted_events), now, at_once=at_once)
    if morning.user is not None:
        finish_morning(morning, now)


def _tell_admitted(events: list[AlertEvent], now: dt.datetime, *, at_once: bool) -> None:
    prefetch_related_objects(events, "alert__customer")
    told = recipients_of(events, now)
    pressing, later = _by_person(events, told)
    for user, some in pressing.items():
        later[user].extend(some)
    add_to_mornings(later, now, late_too=True, at_once=at_once)
    stamp(events, told, now)


def open_windows(now: dt.datetime) -> int:
    """Let everything planned go now, whatever the hour (`sweep --tell`); returns how many mails."""
    close_mornings(now)
    waiting = Delivery.objects.filter(state="planned", attempts=0, next_try_at__gt=now)
    return waiting.update(window_at=now, next_try_at=now)


def stamp(events: Sequence[AlertEvent], told: Sequence[Told], now: dt.datetime) -> None:
    """Stamp events as told; why nobody was, stands in their data. A rung with nobody to tell is reached then (A3)."""
    silent = [(event, answer.why) for event, answer in zip(events, told, strict=True) if answer.why]
    for event, why in silent:
        event.data = {**event.data, "untold": why}
    if silent:
        AlertEvent.objects.bulk_update([event for event, _why in silent], ["data"], batch_size=BATCH)
    AlertEvent.objects.filter(pk__in=[event.pk for event in events]).update(told_at=now)
    passed = [event.alert_id for event, why in silent if event.kind in STEPS and why in (NOBODY, TOLD_BEFORE)]
    if passed:
        rung_reached(passed, now)


Sorted = dict[User, list[AlertEvent]]


def _by_person(events: Sequence[AlertEvent], told: Sequence[Told]) -> tuple[Sorted, Sorted]:
    """Return the events told at once, and those for the morning, for each person."""
    pressing: Sorted = defaultdict(list)
    later: Sorted = defaultdict(list)
    for event, answer in zip(events, told, strict=True):
        side = pressing if is_pressing(event) else later
        for user in answer.people:
            side[user].append(event)
    return pressing, later


def _plan_at_once(pressing: Sorted, now: dt.datetime, *, at_once: bool) -> None:
    if not pressing:
        return
    budgets = budgets_of(pressing, now, at_once=at_once)
    placed: list[tuple[Delivery, AlertEvent]] = []
    for user, events in pressing.items():
        placed += _place(budgets[user.pk], events)
    _save(placed)


def _place(budget: Budget, events: Sequence[AlertEvent]) -> list[tuple[Delivery, AlertEvent]]:
    """Put one person's news of this pass into one mail, that waits no longer than the first call back can."""
    dues = [event.alert.oldest_due_at for event in events if event.alert.family == Family.CALL_BACK]
    clients = {event.alert.customer_id for event in events}
    delivery = budget.place(len(clients), not_after=min(dues, default=None))
    return [(delivery, event) for event in events]


def _save(placed: Sequence[tuple[Delivery, AlertEvent]]) -> None:
    """Save new deliveries and all items; a mail that was waiting and takes more becomes a list."""
    deliveries = list({id(delivery): delivery for delivery, _event in placed}.values())
    joined = [delivery.pk for delivery in deliveries if delivery.pk is not None]
    Delivery.objects.bulk_create([delivery for delivery in deliveries if delivery.pk is None])
    Delivery.objects.filter(pk__in=joined).update(purpose=Purpose.LIST)
    DeliveryItem.objects.bulk_create(
        [DeliveryItem(delivery=delivery, event=event, recipient=delivery.to_user) for delivery, event in placed],
        ignore_conflicts=True,
    )
