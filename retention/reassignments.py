"""Clients handed over many at a time: who they are is fixed when it is asked for, a job moves them, an undo gives back.

Twice is as good as once: each client is a row that says whether they were moved, in the transaction that moves them. A
job that was killed goes on with those that are left. What the new owner finds due earlier, by another calendar, is
spread over the weeks after (A8), among as many clients as one transaction holds.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, DateTimeField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext

from accounts.models import Membership, Team, User
from accounts.setting_history import said_why
from alerts.choices import HANDED_OVER
from alerts.insert_select import insert_select
from alerts.reassign import move, primary_team_id
from crm.models import Customer, Task
from retention import jobs
from retention.models import Left, Reassigned, Reassignment

#: Clients of one transaction: about a second's work.
AT_A_TIME = 500
#: Clients that are handed over at once from a list: as far as it counts them one by one.
MOST = 20_000

_NUMBER, _WORD, _INSTANT = IntegerField(null=True), CharField(), DateTimeField(null=True)


@transaction.atomic
def ask(
    customers: QuerySet[Customer],
    *,
    owner: User | None,
    team_follows: bool,
    chosen: str = "",
    as_of: dt.datetime | None = None,
    actor: User,
    reason: str,
    now: dt.datetime,
) -> Reassignment:
    """Have `customers` that are not theirs already given to `owner` (None: their teams' queues).

    `chosen`: the address of the list that said which. Raises ValidationError: no reason, an owner who left, clients
    that the actor does not see, none at all, or more than MOST.
    """
    reason = said_why(reason)
    if owner is not None and not User.objects.active().filter(pk=owner.pk).exists():
        raise ValidationError({"to": gettext("%(name)s does not work here any more.") % {"name": owner}})
    job = _planned(actor, reason, now)
    job.chosen, job.as_of = chosen, as_of
    job.total = plan(job, customers, owner, team_follows=team_follows)
    if not job.total:
        raise ValidationError(gettext("They are all there already."))
    if job.total > MOST:
        said = gettext("These are more than %(most)s clients. Choose fewer: a team, a segment, an owner.")
        raise ValidationError(said % {"most": MOST})
    mine = Customer.objects.visible_to(actor).filter(pk__in=job.rows.values("customer"))
    if mine.count() < job.total:
        raise ValidationError(gettext("Some of these clients are not yours to hand over."))
    job.save()
    return job


def plan(job: Reassignment, customers: QuerySet[Customer], owner: User | None, *, team_follows: bool) -> int:
    """Write down which clients a job gives to `owner`: those that are not theirs already; returns how many."""
    columns = _columns(
        job,
        customer_id=F("pk"),
        from_owner_id=F("owner_id"),
        from_team_id=F("team_id"),
        to_owner_id=Value(owner.pk if owner else None, _NUMBER),
        to_team_id=team_of(owner, team_follows=team_follows),
    )
    return insert_select(Reassigned, columns, not_of(customers, owner).order_by())


def team_of(owner: User | None, *, team_follows: bool) -> Combinable:
    """The team of a client who goes to `owner`: the owner's, or the one they have; a queue is always some team's."""
    if owner is None:
        primary = Membership.objects.filter(user=OuterRef("owner_id"), is_primary=True).values("team_id")[:1]
        default = Team.objects.filter(is_default=True).values("pk")[:1]
        return Coalesce(F("team_id"), Subquery(primary), Subquery(default), output_field=_NUMBER)
    team = primary_team_id(owner) if team_follows else None
    return Value(team, _NUMBER) if team else F("team_id")


def not_of(customers: QuerySet[Customer], owner: User | None) -> QuerySet[Customer]:
    """Those of the clients that are not `owner`'s (None: in no queue) already."""
    if owner is None:
        return customers.filter(owner__isnull=False)
    return customers.filter(Q(owner__isnull=True) | ~Q(owner=owner.pk))


def _columns(job: Reassignment, **said: Combinable) -> dict[str, Any]:
    blank = {
        "seen_version": Value(None, _NUMBER),
        "new_version": Value(None, _NUMBER),
        "moved_at": Value(None, _INSTANT),
        "left": Value("", _WORD),
    }
    return {"reassignment_id": Value(job.pk, _NUMBER)} | blank | said


def _planned(actor: User | None, reason: str, now: dt.datetime) -> Reassignment:
    return Reassignment.objects.create(reason=reason, asked_at=now, asked_by=actor, held_until=now)


@transaction.atomic
def undo(job: Reassignment, *, actor: User, now: dt.datetime) -> Reassignment:
    """Give every client back whom a job moved, to owner and team of before; a job like any other.

    Whoever was changed since by somebody else stays, and the job names them. Raises ValidationError where it is under
    way or was undone.
    """
    job = Reassignment.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if job.is_open or job.undone_at is not None:
        raise ValidationError(gettext("This can no longer be undone."))
    if job.leaver is not None and not job.leaver.is_active:
        raise ValidationError(gettext("%(name)s does not work here. Let them come back first.") % {"name": job.leaver})
    Reassignment.objects.filter(pk=job.pk).update(undone_at=now)
    back = _planned(actor, pgettext("reason", "undone"), now)
    columns = _columns(
        back,
        customer_id=F("customer_id"),
        from_owner_id=F("to_owner_id"),
        from_team_id=F("to_team_id"),
        to_owner_id=F("from_owner_id"),
        to_team_id=F("from_team_id"),
        seen_version=F("new_version"),
    )
    back.undoes = job
    back.total = insert_select(Reassigned, columns, job.rows.filter(moved_at__isnull=False).order_by())
    back.save()
    return back


def to_do(job: Reassignment) -> QuerySet[Reassigned]:
    """The clients of a job that are neither moved nor left."""
    return job.rows.filter(moved_at__isnull=True, left="").order_by("customer_id")


def move_all(job: Reassignment, now: dt.datetime, tell: jobs.Tell) -> None:
    """Move every client of a job that is not moved yet, some in each transaction, of one new owner and team."""
    rows = to_do(job)
    Reassignment.objects.filter(pk=job.pk).update(done=job.rows.count() - rows.count())
    while (place := rows.order_by("to_owner", "to_team").values_list("to_owner", "to_team").first()) is not None:
        owner_id, team_id = place
        owner = User.objects.get(pk=owner_id) if owner_id else None
        theirs = rows.filter(to_owner=owner_id) if owner_id else rows.filter(to_owner__isnull=True)
        if job.leaver_id and owner is not None and not owner.is_active:
            # With who left they cannot stay either.
            theirs.order_by().update(to_owner=None)
            continue
        theirs = theirs.filter(to_team=team_id) if team_id else theirs.filter(to_team__isnull=True)
        batch = list(theirs.values_list("customer_id", flat=True)[:AT_A_TIME])
        tell(_move(job, batch, owner, team_id, now))


@transaction.atomic
def _move(job: Reassignment, batch: list[int], owner: User | None, team_id: int | None, now: dt.datetime) -> int:
    """Move the clients of a batch that stand as the job knows them, and leave the others; returns how many it had."""
    customers = Customer.objects.filter(pk__in=batch).order_by("pk").select_for_update(no_key=True)
    stands = {pk: (held, version) for pk, held, version in customers.values_list("pk", "owner_id", "version")}
    rows = job.rows.filter(customer__in=batch, moved_at__isnull=True, left="")
    asked = rows.values_list("customer_id", "from_owner_id", "seen_version")
    same = [pk for pk, held, seen in asked if stands[pk][0] == held and seen in (None, stands[pk][1])]
    if owner is not None and not owner.is_active:
        rows.filter(customer__in=same).update(left=Left.GONE)
        same = []
    rows.exclude(customer__in=same).filter(left="").update(left=Left.TOUCHED)
    kept = _theirs_before(job, same) if job.undoes_id else None
    team = Value(team_id, _NUMBER)
    move(same, owner=owner, team=team, actor=job.asked_by, now=now, kept_tasks=kept)
    version = Customer.objects.filter(pk=OuterRef("customer_id")).values("version")
    rows.filter(customer__in=same).update(moved_at=now, new_version=Subquery(version[:1]))
    return len(batch)


def _theirs_before(job: Reassignment, customers: list[int]) -> QuerySet[Task]:
    """The open tasks on the clients of an undo that were with the present owner before the clients were."""
    first = Reassigned.objects.filter(reassignment=job.undoes_id, customer=OuterRef("customer_id"))
    came = Subquery(first.values("moved_at")[:1])
    moved = Task.history.filter(id=OuterRef("pk"), history_change_reason=HANDED_OVER, history_date=OuterRef("came"))
    tasks = Task.objects.filter(customer__in=customers).annotate(came=came)
    return tasks.filter(~Exists(moved), created_at__lte=F("came"))
