"""Somebody leaves: signed out at once, their clients go where it is said, whom they were to cover gets another cover.

What must hold at once is one transaction: no access, no morning, no absences of theirs, a job that knows each client
and where it goes. The job moves the clients, gives what is left to its queue and their other steps to the owners.
Until then nobody is forgotten: for the engine the clients of somebody who left are their team's queue (A11).

An access that was closed without asking (by the console, by support pages) is found by the pump, and the clients go to
the queue; the supervisors are told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext, gettext_noop

from accounts import absences
from accounts.events import person_changed
from accounts.invitations import AREA, subject_of
from accounts.models import Absence, User
from accounts.sessions import end_sessions
from accounts.setting_history import Line, note_change, said_why
from alerts.left import tell_left, tell_uncovered
from alerts.reassign import move_steps
from crm.models import Customer, Task
from retention.models import Reassignment
from retention.person_changes import NO, YES, check_administrators, locked
from retention.reassignments import AT_A_TIME, move_all, plan, undo

WORKS_HERE = gettext_noop("Works here")
CLOSED = gettext_noop("Works here (access closed without asking)")


@dataclass(frozen=True)
class Heirs:
    """Where the clients go: by segment where one is named (None: those of none), else to `rest`; nobody: the queue.

    `covers`: who covers instead, by absence; an absence that is not named falls to the queue.
    """

    rest: User | None
    segments: Mapping[int | None, User | None] = field(default_factory=dict)
    covers: Mapping[int, User | None] = field(default_factory=dict)
    team_follows: bool = True


def parts(person: User, heirs: Heirs) -> Iterator[tuple[QuerySet[Customer], User | None]]:
    """The clients of a person, archived ones too, by whom they go to."""
    theirs = Customer.objects.filter(owner=person)
    for segment, heir in heirs.segments.items():
        yield theirs.filter(segment=segment) if segment else theirs.filter(segment__isnull=True), heir
    named = [segment for segment in heirs.segments if segment]
    rest = theirs.filter(Q(segment__isnull=True) | ~Q(segment__in=named)) if named else theirs
    yield rest.filter(segment__isnull=False) if None in heirs.segments else rest, heirs.rest


@transaction.atomic
def leave(person: User, heirs: Heirs, *, actor: User, reason: str, now: dt.datetime) -> Reassignment:
    """End somebody's access and plan where all that is theirs goes; a job moves it.

    Raises ValidationError: no reason, gone already, oneself, nobody else who administers, an heir who left; by
    `cover_<absence>` where a cover cannot stand.
    """
    reason = said_why(reason)
    person = locked(person)
    if not person.is_active:
        raise ValidationError(gettext("%(name)s does not work here any more.") % {"name": person})
    if person == actor:
        raise ValidationError(gettext("Somebody else has to do this for you."))
    check_administrators(person)
    for heir in {heirs.rest, *heirs.segments.values()} - {None, person}:
        assert heir is not None
        if not User.objects.active().filter(pk=heir.pk).exists():
            raise ValidationError({"to": gettext("%(name)s does not work here any more.") % {"name": heir}})
    job = Reassignment.objects.create(leaver=person, reason=reason, asked_at=now, asked_by=actor, held_until=now)
    for customers, heir in parts(person, heirs):
        job.total += plan(job, customers, heir, team_follows=heirs.team_follows)
    job.save()
    _close(person, now)
    _withdraw_absences(person, actor, now)
    _cover_anew(person, heirs.covers, actor, now)
    lines = [Line(WORKS_HERE, YES, NO)]
    note_change(AREA, subject=subject_of(person), lines=lines, actor=actor, reason=reason, now=now)
    return job


def _close(person: User, now: dt.datetime) -> None:
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(person)
    person_changed(person, now)


def _withdraw_absences(person: User, actor: User, now: dt.datetime) -> None:
    """Whoever left is not away: what was planned is withdrawn, what runs ends."""
    for absence in absences.coming(person, now):
        absences.end(absence, actor=actor, now=now)


def covered_by(person: User, now: dt.datetime) -> QuerySet[Absence]:
    """The absences, running or to come, of people at work in which a person is the cover."""
    not_over = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    return (
        Absence.objects.filter(not_over, cover=person, user__is_active=True)
        .select_related("user")
        .order_by("starts_at", "pk")
    )


def _cover_anew(person: User, covers: Mapping[int, User | None], actor: User, now: dt.datetime) -> None:
    """Give each absence that a person was to cover another cover, who gets the list, or the queue, which is told."""
    for absence in covered_by(person, now):
        absence.cover = covers.get(absence.pk)
        try:
            absences.save(absence, actor=actor, now=now)
        except ValidationError as error:
            raise ValidationError({f"cover_{absence.pk}": error.messages}) from error
        if absence.cover is None:
            tell_uncovered(absence, person, now)


@transaction.atomic
def come_back(person: User, *, give_back: bool, actor: User, reason: str, now: dt.datetime) -> Reassignment | None:
    """Let somebody who left in again, with no clients; `give_back` those that nobody touched since, by a job.

    Raises ValidationError: no reason, here already, clients still on their way or given back already.
    """
    reason = said_why(reason)
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if person.is_active:
        raise ValidationError(gettext("%(name)s is here already.") % {"name": person})
    person.is_active = True
    person.save(update_fields=["is_active"])
    person_changed(person, now)
    lines = [Line(WORKS_HERE, NO, YES)]
    note_change(AREA, subject=subject_of(person), lines=lines, actor=actor, reason=reason, now=now)
    last = departure_of(person)
    return undo(last, actor=actor, now=now) if give_back and last is not None else None


def departure_of(person: User) -> Reassignment | None:
    """How somebody left last. One query."""
    return Reassignment.objects.filter(leaver=person).order_by("-pk").first()


def orphaned() -> QuerySet[User]:
    """People whose access was closed while they have clients or open steps, and nobody is moving them."""
    has_clients = Exists(Customer.objects.filter(owner=OuterRef("pk")))
    has_steps = Exists(Task.objects.open().filter(owner=OuterRef("pk")))
    moving = Exists(Reassignment.objects.filter(leaver=OuterRef("pk"), finished_at__isnull=True))
    return User.objects.filter(has_clients | has_steps, ~moving, is_active=False)


def adopt(now: dt.datetime) -> int:
    """Plan the move to the queue for everybody whose access was closed without asking; returns for how many."""
    found = list(orphaned().order_by("pk").values_list("pk", flat=True))
    return sum(_adopted(pk, now) for pk in found)


@transaction.atomic
def _adopted(pk: int, now: dt.datetime) -> bool:
    person = User.objects.select_for_update(of=("self",)).get(pk=pk)
    if not orphaned().filter(pk=pk).exists():
        return False
    job = Reassignment.objects.create(leaver=person, forced=True, asked_at=now, held_until=now)
    job.total = plan(job, Customer.objects.filter(owner=person), None, team_follows=False)
    job.save()
    end_sessions(person)
    person_changed(person, now)
    for absence in covered_by(person, now):
        # Their cover stays on record; the queue acts, and whoever is away may choose another.
        tell_uncovered(absence, person, now)
    note_change(AREA, subject=subject_of(person), lines=[Line(CLOSED, YES, NO)], actor=None, now=now)
    return True


def finish(job: Reassignment, now: dt.datetime) -> None:
    """What a departure needs besides: clients that came to them meanwhile, their other steps, word to supervisors."""
    leaver = job.leaver
    assert leaver is not None
    if leaver.is_active:
        # They are back already, and may have clients of their own.
        return
    while _left_over(job, leaver):
        move_all(job, now, lambda _n: None)
    steps = Task.objects.open().filter(owner=leaver).order_by("pk").values_list("pk", flat=True)
    while batch := list(steps[:AT_A_TIME]):
        move_steps(batch, actor=job.asked_by, now=now)
    queued = job.rows.filter(moved_at__isnull=False, to_owner__isnull=True).count()
    if job.forced or queued:
        tell_left(leaver, queued, key=f"left:{job.pk}", actor=job.asked_by, now=now)


@transaction.atomic
def _left_over(job: Reassignment, leaver: User) -> int:
    """Plan for the queue whoever is with the leaver still; returns how many."""
    theirs = Customer.objects.filter(owner=leaver)
    job.rows.filter(customer__in=theirs.values("pk")).delete()
    more = plan(job, theirs, None, team_follows=False)
    Reassignment.objects.filter(pk=job.pk).update(total=job.rows.count())
    return more
