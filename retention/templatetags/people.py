"""What pages say of people beside their names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django import template
from django.utils import timezone

from accounts.invitations import ends_at
from accounts.models import User
from retention import departures
from retention.models import Reassignment

register = template.Library()


@dataclass(frozen=True)
class Invitation:
    """When somebody was invited last, and until when the link works."""

    at: dt.datetime
    ends_at: dt.datetime
    is_over: bool


@register.simple_tag
def invitation_of(user: User) -> Invitation | None:
    """Return how the invitation of a person stands; None for who was never invited, or came in. No query."""
    end = ends_at(user)
    if end is None or user.invited_at is None:
        return None
    return Invitation(user.invited_at, end, end <= timezone.now())


@register.simple_tag
def departure_of(user: User) -> Reassignment | None:
    """Return how somebody left last, None for somebody of whom nothing had to be moved. One query."""
    return departures.departure_of(user)
