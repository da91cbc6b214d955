"""The one road upwards: "facts changed". Higher apps listen; the calls run in this transaction.

Listeners are added in `AppConfig.ready()` by `listen` and run in the order of their `position`. A
reader finds every one with a search for `events.listen(`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from crm.facts import recompute_facts
from crm.models import Clock, Customer
from crm.scope import copy_scope


@dataclass(frozen=True)
class Change:
    """Why facts changed: `cause` as in alerts.choices.Cause, with the id of what caused it.

    `undo` is W7's undo from the toast: as if what is undone had never been entered. `removal` says
    that an interaction was deleted or edited away, which may reopen an alert with a word. `gentle`
    puts what falls due by the change itself under A8 (policy, segment, calendar, cadence, owner).
    `forward` says that something was only added, a step or its tick, and nothing taken back. `felt` says that it tells
    how the client feels, or told it before.
    """

    cause: str
    cause_id: int | None = None
    actor: User | None = None
    undo: bool = False
    removal: bool = False
    gentle: bool = False
    forward: bool = False
    felt: bool = False

    @property
    def may_revive(self) -> bool:
        """Whether what was settled may be owed again: never by a contact that is simply logged, or a step ticked.

        Nor by a table of what counts that is applied to history: what was kept by the table of its day stays kept.
        """
        return not (self.forward or self.cause in ("interaction", "counting")) or self.undo or self.removal


Listener = Callable[[QuerySet[Customer], Change, dt.datetime], None]
_listeners: list[tuple[int, Listener]] = []


def listen(listener: Listener, *, position: int) -> None:
    _listeners.append((position, listener))
    _listeners.sort(key=lambda entry: entry[0])


def lock_clocks(customers: QuerySet[Customer]) -> None:
    """Lock the clocks of `customers`, before anything of theirs that a logged contact may write as well.

    The lock order of every writer: customer → clock → interactions, tasks, deadlines → alert → delivery.
    """
    clocks = Clock.objects.filter(customer__in=customers.values("pk")).order_by("pk")
    list(clocks.select_for_update().values_list("pk", flat=True))


def facts_changed(
    customers: QuerySet[Customer],
    *,
    change: Change,
    now: dt.datetime,
    scope: bool = True,
    facts: bool = True,
    locked: bool = False,
) -> None:
    """Bring clocks, deadlines and alerts of `customers` up to what the rows say, all at once.

    `customers` must select the same rows however often it is asked (filter by ids, by import).
    `scope=False` when owner, team, segment, stage, archive and value cannot have changed; `facts=False` when
    no interaction has, and only what is promised; `locked` when the caller has locked their clocks already.
    """
    # No savepoint inside a caller's transaction: all of it or nothing.
    with transaction.atomic(savepoint=False):
        # Locked first: what another has just written of a customer is read only after waiting for it.
        if not locked:
            lock_clocks(customers)
        if scope:
            copy_scope(customers)
        if facts:
            recompute_facts(customers)
        for _position, listener in _listeners:
            listener(customers, change, now)
