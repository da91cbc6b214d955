"""Each one's budget of mails (M1): at most five at once a day, then one list an hour, and only within their hours."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import DateTimeField, Q, Value

from accounts.models import Calendar, Membership, Team, User
from accounts.working_time import opening_after
from alerts.choices import DeliveryState, Purpose
from alerts.models import Delivery

AT_ONCE = (Purpose.SINGLE, Purpose.LIST)
MAILS_A_DAY = 5
BETWEEN_LISTS = dt.timedelta(hours=1)
#: Longer than any local day.
A_DAY = dt.timedelta(hours=26)


@dataclass
class Budget:
    """What one person may still get today, and what is already planned for them and may take more lines."""

    user: User
    now: dt.datetime
    window_at: dt.datetime
    planned: list[Delivery] = field(default_factory=list)
    earlier: list[tuple[dt.datetime, str]] = field(default_factory=list)

    @property
    def spent(self) -> int:
        """Mails at once on the local day of the next window."""
        day = self.window_at.astimezone(self.user.zone).date()
        known = [at for at, _purpose in self.earlier] + [one.window_at for one in self.planned]
        return len([at for at in known if at.astimezone(self.user.zone).date() == day])

    @property
    def next_list_at(self) -> dt.datetime:
        """When the next list mail may go once the day's mails are spent."""
        lists = [at for at, purpose in self.earlier if purpose == Purpose.LIST]
        lists += [one.window_at for one in self.planned if one.purpose == Purpose.LIST]
        return max([self.window_at, *(at + BETWEEN_LISTS for at in lists)])

    def waiting(self) -> Delivery | None:
        """A mail at once that waits for its window and can take more clients."""
        later = [one for one in self.planned if one.window_at > self.now]
        return min(later, key=lambda one: one.window_at, default=None)

    def place(self, customers: int, *, not_after: dt.datetime | None) -> Delivery:
        """Return the mail that takes news of that many clients: a waiting one, or a new unsaved one.

        `not_after`: a call back's due; its news never wait for a later list.
        """
        waiting = self.waiting()
        if waiting is not None and (not_after is None or waiting.window_at <= max(not_after, self.window_at)):
            return waiting
        at, purpose = self.window_at, Purpose.SINGLE if customers == 1 else Purpose.LIST
        if self.spent >= MAILS_A_DAY:
            at = self.next_list_at
            if not_after is not None and at > not_after:
                at = self.window_at
            else:
                purpose = Purpose.LIST
        made = new_delivery(self.user, purpose, at, now=self.now)
        self.planned.append(made)
        return made


def new_delivery(user: User, purpose: str, at: dt.datetime, *, now: dt.datetime, key: str = "") -> Delivery:
    """Make a mail to a colleague, planned at `now` for `at`, not saved."""
    made = Delivery(
        purpose=purpose,
        to_user=user,
        to_address=user.email,
        language=user.language,
        window_at=at,
        next_try_at=at,
        created_at=now,
    )
    made.key = key or made.key
    return made


def budgets_of(users: Iterable[User], now: dt.datetime, *, at_once: bool = False) -> dict[int, Budget]:
    """Return each one's budget, by user id; people's rows are locked, so that two sweeps do not both spend it.

    `at_once`: whatever the hour. At most five queries, however many people. Needs a transaction.
    """
    wanted = {user.pk: user for user in users}
    list(User.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    windows = dict.fromkeys(wanted, now) if at_once else hours_of(wanted, now)
    budgets = {pk: Budget(user, now, windows[pk]) for pk, user in wanted.items()}
    rows = Delivery.objects.filter(to_user__in=wanted, purpose__in=AT_ONCE)
    open_ones = Q(state=DeliveryState.PLANNED, attempts=0, next_try_at__gt=now)
    for delivery in rows.filter(open_ones).order_by("pk").select_for_update():
        budgets[delivery.to_user_id or 0].planned.append(delivery)
    earlier = rows.filter(window_at__gt=now - A_DAY).exclude(open_ones)
    for pk, at, purpose in earlier.values_list("to_user_id", "window_at", "purpose"):
        budgets[pk or 0].earlier.append((at, purpose))
    return budgets


def hours_of(user_ids: Iterable[int], now: dt.datetime) -> dict[int, dt.datetime]:
    """Return for each person `now` within their working hours, else when these begin. Three queries."""
    ids = list(user_ids)
    primary = Membership.objects.filter(user__in=ids, is_primary=True)
    calendars = dict(primary.values_list("user_id", "team__calendar_id"))
    default = Team.objects.filter(is_default=True).values_list("calendar_id", flat=True).get()
    opening: Any = opening_after("pk", Value(now, DateTimeField()))
    wanted = {*calendars.values(), default}
    openings = dict(Calendar.objects.filter(pk__in=wanted).values_list("pk", opening))
    found = defaultdict(lambda: openings[default], {pk: openings[calendar] for pk, calendar in calendars.items()})
    # Beyond the calendar's end nobody's hours are known: say it rather than wait for ever.
    return {pk: found[pk] or now for pk in ids}
