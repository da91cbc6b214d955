from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import Team, User


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> UserQuerySet:
        """People whose name may be shown to `user`: all for administrators, else those of their teams."""
        if user.is_administrator:
            return self
        return self.filter(Q(pk=user.pk) | Q(memberships__team__in=user.team_ids)).distinct()

    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def administrators(self) -> UserQuerySet:
        return self.active().filter(role="administrator")

    def supervising(self, team_id: int) -> UserQuerySet:
        """Active supervisors of the team."""
        return self.active().filter(memberships__team_id=team_id, memberships__supervises=True)


class TeamQuerySet(models.QuerySet["Team"]):
    def standing(self) -> TeamQuerySet:
        """Teams that people and clients may be given to: those not archived."""
        return self.filter(archived_at=None)
