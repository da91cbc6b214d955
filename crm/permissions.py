"""Who may change what on the page of a customer that they see."""

from __future__ import annotations

from accounts.models import User
from crm.models import Clock, Interaction


def supervises(user: User, clock: Clock) -> bool:
    """Whether `user` answers for the customer's team."""
    return user.is_administrator or (clock.team_id is not None and clock.team_id in user.supervised_team_ids)


def may_change_interaction(user: User, interaction: Interaction, clock: Clock) -> bool:
    """W9: who wrote it, the customer's owner, the team's supervisor, an administrator."""
    return user.pk in (interaction.entered_by_id, clock.owner_id) or supervises(user, clock)
