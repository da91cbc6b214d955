"""The people of a load: teams of twenty, each with a supervisor."""

from __future__ import annotations

import datetime as dt

from accounts.models import Membership, Team, User
from accounts.models.user import Role
from accounts.setup import ensure_defaults

JOINED = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def people(count: int) -> tuple[list[int], list[int]]:
    """Make so many users. Returns the owners of clients and, beside each, the team."""
    default = ensure_defaults()
    numbers = range(max(1, count // 20))
    teams = Team.objects.bulk_create(Team(name=f"Team {number}", calendar=default.calendar) for number in numbers)
    places = [(team, number, place) for number, team in enumerate(teams) for place in range(20)]
    users = User.objects.bulk_create(
        (
            User(
                email=f"person{number}-{place}@bench.example",
                name=f"Person {number}-{place}",
                role=Role.MANAGER if place else Role.SUPERVISOR,
                first_signed_in_at=JOINED,
            )
            for _team, number, place in places
        ),
        batch_size=2000,
    )
    Membership.objects.bulk_create(
        (
            Membership(user=user, team=team, is_primary=True, supervises=place == 0)
            for user, (team, _number, place) in zip(users, places, strict=True)
        ),
        batch_size=2000,
    )
    kept = [(user.pk, team.pk) for user, (team, _n, place) in zip(users, places, strict=True) if place]
    return [owner for owner, _team in kept], [team for _owner, team in kept]
