"""A9: hand clients to somebody else, or to the queue: alerts start again there, the open tasks move with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.query import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from alerts import journal
from alerts.admission import admit_key
from alerts.choices import HANDED_OVER, Cause, EventKind, Family
from alerts.exceptions import NotAllowed
from alerts.models import Alert
from alerts.restart import COLUMNS, empty, zones_of
from alerts.update_many import update_many
from crm.events import Change, facts_changed, lock_clocks
from crm.importing.history import keep_history
from crm.models import Customer, Task

#: Owner and team of each client, by its number.
Places = dict[int, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Moved:
    """What a hand-over changed: how many clients and tasks moved, and each client's owner and team before."""

    customers: int
    tasks: int
    before: Places


@transaction.atomic
def reassign(
    customers: QuerySet[Customer], *, owner: User | None, actor: User, now: dt.datetime, move_team: bool = True
) -> Moved:
    """Give `customers` to `owner`, or with None to their team's queue. Those that are theirs already stay as they are.

    With `move_team` the team follows the new owner's primary one. Raises NotAllowed for a client that the actor does
    not see, and for an owner who left. For thousands of clients there is a job, which calls `move` for some at a time.
    """
    if owner is not None and not owner.is_active:
        raise NotAllowed(_("%(name)s does not work here any more.") % {"name": owner})
    wanted = set(customers.values_list("pk", flat=True))
    if Customer.objects.visible_to(actor).filter(pk__in=wanted).count() < len(wanted):
        raise NotAllowed(_("Some of these clients are not yours to hand over."))
    team = primary_team_id(owner) if owner is not None and move_team else None
    return move(wanted, owner=owner, team=Value(team) if team else F("team"), actor=actor, now=now)


def primary_team_id(owner: User) -> int | None:
    """The team that a client's follows when they are handed over."""
    teams = Membership.objects.filter(user=owner, is_primary=True)
    return teams.values_list("team_id", flat=True).first()


@transaction.atomic
def move(
    wanted: Collection[int],
    *,
    owner: User | None,
    team: Combinable,
    actor: User | None,
    now: dt.datetime,
    kept_tasks: QuerySet[Task] | None = None,
) -> Moved:
    """Give the clients of these numbers to `owner` (None: the queue) in `team`, whoever may see them.

    Rows go from table to table without passing through Python, but for open alerts and tasks; the number of queries
    does not grow with the clients. `kept_tasks` stay with whom they are with.
    """
    before = _locked(wanted, owner)
    if not before:
        return Moved(0, 0, {})
    moving = Customer.objects.one(*before) if len(before) == 1 else Customer.objects.filter(pk__in=before)
    lock_clocks(moving)
    tasks = _move_tasks(before, owner, actor, now, kept_tasks)
    moving.update(owner=owner, team=team, version=F("version") + 1, changed_at=now)
    keep_history(Customer, before, sign="~", now=now, why=HANDED_OVER, by=actor.pk if actor else None)
    change = Change(cause=Cause.PERSON, cause_id=actor.pk if actor else None, actor=actor, gentle=True)
    facts_changed(moving, change=change, now=now, locked=True)
    _move_alerts(before, tasks, owner, actor, now)
    return Moved(len(before), len(tasks), before)


@transaction.atomic
def move_steps(wanted: Collection[int], *, actor: User | None, now: dt.datetime) -> int:
    """Give these open tasks to the owners of their clients, whoever has them; returns how many moved.

    A promise that presses is told to its new owner at once.
    """
    of_client = Subquery(Customer.objects.filter(pk=OuterRef("customer_id")).values("owner")[:1])
    locked = Task.objects.open().filter(pk__in=wanted).order_by("pk").select_for_update()
    before = dict(locked.values_list("pk", "owner_id"))
    Task.objects.filter(pk__in=before).update(owner=of_client, version=F("version") + 1)
    keep_history(Task, before, sign="~", now=now, why=HANDED_OVER, by=actor.pk if actor else None)
    after = {f"task:{pk}": owner for pk, owner in Task.objects.filter(pk__in=before).values_list("pk", "owner_id")}
    alerts = Alert.objects.open().filter(family=Family.PROMISE, subject_key__in=after).order_by("pk")
    said = [
        (alert, EventKind.REASSIGNED, {"from": before[int(alert.subject_key[5:])], "to": after[alert.subject_key]})
        for alert in alerts.select_for_update()
    ]
    journal.note_many(said, at=now, actor=actor)
    return len(before)


def _locked(wanted: Collection[int], owner: User | None) -> Places:
    """Those of the wanted clients that are another's, locked in the order of their numbers."""
    # Somebody who logs for one of them meanwhile needs its key only, and goes on.
    rows = Customer.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    to = owner.pk if owner else None
    return {pk: (held, team) for pk, held, team in rows.values_list("pk", "owner_id", "team_id") if held != to}


def _move_tasks(
    before: Places, owner: User | None, actor: User | None, now: dt.datetime, kept: QuerySet[Task] | None
) -> set[int]:
    """Give the new owner the old one's open tasks on the clients that move, and those that nobody has."""
    rows = Task.objects.open().filter(customer__in=before).order_by("pk")
    if kept is not None:
        rows = rows.exclude(pk__in=kept.values("pk"))
    found = rows.select_for_update().values_list("pk", "customer_id", "owner_id")
    tasks = {pk for pk, customer, held in found if held == before[customer][0]}
    if tasks:
        Task.objects.filter(pk__in=tasks).update(owner=owner, version=F("version") + 1)
        keep_history(Task, tasks, sign="~", now=now, why=HANDED_OVER, by=actor.pk if actor else None)
    return tasks


def _move_alerts(before: Places, tasks: set[int], owner: User | None, actor: User | None, now: dt.datetime) -> None:
    """Silences start again with the new owner, a dismissal stays; what presses is told to them at once."""
    rows = Alert.objects.open().filter(customer__in=before).order_by("pk").select_for_update()
    keys = {f"task:{pk}" for pk in tasks}
    alerts = [alert for alert in rows if alert.family != Family.PROMISE or alert.subject_key in keys]
    silences = [alert for alert in alerts if alert.family == Family.SILENCE]
    zones = zones_of(silences)
    for alert in silences:
        empty(alert, zones[alert.customer_id], now, keep_dismissal=True)
    update_many(silences, COLUMNS)
    to = owner.pk if owner else None
    journal.note_many(
        [(alert, EventKind.REASSIGNED, {"from": before[alert.customer_id][0], "to": to}) for alert in alerts],
        at=now,
        actor=actor,
    )
    admit_key([alert.pk for alert in silences], now)
