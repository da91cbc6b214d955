"""Segments: groups of clients that are promised the same; made, renamed, put in order."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.setting_history import Line, note_change
from crm.models import Segment

AREA = "segments"


@transaction.atomic
def create_segment(name: str) -> Segment:
    """A new segment, the last in the order; everybody's promise holds for it until it has its own."""
    last = Segment.objects.aggregate(last=Max("position"))["last"]
    return Segment.objects.create(name=name, position=0 if last is None else last + 1)


@transaction.atomic
def rename_segment(segment: Segment, name: str, *, actor: User, now: dt.datetime) -> None:
    """Another name; who gave it, when, and what it was called before stay in its history."""
    before = Segment.objects.select_for_update().get(pk=segment.pk).name
    if before == name:
        return
    segment.name = name
    segment.save(update_fields=["name"])
    note_change(
        AREA, subject=subject_of(segment), lines=[Line(gettext_noop("Name"), before, name)], actor=actor, now=now
    )


def subject_of(segment: Segment) -> str:
    """The word under which the history of a segment is kept."""
    return f"segment:{segment.pk}"


@transaction.atomic
def move_segment(segment: Segment, *, up: bool) -> None:
    """Change places with the one before it or after it; at either end nothing moves."""
    ordered = list(Segment.objects.live().select_for_update().order_by("position", "name"))
    at = next(place for place, one in enumerate(ordered) if one.pk == segment.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(ordered):
        return
    ordered[at], ordered[to] = ordered[to], ordered[at]
    for position, one in enumerate(ordered):
        one.position = position
    Segment.objects.bulk_update(ordered, ["position"])
