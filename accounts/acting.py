"""Who acts for whom at an instant (A10): cover chains, for one person and for many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import F, Q, QuerySet

from accounts.models import Absence, Calendar, Team, User

# A chain of more covers than these ends in the team's queue.
LONGEST_CHAIN = 3


def acting_map(user_ids: Iterable[int], now: dt.datetime) -> dict[int, int | None]:
    """Return who acts at `now` for each person: themselves, their cover, or None for their team's queue.

    None also for somebody deactivated, or who never signed in (A11). Two queries, however many people.
    """
    wanted = set(user_ids)
    covers = _covers(now)
    involved = wanted | {cover for cover in covers.values() if cover is not None}
    at_work = set(
        User.objects.filter(pk__in=involved, is_active=True, first_signed_in_at__isnull=False).values_list(
            "pk", flat=True
        )
    )
    return {user: _follow(user, covers, at_work) for user in wanted}


def acting_for(user: User | None, team: Team | None, now: dt.datetime) -> User | None:
    """Return who acts at `now` for `user`, or None: then it is the queue of `team`. At most three queries."""
    if user is None:
        return None
    acting = acting_map([user.pk], now)[user.pk]
    if acting == user.pk:
        return user
    return None if acting is None else User.objects.get(pk=acting)


def absent_until(user: User, now: dt.datetime) -> dt.datetime | None:
    """Return when somebody away at `now` is back; None when they are here, or away without an end."""
    ends = current_absences(now).filter(user=user).order_by(F("ends_at").desc(nulls_first=True))
    return ends.values_list("ends_at", flat=True).first()


def calendar_of(user: User) -> Calendar:
    """Return the calendar a person works by: their primary team's, else the default team's. One query."""
    primary = user.memberships.filter(is_primary=True).values("team")
    teams = Team.objects.filter(Q(pk__in=primary) | Q(is_default=True)).select_related("calendar")
    # The primary team first, unless it is the default one itself: then there is only that.
    return teams.order_by("is_default")[:1].get().calendar


def current_absences(now: dt.datetime) -> QuerySet[Absence]:
    """Return the absences in which people are away at `now`."""
    return Absence.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now)


def _covers(now: dt.datetime) -> dict[int, int | None]:
    """Return the cover of everybody away at `now`; of several absences at once, the one begun last decides."""
    rows = current_absences(now).order_by("starts_at", "pk").values_list("user_id", "cover_id")
    return dict(rows)


def _follow(user: int, covers: dict[int, int | None], at_work: set[int]) -> int | None:
    acting: int | None = user
    for _step in range(LONGEST_CHAIN + 1):
        if acting is None or acting not in covers:
            break
        acting = covers[acting]
    else:
        return None
    return acting if acting in at_work else None
