"""What stands beside the groups of Today: next steps, what colleagues logged, and the reward when nobody waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Max

from accounts.models import User
from alerts.choices import Rung
from alerts.models import Alert, Deadline
from crm.choices import Channel
from crm.day_words import day_words, local_day
from crm.models import Clock, Interaction, Task

#: Next steps are shown this far ahead, and at most so many.
AHEAD = dt.timedelta(days=7)
STEPS = 30
#: Lines about what colleagues logged.
LINES = 3
#: What was logged since yesterday happened within this time, or is older history that somebody fills in.
RECENT = dt.timedelta(days=31)


@dataclass(frozen=True)
class Step:
    """A next step with its day in words; `now` when it is due today or late, `late` when that day has passed."""

    task: Task
    day: str
    now: bool
    late: bool


@dataclass(frozen=True)
class Reward:
    """`streak`: promises kept in a row. `idea`: whom one has not met for longest, and for how many days."""

    streak: int
    idea: Clock | None
    days: int = 0

    @property
    def idea_was_video(self) -> bool:
        return bool(self.idea and self.idea.last_personal and self.idea.last_personal.channel == Channel.VIDEO)


def steps_of(user: User, now: dt.datetime) -> list[Step]:
    """Return the open next steps of a person and of whom they cover: late, today's, those of the week. One query."""
    until = now.astimezone(user.zone).date() + AHEAD
    tasks = (
        Task.objects.open()
        .filter(owner__in=user.acting_for_ids, due_on__lte=until)
        .select_related("customer__clock__calendar")
        .order_by("due_on", "pk")[:STEPS]
    )
    return [_step(task, now) for task in tasks]


def _step(task: Task, now: dt.datetime) -> Step:
    today = local_day(now, task.customer.clock.calendar.tz)
    return Step(task, day_words(task.due_on, today), task.due_on <= today, task.due_on < today)


def logged_by_others(user: User, now: dt.datetime) -> list[Interaction]:
    """W9: what colleagues logged for one's clients since yesterday, newest first. One query."""
    yesterday = now.astimezone(user.zone).date() - dt.timedelta(days=1)
    since = dt.datetime.combine(yesterday, dt.time(0), tzinfo=user.zone)
    return list(
        Interaction.objects.kept()
        .filter(
            customer__owner=user.pk,
            entered_at__gte=since,
            entered_by__isnull=False,
            # The history index finds them by when they happened.
            at__gte=since - RECENT,
        )
        .exclude(entered_by=user.pk)
        .select_related("customer", "entered_by")
        .order_by("-entered_at", "-pk")[:LINES]
    )


def reward_of(user: User, now: dt.datetime) -> Reward:
    """Return what to be glad about, and whom a free hour is good for. Three queries."""
    clocks = Clock.objects.active().filter(owner=user.pk)
    idea = (
        clocks.filter(last_personal_at__isnull=False)
        .select_related("customer", "calendar", "last_personal")
        .order_by("last_personal_at", "pk")
        .first()
    )
    days = 0
    if idea is not None and idea.last_personal_on is not None:
        days = (local_day(now, idea.calendar.tz) - idea.last_personal_on).days
    return Reward(_streak(user, now), idea, days)


def _streak(user: User, now: dt.datetime) -> int:
    """How many promises to one's clients were kept since the last one that was not."""
    # By the clients: their deadlines are found by index.
    mine = Deadline.objects.counted().filter(customer__clock__owner=user.pk, owner=user.pk)
    broken = mine.filter(breached_at__isnull=False).aggregate(last=Max("due_at"))["last"]
    kept = mine.filter(met_at__isnull=False, met_at__lte=F("due_at"))
    return (kept.filter(met_at__gt=broken) if broken else kept).count()


def climbed_to(user: User) -> int:
    """How many alerts have climbed to a supervisor or administrator and call for action. One query."""
    rung = Rung.ADMINISTRATORS if user.is_administrator else Rung.SUPERVISOR
    return Alert.objects.visible_to(user).calling().filter(rung__gte=rung).count()
