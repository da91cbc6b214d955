"""Mornings without anything to admit or to say, the usual ones: held for everybody at once, in a few statements."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from accounts.acting import current_absences
from accounts.models import Membership, User
from accounts.models.user import Role
from alerts.choices import Family
from alerts.models import Alert, Morning
from alerts.morning_lines import QUIET_UP_TO, handovers, last_morning
from alerts.morning_mail import with_open_mail
from alerts.mornings import Rhythm
from alerts.weekly import begins_week, plan_weeks
from crm.models import Task


@dataclass(frozen=True)
class _News:
    """All that a morning could have to say, read once for all of them."""

    waiting: frozenset[int | None]
    """Owners with silences that wait to be admitted; None stands for no owner."""
    passed_over: Mapping[int | None, int]
    """How many of them were passed over, by owner."""
    all_waiting: int
    """How many wait in all: those of this hour may be passed over before their supervisor reads."""
    promised: frozenset[tuple[int | None, dt.date]]
    covered: Mapping[int | None, list[int]]
    handed_to: frozenset[int]
    with_mail: frozenset[int]
    leads: frozenset[int]
    """Who also reads how many wait in other portfolios than their own."""

    @classmethod
    def read(cls, mornings: Sequence[Morning], now: dt.datetime) -> _News:
        users = [morning.user for morning in mornings if morning.user is not None]
        ids = [user.pk for user in users]
        counts = _waiting()
        covered: dict[int | None, list[int]] = defaultdict(list)
        for cover, away in current_absences(now).filter(cover__in=ids).values_list("cover_id", "user_id"):
            covered[cover].append(away)
        since = min((last_morning(one, one.user, now) for one in mornings if one.user is not None), default=now)
        days = {now.astimezone(user.zone).date() for user in users}
        promised = Task.objects.open().filter(promised=True, due_on__in=days, customer__archived_at__isnull=True)
        supervisors = Q(pk__in=Membership.objects.filter(supervises=True).values("user"))
        return cls(
            frozenset(counts),
            {owner: passed for owner, (_all, passed) in counts.items()},
            sum(waiting for waiting, _passed in counts.values()),
            frozenset(promised.order_by().values_list("owner_id", "due_on").distinct()),
            covered,
            frozenset(handovers(ids, since).values_list("owner", flat=True)) if ids else frozenset(),
            frozenset(with_open_mail(ids, now)) if ids else frozenset(),
            frozenset(User.objects.filter(supervisors | Q(role=Role.ADMINISTRATOR)).values_list("pk", flat=True)),
        )

    def nothing_for(self, morning: Morning, owners: Sequence[int], queued: Sequence[int], now: dt.datetime) -> bool:
        """Whether it would be an empty morning; in doubt it is not."""
        user = morning.user
        if user is None:
            return self.waiting.isdisjoint({None, *queued})
        today = now.astimezone(user.zone).date()
        promises = {(owner, today) for owner in (user.pk, *self.covered.get(user.pk, ()))}
        return (
            user.is_active
            and self.waiting.isdisjoint(owners)
            and user.pk not in self.with_mail | self.handed_to
            and self.promised.isdisjoint(promises)
            and self._many_wait(user.pk) <= QUIET_UP_TO
        )

    def _many_wait(self, user_id: int) -> int:
        return self.all_waiting if user_id in self.leads else self.passed_over.get(user_id, 0)


def _waiting() -> dict[int | None, tuple[int, int]]:
    """How many wait to be admitted, and how many of these were passed over, for each owner who has some."""
    waiting = Alert.objects.waiting().filter(family=Family.SILENCE).order_by().values("customer__clock__owner")
    counted = waiting.annotate(all=Count("pk"), passed=Count("passed_over_at"))
    return {owner: (n, passed) for owner, n, passed in counted.values_list("customer__clock__owner", "all", "passed")}


def hold_quiet(
    due: Sequence[tuple[Morning, Rhythm]], owners_of: Mapping[int, list[int]], queued: Sequence[int], now: dt.datetime
) -> set[int]:
    """Hold the mornings among `due` that would be empty; returns their ids. About ten statements, however many.

    `owners_of`: for whose clients each person acts; `queued`: owners for whom nobody does.
    """
    coming = {one.pk: (one, rhythm, rhythm.next_day(now, one.last_on)) for one, rhythm in due}
    coming = {pk: entry for pk, entry in coming.items() if entry[1].on(entry[2]) <= now}
    if not coming:
        return set()
    with transaction.atomic():
        free = Morning.objects.filter(pk__in=coming, next_at__lte=now).order_by("pk")
        mornings = [coming[pk][0] for pk in free.select_for_update(skip_locked=True).values_list("pk", flat=True)]
        # Under the lock that whoever adds to a morning's mail takes too.
        users = User.objects.filter(pk__in=[one.user_id for one in mornings if one.user_id]).order_by("pk")
        list(users.select_for_update(no_key=True).values_list("pk", flat=True))
        news = _News.read(mornings, now)
        quiet = [one for one in mornings if news.nothing_for(one, owners_of.get(one.user_id or 0, []), queued, now)]
        # A quiet morning may begin a week that was not.
        weeks = [one.user for one in quiet if one.user and begins_week(one.last_on, coming[one.pk][2])]
        plan_weeks((user for user in weeks if user.pk in news.leads), now)
        for one in quiet:
            _same, rhythm, day = coming[one.pk]
            one.last_on, one.next_at = day, rhythm.after(now, day)
        Morning.objects.bulk_update(quiet, ["last_on", "next_at"], batch_size=500)
    return {one.pk for one in quiet}
