"""The morning mail: one a person and working day, filled as things happen, closed when the morning comes (M1).

Until then it stands as 'morning:7:next' and is not sent; then it is 'morning:7:2026-11-24'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from alerts.budget import hours_of, new_delivery
from alerts.choices import DeliveryState, Purpose
from alerts.models import AlertEvent, Delivery, DeliveryItem, Morning
from alerts.morning_lines import morning_lines

#: A mail that waits for its morning is looked at by nobody else.
NOT_BY_ITSELF = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
LATELY = dt.timedelta(days=3)


def next_key(user_id: int) -> str:
    return f"morning:{user_id}:next"


def dated_key(user_id: int, day: dt.date, taken: Collection[str] = ()) -> str:
    """Return 'morning:7:2026-11-24', with ':2' behind it when that one has gone already."""
    key, number = f"morning:{user_id}:{day}", 1
    while key in taken:
        number += 1
        key = f"morning:{user_id}:{day}:{number}"
    return key


@dataclass
class _Tray:
    """One person's morning mails: those that can take more, and the keys in use."""

    user: User
    morning: Morning | None
    openings: Callable[[], Mapping[int, dt.datetime]]
    """When each one's next mail of its own may go: asked for one that is not kept for a morning."""
    open_ones: list[Delivery]
    keys: set[str]

    def take(self, now: dt.datetime, *, late_too: bool, at_once: bool) -> Delivery:
        """Return the mail for what belongs into a morning: the open one, else a new unsaved one.

        `late_too`: today's morning may have been; what is admitted today is still told today.
        """
        if self.open_ones:
            return self.open_ones[0]
        made = self._new(now, today_still=late_too or at_once, at_once=at_once)
        self.open_ones.append(made)
        return made

    def _new(self, now: dt.datetime, *, today_still: bool, at_once: bool) -> Delivery:
        today = now.astimezone(self.user.zone).date()
        last_on = self.morning.last_on if self.morning else today
        has_been = last_on is not None and last_on >= today
        if self.morning is not None and not (has_been and today_still):
            made = new_delivery(self.user, Purpose.MORNING, self.morning.next_at, now=now, key=next_key(self.user.pk))
            made.next_try_at = NOT_BY_ITSELF
            return made
        at = now if at_once else self.openings()[self.user.pk]
        day = at.astimezone(self.user.zone).date()
        key = dated_key(self.user.pk, day, self.keys)
        return new_delivery(self.user, Purpose.MORNING, at, now=now, key=key)


def add_to_mornings(
    later: Mapping[User, Sequence[AlertEvent]], now: dt.datetime, *, late_too: bool = False, at_once: bool = False
) -> None:
    """Put events into the recipients' morning mails. At most eight queries, however many. Needs a transaction."""
    if not later:
        return
    trays = _trays(later, now)
    pairs = [
        (trays[user.pk].take(now, late_too=late_too, at_once=at_once), user, event)
        for user, events in later.items()
        for event in events
    ]
    Delivery.objects.bulk_create({id(one): one for one, _user, _event in pairs if one.pk is None}.values())
    DeliveryItem.objects.bulk_create(
        [DeliveryItem(delivery=one, event=event, recipient=user) for one, user, event in pairs],
        ignore_conflicts=True,
    )


def _trays(users: Iterable[User], now: dt.datetime) -> dict[int, _Tray]:
    wanted = {user.pk: user for user in users}
    openings = cache(lambda: hours_of(wanted, now))
    list(User.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    mornings = {morning.user_id: morning for morning in Morning.objects.filter(user__in=wanted)}
    trays = {pk: _Tray(user, mornings.get(pk), openings, [], set()) for pk, user in wanted.items()}
    for delivery in _of_late(wanted, now):
        tray = trays[delivery.to_user_id or 0]
        tray.keys.add(delivery.key)
        if _takes_more(delivery):
            tray.open_ones.append(delivery)
    return trays


def _of_late(user_ids: Iterable[int], now: dt.datetime) -> QuerySet[Delivery]:
    """The morning mails of people that wait, or were planned for these days: locked."""
    return _recent(list(user_ids), now).order_by("pk").select_for_update()


def _recent(user_ids: Sequence[int], now: dt.datetime) -> QuerySet[Delivery]:
    recent = Q(next_try_at=NOT_BY_ITSELF) | Q(window_at__gt=now - LATELY)
    return Delivery.objects.filter(recent, to_user__in=user_ids, purpose=Purpose.MORNING)


def _takes_more(delivery: Delivery) -> bool:
    return delivery.state == DeliveryState.PLANNED and delivery.attempts == 0


def with_open_mail(user_ids: Iterable[int], now: dt.datetime) -> set[int]:
    """Return who of the given people has a morning mail that waits for their morning. One query."""
    ids = list(user_ids)
    waiting = _recent(ids, now).filter(state=DeliveryState.PLANNED, attempts=0)
    return {pk for pk in waiting.values_list("to_user", flat=True) if pk is not None}


def finish_morning(morning: Morning, now: dt.datetime) -> Delivery | None:
    """Close a person's morning mail, with the lines of the day, so that it goes now; None when it would be empty."""
    user = morning.user
    assert user is not None
    # Under the lock that whoever adds to the mail takes too.
    list(User.objects.filter(pk=user.pk).select_for_update(no_key=True).values_list("pk", flat=True))
    lately = list(_of_late([user.pk], now))
    open_ones = [one for one in lately if _takes_more(one)]
    lines = morning_lines(morning, user, now)
    if not open_ones and not lines:
        return None
    delivery = open_ones[0] if open_ones else new_delivery(user, Purpose.MORNING, now, now=now)
    today = now.astimezone(user.zone).date()
    if delivery.pk is None or delivery.key == next_key(user.pk):
        delivery.key = dated_key(user.pk, today, {one.key for one in lately})
    delivery.language = user.language
    delivery.data = {**delivery.data, **lines}
    delivery.window_at = delivery.next_try_at = now
    delivery.save()
    return delivery


def close_mornings(now: dt.datetime) -> int:
    """Let every morning mail that has something to tell go now, whatever the hour; returns how many."""
    waiting = Delivery.objects.filter(
        Exists(DeliveryItem.objects.filter(delivery=OuterRef("pk"))),
        next_try_at=NOT_BY_ITSELF,
        purpose=Purpose.MORNING,
        state=DeliveryState.PLANNED,
    ).select_related("to_user")
    closed = []
    for delivery in waiting.select_for_update(of=("self",)):
        user = delivery.to_user
        assert user is not None
        # A key of its own: the morning's may be used by then.
        delivery.key = f"morning:{user.pk}:{now:%Y-%m-%dT%H%M%S}"
        delivery.window_at = delivery.next_try_at = now
        closed.append(delivery)
    Delivery.objects.bulk_update(closed, ["key", "window_at", "next_try_at"], batch_size=500)
    return len(closed)
