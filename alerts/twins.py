"""Twins: settled deadlines that open again because what had settled them was undone (W7)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from alerts.choices import Kind
from alerts.insert_select import insert_select
from alerts.models import Deadline, Wanted
from alerts.providers import PROMISE, Meeting, meetings
from crm.choices import FELT, CountsAs
from crm.events import Change
from crm.models import Customer, Interaction

SAME_KEY = {"kind": OuterRef("kind"), "subject_key": OuterRef("subject_key")}
SAME_PROMISE = SAME_KEY | {
    "anchor_at": OuterRef("anchor_at"),
    "due_at": OuterRef("due_at"),
    "opens_at": OuterRef("opens_at"),
}


def revive(customers: QuerySet[Customer], change: Change, now: dt.datetime) -> None:
    """W7: what was met by something undone is met by the next event, else opens again, as a twin.

    One whose settling was lost without a word, so that a later contact has opened the same promise anew already, stays
    as it is: a promise is open once.
    """
    opened_anew = Exists(Deadline.objects.open().filter(**SAME_KEY))
    for kinds, meets in meetings():
        meeting = meets()
        lost = (
            Deadline.objects.filter(
                customer__in=customers.values("pk"), kind__in=kinds, met_at__isnull=False, has_twin=False
            )
            .exclude(meeting.still)
            # A promise stands by itself, whatever became of the contact in which it was given.
            .filter(Q(anchor_interaction_id__isnull=True) | Q(kind=Kind.PROMISE) | Q(Exists(anchors())))
            .annotate(event_at=meeting.at)
            .exclude(Q(opened_anew, event_at__isnull=True))
        )
        ids = list(lost.order_by("kind", "subject_key", "anchor_at", "pk").values_list("pk", "kind", "subject_key"))
        first: dict[tuple[str, str], int] = {}
        for pk, kind, key in ids:
            first.setdefault((kind, key), pk)
        if first:
            _insert_twins(list(first.values()), meeting, change, now)


def _insert_twins(ids: list[int], meeting: Meeting, change: Change, now: dt.datetime) -> None:
    rows = Deadline.objects.filter(pk__in=ids)
    late = Case(
        When(event_at__isnull=True, then=F("breached_at")),
        When(due_at__lt=F("event_at"), then=F("due_at")),
        default=None,
        output_field=DateTimeField(),
    )
    part = part_before(now)
    takes_part = Q(Exists(part), event_at__isnull=True, opened_at__isnull=True, opens_at__lte=now)
    columns = ("due_at", "opens_at", "soon_at", "not_before", "first_response_at")
    scope = ("owner_id", "acting_id", "team_id", "segment_id", "value", "currency")
    insert_select(
        Deadline,
        {name: F(name) for name in (*PROMISE, *columns, *scope)}
        | {
            "cause": Value(change.cause, CharField()),
            "cause_id": Value(change.cause_id, Deadline._meta.get_field("cause_id")),
            "created_at": Value(now, DateTimeField()),
            "replaces_id": F("pk"),
            "is_twin": Value(True, BooleanField()),
            "has_twin": Value(False, BooleanField()),
            "cancel_reason": Value("", CharField()),
            "error": Value("", CharField()),
            "met_at": F("event_at"),
            "met_by_id": meeting.by if meeting.by is not None else Value(None, Deadline._meta.get_field("cause_id")),
            "met_entered_at": Case(
                When(event_at__isnull=False, then=Value(now)), default=None, output_field=DateTimeField()
            ),
            "breached_at": late,
            "opened_at": Case(When(takes_part, then=Value(now)), default=F("opened_at"), output_field=DateTimeField()),
            "alert_id": Case(
                When(takes_part, then=Subquery(part.values("alert_id")[:1])),
                default=F("alert_id"),
                output_field=BigIntegerField(),
            ),
            "wake_at": Case(
                When(event_at__isnull=False, then=None), default=first_wake(), output_field=DateTimeField()
            ),
        },
        rows.annotate(event_at=meeting.at),
    )
    rows.update(has_twin=True)


def part_before(now: dt.datetime) -> QuerySet[Deadline]:
    """The part of an open alert that was closed now, in whose place the row around this one comes (W6, W7)."""
    return Deadline.objects.filter(
        Q(cancelled_at=now) | Q(met_entered_at=now),
        alert__closed_at__isnull=True,
        alert__isnull=False,
        opened_at__isnull=False,
        **SAME_KEY,
    )


def take_up_again(run: uuid.UUID) -> None:
    """The very promise that was cancelled before comes back as its twin, with its `not_before` and breach.

    Only after an undo, a correction or a withdrawn setting; the alert that it was part of is not its own any more
    unless that is still open.
    """
    before = Deadline.objects.filter(cancelled_at__isnull=False, has_twin=False, **SAME_PROMISE).order_by("-pk")
    wanted = Wanted.objects.filter(run=run, **SAME_KEY)
    # Asked of each that is wanted: a join might as well begin with all that was ever cancelled.
    first = Subquery(before.values("pk")[:1])
    fresh = Deadline.objects.open().filter(Exists(wanted), is_twin=False).annotate(was=first)
    ids = list(fresh.filter(was__isnull=False).values_list("pk", flat=True))
    if not ids:
        return
    still_open = before.filter(cancel_reason="replaced", alert__closed_at__isnull=True)
    Deadline.objects.filter(pk__in=ids).update(
        is_twin=True,
        replaces_id=Subquery(before.values("pk")[:1]),
        not_before=Subquery(before.values("not_before")[:1]),
        breached_at=Subquery(before.values("breached_at")[:1]),
        owner_id=Subquery(before.values("owner_id")[:1]),
        acting_id=Subquery(before.values("acting_id")[:1]),
        team_id=Subquery(before.values("team_id")[:1]),
        segment_id=Subquery(before.values("segment_id")[:1]),
        value=Subquery(before.values("value")[:1]),
        currency=Coalesce(Subquery(before.values("currency")[:1]), Value("")),
        alert_id=Coalesce(Subquery(still_open.values("alert_id")[:1]), F("alert_id")),
        opened_at=Coalesce(Subquery(still_open.values("opened_at")[:1]), F("opened_at")),
    )
    Deadline.objects.filter(pk__in=ids).update(wake_at=first_wake())
    Deadline.objects.filter(pk__in=Deadline.objects.filter(pk__in=ids).values("replaces_id")).update(has_twin=True)


def anchors() -> QuerySet[Interaction]:
    """The interaction that a deadline is anchored at, while it stands as it was: whose, when, and what it counts as."""
    kept = Interaction.objects.filter(
        pk=OuterRef("anchor_interaction_id"),
        customer=OuterRef("customer_id"),
        deleted_at__isnull=True,
        counts_at=OuterRef("anchor_at"),
    )
    kind = ExpressionWrapper(OuterRef("kind"), output_field=CharField())
    return kept.alias(of_kind=kind).filter(
        Q(of_kind=Kind.CALL_BACK, counts_as=CountsAs.INBOUND) | ~Q(of_kind=Kind.CALL_BACK) & Q(counts_as__in=FELT)
    )


def first_wake() -> Case:
    """When the sweep looks first: at the due to note a breach, at the opening to open, what is earlier."""
    return Case(
        When(opened_at__isnull=False, breached_at__isnull=False, then=None),
        When(opened_at__isnull=False, then=F("due_at")),
        When(breached_at__isnull=False, then=F("opens_at")),
        default=Least("opens_at", "due_at"),
        output_field=DateTimeField(),
    )
