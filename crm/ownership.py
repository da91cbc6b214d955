"""Who owns a customer. Handing over is more than a column: alerts fill `on_reassign` with what else goes along (A9)."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Membership, Team, User
from crm.events import Change, facts_changed
from crm.models import Customer


class Reassign(Protocol):
    """Gives `customers` to `owner` (None: the queue); with `move_team` their team becomes the new owner's."""

    def __call__(
        self,
        customers: QuerySet[Customer],
        *,
        owner: User | None,
        actor: User,
        now: dt.datetime,
        move_team: bool = True,
    ) -> object: ...


_reassign: list[Reassign] = []


def on_reassign(act: Reassign) -> None:
    """Let a higher app do the handing over: its call replaces the plain one below."""
    _reassign[:] = [act]


def reassign(
    customers: QuerySet[Customer], *, owner: User | None, actor: User, now: dt.datetime, move_team: bool = True
) -> None:
    """Give customers to another owner, with alerts, tasks and history. `customers` is filtered by ids."""
    with transaction.atomic():
        act = _reassign[0] if _reassign else _plainly
        act(customers, owner=owner, actor=actor, now=now, move_team=move_team)


def _plainly(
    customers: QuerySet[Customer], *, owner: User | None, actor: User, now: dt.datetime, move_team: bool = True
) -> None:
    team = primary_team(owner) if owner and move_team else None
    for customer in customers.select_for_update(no_key=True, of=("self",)):
        customer.owner = owner
        customer.team = team or customer.team
        customer.version += 1
        customer.save(update_fields=["owner", "team", "version", "changed_at"])
    facts_changed(customers, change=Change(cause="person", cause_id=actor.pk, actor=actor), now=now)


def primary_team(user: User) -> Team | None:
    """The team whose calendar and supervisors are theirs."""
    found = Membership.objects.filter(user=user).select_related("team").order_by("-is_primary", "pk").first()
    return found.team if found else None
