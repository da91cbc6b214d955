"""A9: hand clients to somebody else, or to the queue: alerts start again there, the open tasks move with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from accounts.models import Membership, User
from alerts import journal
from alerts.admission import admit_key
from alerts.choices import HANDED_OVER, Cause, EventKind, Family
from alerts.exceptions import NotAllowed
from alerts.models import Alert
from alerts.restart import COLUMNS, empty, zones_of
from alerts.update_many import update_many
from crm.events import Change, facts_changed, lock_clocks
from crm.models import Customer, Task


@dataclass(frozen=True)
class Moved:
    """What a hand-over changed: how many clients and tasks moved, and each client's owner and team before."""

    customers: int
    tasks: int
    before: dict[int, tuple[int | None, int | None]]


@transaction.atomic
def reassign(
    customers: QuerySet[Customer], *, owner: User | None, actor: User, now: dt.datetime, move_team: bool = True
) -> Moved:
    """Give `customers` to `owner`, or with None to their team's queue. Those that are theirs already stay as they are.

    With `move_team` the team follows the new owner's primary one. Raises NotAllowed for a client that the actor does
    not see, and for an owner who left. The number of queries does not grow with the clients.
    """
    if owner is not None and not owner.is_active:
        raise NotAllowed(_("%(name)s does not work here any more.") % {"name": owner})
    wanted = set(customers.values_list("pk", flat=True))
    if Customer.objects.visible_to(actor).filter(pk__in=wanted).count() < len(wanted):
        raise NotAllowed(_("Some of these clients are not yours to hand over."))
    # Somebody who logs for one of them meanwhile needs its key only, and goes on.
    chosen = Customer.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True, of=("self",))
    moving = [one for one in chosen if one.owner_id != (owner.pk if owner else None)]
    if not moving:
        return Moved(0, 0, {})
    before = {one.pk: (one.owner_id, one.team_id) for one in moving}
    lock_clocks(Customer.objects.filter(pk__in=before))
    tasks = _move_tasks(before, owner, actor, now)
    _move_customers(moving, owner, move_team, actor, now)
    change = Change(cause=Cause.PERSON, cause_id=actor.pk, actor=actor, gentle=True)
    moved = Customer.objects.one(*before) if len(before) == 1 else Customer.objects.filter(pk__in=before)
    facts_changed(moved, change=change, now=now)
    _move_alerts(before, {task.pk for task in tasks}, owner, actor, now)
    return Moved(len(moving), len(tasks), before)


def _move_customers(
    moving: Sequence[Customer], owner: User | None, move_team: bool, actor: User, now: dt.datetime
) -> None:
    team = None
    if owner is not None and move_team:
        team = Membership.objects.filter(user=owner, is_primary=True).values_list("team_id", flat=True).first()
    for customer in moving:
        customer.owner = owner
        customer.team_id = team or customer.team_id
        customer.version += 1
        customer.changed_at = now
    bulk_update_with_history(
        moving,
        Customer,
        ["owner", "team", "version", "changed_at"],
        batch_size=500,
        default_user=actor,
        default_change_reason=HANDED_OVER,
        default_date=now,
    )
    _keep_tags([customer.pk for customer in moving])


def _keep_tags(customers: Sequence[int]) -> None:
    """Give the history rows just written the clients' tags, which a bulk history leaves out: none was taken away."""
    tags = list(Customer.tags.through._default_manager.filter(customer__in=customers))
    if not tags:
        return
    rows = Customer.history.filter(id__in={tag.customer_id for tag in tags}).order_by()
    latest = dict(rows.values_list("id").annotate(Max("history_id")))
    tagged = apps.get_model("crm", "HistoricalCustomer_tags")._default_manager
    tagged.bulk_create(
        [
            tagged.model(id=tag.pk, customer_id=tag.customer_id, tag_id=tag.tag_id, history_id=latest[tag.customer_id])
            for tag in tags
        ],
        batch_size=1000,
    )


def _move_tasks(
    before: dict[int, tuple[int | None, int | None]], owner: User | None, actor: User, now: dt.datetime
) -> list[Task]:
    """The old owner's open tasks on the clients that move."""
    tasks = list(
        Task.objects.open()
        .filter(customer__in=before, owner=F("customer__owner"))
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    for task in tasks:
        task.owner = owner
        task.version += 1
    if tasks:
        bulk_update_with_history(
            tasks,
            Task,
            ["owner", "version"],
            batch_size=500,
            default_user=actor,
            default_change_reason=HANDED_OVER,
            default_date=now,
        )
    return tasks


def _move_alerts(
    before: dict[int, tuple[int | None, int | None]],
    moved_tasks: set[int],
    owner: User | None,
    actor: User,
    now: dt.datetime,
) -> None:
    """Silences start again with the new owner, a dismissal stays; what presses is told to them at once."""
    theirs = ~Q(family=Family.PROMISE) | Q(subject_key__in=[f"task:{pk}" for pk in moved_tasks])
    alerts = list(Alert.objects.open().filter(theirs, customer__in=before).order_by("pk").select_for_update())
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
