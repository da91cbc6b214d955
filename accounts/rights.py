"""What somebody may: in which teams they work, which of these they supervise, whether they administer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from accounts.models import Membership, User
from accounts.models.user import Role


@dataclass(frozen=True)
class Rights:
    """`teams`: by id, whether they supervise it. `primary`: the team whose calendar is theirs, one of `teams`."""

    teams: dict[int, bool]
    primary: int | None
    administrator: bool

    @property
    def role(self) -> Role:
        """What follows: nobody is a supervisor without a team to supervise."""
        if self.administrator:
            return Role.ADMINISTRATOR
        return Role.SUPERVISOR if any(self.teams.values()) else Role.MANAGER


def rights_of(user: User) -> Rights:
    """Read what a person may. One query."""
    rows = list(user.memberships.order_by("team__name", "pk").values_list("team", "supervises", "is_primary"))
    primary = next((team for team, _supervises, is_primary in rows if is_primary), None)
    return Rights({team: supervises for team, supervises, _is_primary in rows}, primary, user.is_administrator)


@transaction.atomic
def give(user: User, rights: Rights) -> None:
    """Make the rows say `rights`. Who administers no longer loses the support pages with it."""
    user.role = rights.role
    if not rights.administrator:
        user.is_staff = user.is_superuser = False
    user.save(update_fields=["role", "is_staff", "is_superuser"])
    user.memberships.exclude(team__in=rights.teams).delete()
    # Before another becomes it: there is never a second.
    user.memberships.exclude(team=rights.primary).update(is_primary=False)
    Membership.objects.bulk_create(
        [
            Membership(user=user, team_id=team, supervises=supervises, is_primary=team == rights.primary)
            for team, supervises in rights.teams.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "team"],
        update_fields=["supervises", "is_primary"],
    )
    _forget_scope(user)


def _forget_scope(user: User) -> None:
    """What this object knew of its teams is of before."""
    for known in ("_scope", "team_ids", "supervised_team_ids", "acting_for_ids", "sees_for_ids"):
        user.__dict__.pop(known, None)
