"""Ending a segment: its clients go to another one or to none, by a job that may be undone; its past stays (A8).

From the first moment nobody new comes in. Its own promise holds for those who are still in it, and ends after the last
one has gone. Twice is as good as once: a job that was killed goes on with those that are left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, pgettext

from accounts.models import User
from accounts.setting_history import Line, note_change, said_why
from alerts.choices import Cause
from alerts.insert_select import insert_select
from crm.events import Change, facts_changed, lock_clocks
from crm.importing.history import keep_history
from crm.models import Customer, Segment
from retention import jobs
from retention.models import AttentionPolicy, SegmentEnd, SegmentMoved
from retention.policies import TERMS, Foreseen, Scope, new_version, preview_by
from retention.policy_changes import lock_settings
from retention.segments import AREA, subject_of

#: Clients of one transaction: about a second's work.
AT_A_TIME = 1000
#: The reasons in a client's history.
ENDED, BACK = "segment ended", "end of the segment undone"


def preview(segment: Segment, into: Segment | None, *, now: dt.datetime) -> Foreseen:
    """What the end would do to the dates of those who have no promise of their own, counted and not done."""
    return preview_by(Scope(segment), _promise_of(into), now=now)


def _promise_of(segment: Segment | None) -> AttentionPolicy:
    own = Scope(segment).current() if segment else None
    found = own or Scope().current()
    assert found is not None
    return found


@transaction.atomic
def ask(segment: Segment, *, into: Segment | None, actor: User, reason: str, now: dt.datetime) -> SegmentEnd:
    """End a segment now, and leave moving its clients to the job.

    Raises ValidationError: no reason, ended meanwhile, clients on their way into it, nowhere to go.
    """
    segment, into = _locked(segment, into)
    if segment.ended_at is not None:
        raise ValidationError(gettext("%(name)s has ended already.") % {"name": segment})
    if into is not None and (into.ended_at is not None or into == segment):
        raise ValidationError({"into": gettext("Choose a segment that goes on.")})
    reason = said_why(reason)
    if SegmentEnd.objects.filter(finished_at=None).filter(Q(into=segment) | Q(segment=segment)).exists():
        raise ValidationError(gettext("Clients are on their way into it; wait until they are there."))
    segment.ended_at = now
    segment.save(update_fields=["ended_at"])
    _note(segment, gettext_noop("goes on"), gettext_noop("has ended"), into, actor, reason, now)
    return SegmentEnd.objects.create(
        segment=segment, into=into, policy=Scope(segment).current(), reason=reason, asked_at=now,
        asked_by=actor, total=Customer.objects.filter(segment=segment).count(), held_until=now,
    )  # fmt: skip


@transaction.atomic
def undo(end: SegmentEnd, *, actor: User, now: dt.datetime) -> SegmentEnd:
    """Let the segment go on with its promise, and bring back whom the end moved; a job like any other.

    Who was put elsewhere since stays there. Raises ValidationError where it is under way or was undone.
    """
    end = SegmentEnd.objects.select_for_update(of=("self",)).get(pk=end.pk)
    segment, into = _locked(end.segment, end.into)
    if end.is_open or end.undone_at is not None or end.undoes_id is not None or segment.ended_at is None:
        raise ValidationError(gettext("This can no longer be undone."))
    reason = pgettext("reason", "undone")
    segment.ended_at = None
    segment.save(update_fields=["ended_at"])
    if end.policy is not None:
        new_version(Scope(segment), {name: getattr(end.policy, name) for name in TERMS}, actor, reason, now)
    SegmentEnd.objects.filter(pk=end.pk).update(undone_at=now)
    _note(segment, gettext_noop("has ended"), gettext_noop("goes on"), into, actor, reason, now)
    back = SegmentEnd(segment=segment, into=into, policy=end.policy, reason=reason, asked_at=now, asked_by=actor)
    back.undoes, back.held_until = end, now
    back.save()
    back.total = leaving(back).count()
    back.save(update_fields=["total"])
    return back


def _locked(segment: Segment, into: Segment | None) -> tuple[Segment, Segment | None]:
    """Both segments as they are now, locked in the order of their numbers, after whoever changes a promise."""
    lock_settings()
    wanted = {segment.pk} | ({into.pk} if into else set())
    # Whoever saves a client of theirs meanwhile needs their keys only, and goes on.
    found = Segment.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    rows = {one.pk: one for one in found}
    return rows[segment.pk], rows[into.pk] if into else None


def _note(
    segment: Segment, before: str, after: str, into: Segment | None, actor: User, reason: str, now: dt.datetime
) -> None:
    lines = [Line(gettext_noop("The segment"), before, after)]
    if into is not None:
        first, second = ("", into.name) if segment.ended_at else (into.name, "")
        lines.append(Line(gettext_noop("Its clients are in"), first or segment.name, second or segment.name))
    note_change(AREA, subject=subject_of(segment), lines=lines, actor=actor, reason=reason, now=now)


def leaving(end: SegmentEnd) -> QuerySet[Customer]:
    """The clients whom a job has still to move."""
    if end.undoes_id is None:
        return Customer.objects.filter(segment=end.segment_id)
    moved = SegmentMoved.objects.filter(end=end.undoes_id).values("customer")
    there = Q(segment=end.into_id) if end.into_id else Q(segment__isnull=True)
    return Customer.objects.filter(there, pk__in=moved).exclude(pk__in=end.rows.values("customer"))


def waits(now: dt.datetime) -> bool:
    """Whether one is to be worked on by whoever comes."""
    return jobs.waits(SegmentEnd, now)


def work(now: dt.datetime, clock: Callable[[], dt.datetime] = timezone.now) -> bool:
    """Do the oldest end that nobody holds; False where there is none."""
    return jobs.work(SegmentEnd, lambda end, tell: _move_all(end, now, tell), now, clock)


def fetch_strays(now: dt.datetime) -> int:
    """Let the ends go on whose segment has clients again, by an import that had begun before; returns how many."""
    standing = SegmentEnd.objects.filter(segment__ended_at__isnull=False, undoes=None, undone_at=None)
    again = standing.exclude(finished_at=None).filter(Exists(Customer.objects.filter(segment=OuterRef("segment"))))
    return again.update(finished_at=None, held_until=now)


def _move_all(end: SegmentEnd, now: dt.datetime, tell: jobs.Tell) -> None:
    moved = end.rows.count()
    SegmentEnd.objects.filter(pk=end.pk).update(done=moved, total=moved + leaving(end).count())
    while batch := list(leaving(end).order_by("owner", "pk").values_list("pk", flat=True)[:AT_A_TIME]):
        tell(_move(end, batch, now))
    if end.undoes_id is None:
        # Nobody is left whom it decides.
        own = AttentionPolicy.objects.filter(segment=end.segment_id, customer=None, current=True)
        own.update(current=False, valid_until=now)


@transaction.atomic
def _move(end: SegmentEnd, batch: list[int], now: dt.datetime) -> int:
    """Move some clients, date their promises anew, and write down who they are; returns how many."""
    held = Customer.objects.filter(pk__in=batch).order_by("pk").select_for_update(no_key=True)
    list(held.values_list("pk", flat=True))
    ids = list(leaving(end).filter(pk__in=batch).values_list("pk", flat=True))
    moving = Customer.objects.filter(pk__in=ids)
    lock_clocks(moving)
    to, why = (end.into_id, ENDED) if end.undoes_id is None else (end.segment_id, BACK)
    moving.update(segment=to, version=F("version") + 1, changed_at=now)
    keep_history(Customer, ids, sign="~", now=now, why=why, by=end.asked_by_id)
    fresh = moving.exclude(pk__in=end.rows.values("customer")).order_by()
    insert_select(SegmentMoved, {"end_id": Value(end.pk), "customer_id": F("pk")}, fresh)
    policy = _promise_of(Segment.objects.get(pk=to) if to else None)
    change = Change(Cause.POLICY, policy.pk, end.asked_by, gentle=True)
    facts_changed(moving, change=change, now=now, facts=False, locked=True)
    return len(ids)
