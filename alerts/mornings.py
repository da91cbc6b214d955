"""The morning of each person and of each team's queue: their digest hour of their next working day (A4)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.events import Tell, nobody_listens
from accounts.models import Calendar, Membership, Team, User
from alerts.daybook import Daybook, WorkDays
from alerts.models import Morning

#: When a team's queue has its morning, on its own clock.
QUEUE_HOUR = dt.time(8)


@dataclass(frozen=True)
class Rhythm:
    """At which hour of which zone, on the working days of which calendar, somebody has their morning."""

    zone: zoneinfo.ZoneInfo
    hour: dt.time
    days: WorkDays

    def today(self, now: dt.datetime) -> dt.date:
        return now.astimezone(self.zone).date()

    def on(self, date: dt.date) -> dt.datetime:
        """Return the instant (UTC) of the morning of a date; an hour that the clock skips comes later by the gap."""
        return dt.datetime.combine(date, self.hour, tzinfo=self.zone).astimezone(dt.UTC)

    def first_day(self, date: dt.date) -> dt.date:
        """Return the date itself if it is a working day, else the next one."""
        return date if self.days.is_working_day(date) else self.days.working_day_after(date)

    def next_day(self, now: dt.datetime, last_on: dt.date | None) -> dt.date:
        """Return the first working day that has not had its morning, from today on."""
        today = self.today(now)
        return self.first_day(today if last_on is None or last_on < today else last_on + dt.timedelta(days=1))

    def after(self, now: dt.datetime, last_on: dt.date | None = None) -> dt.datetime:
        """Return the first morning later than `now`, on a date later than `last_on`."""
        day = self.next_day(now, last_on)
        if self.on(day) <= now:
            day = self.days.working_day_after(day)
        return self.on(day)


def rhythms_of(mornings: Sequence[Morning], now: dt.datetime) -> list[Rhythm]:
    """Return the rhythm of each morning, in their order; they need not be saved. Four queries, however many."""
    default = Team.objects.filter(is_default=True).values_list("calendar_id", flat=True).get()
    users = [morning.user_id for morning in mornings if morning.user_id is not None]
    primary = dict(
        Membership.objects.filter(user__in=users, is_primary=True).values_list("user_id", "team__calendar_id")
    )
    calendars = [
        morning.team.calendar_id if morning.team else primary.get(morning.user_id or 0, default) for morning in mornings
    ]
    book = Daybook(calendars, [now])
    return [_rhythm(morning, book[calendar]) for morning, calendar in zip(mornings, calendars, strict=True)]


def _rhythm(morning: Morning, days: WorkDays) -> Rhythm:
    if morning.user is not None:
        return Rhythm(morning.user.zone, morning.user.digest_hour, days)
    return Rhythm(days.calendar.tz, QUEUE_HOUR, days)


def next_morning(who: User | Team, after: dt.datetime) -> dt.datetime:
    """Return the first morning of a person, or of a team's queue, later than an instant. UTC."""
    morning = Morning(user=who) if isinstance(who, User) else Morning(team=who)
    return rhythms_of([morning], after)[0].after(after)


def ensure_mornings(now: dt.datetime) -> int:
    """Make the rows that miss, of everybody who works here and of every queue; returns how many."""
    people = User.objects.active().filter(first_signed_in_at__isnull=False, morning__isnull=True)
    missing = [Morning(user=user) for user in people]
    missing += [Morning(team=team) for team in Team.objects.filter(morning__isnull=True)]
    if missing:
        for morning, rhythm in zip(missing, rhythms_of(missing, now), strict=True):
            morning.next_at = rhythm.after(now)
        # Another worker may be making them too.
        Morning.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def person_changed(user: User, now: dt.datetime) -> None:
    """Reckon a person's next morning anew: their hour, zone, team or its calendar changed, or they are gone."""
    works_here = user.is_active and user.first_signed_in_at is not None
    if not works_here:
        Morning.objects.filter(user=user).delete()
        return
    reckon_anew(Morning.objects.filter(user=user), now)


def calendar_changed(calendar: Calendar, _actor: User | None, now: dt.datetime, _tell: Tell = nobody_listens) -> None:
    """Reckon anew the mornings that follow a calendar."""
    own = Q(user__memberships__is_primary=True, user__memberships__team__calendar=calendar)
    default = Q(user__isnull=False) & ~Q(user__memberships__is_primary=True)
    ids = Morning.objects.filter(own | default | Q(team__calendar=calendar)).values("pk")
    reckon_anew(Morning.objects.filter(pk__in=ids), now)


def reckon_anew(mornings: QuerySet[Morning], now: dt.datetime) -> None:
    """Write the next instants of the given mornings. A day that had its morning gets no second."""
    with transaction.atomic():
        found = list(mornings.select_for_update(of=("self",)).select_related("user", "team").order_by("pk"))
        for morning, rhythm in zip(found, rhythms_of(found, now), strict=True):
            morning.next_at = rhythm.after(now, morning.last_on)
        Morning.objects.bulk_update(found, ["next_at"])
