"""What became of the alerts that somebody dealt with in a week, as a SELECT that the night keeps.

Nothing here is a matter of opinion of the day: each value is settled when the week ends, so that a week written again
says the same. Only what is taken back later (a call undone) changes a week of before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Greatest

from accounts.models import Calendar
from accounts.working_time import working_seconds_between
from alerts.choices import CloseReason, EventKind
from alerts.models import Alert, AlertEvent, Deadline
from retention.models import AttentionPolicy
from retention.models.measured import How

#: An alert that ended so led to attention. Attended in time and only logged late is no merit of the alert's.
ATTENDED = (CloseReason.ATTENDED, CloseReason.ATTENDED_LATE, CloseReason.KEPT)
#: What stands behind an alert (MeasuredAlert.promise) beside a segment's id.
EVERYBODY, OWN, AGREED = "default", "own", "agreed"


@dataclass(frozen=True)
class Stretch:
    """A week of one calendar: its Monday, and the instants (UTC) from which and before which."""

    calendar: Calendar
    week: dt.date
    begins: dt.datetime
    ends: dt.datetime


def dealt_with(stretch: Stretch) -> QuerySet[Alert]:
    """The alerts of the stretch that ended in it, were set aside or put off, with what became of them annotated."""
    closed = Q(closed_at__gte=stretch.begins, closed_at__lt=stretch.ends)
    dismissed, snoozed = (_events(kind, stretch) for kind in (EventKind.DISMISSED, EventKind.SNOOZED))
    return (
        Alert.objects.filter(customer__clock__calendar=stretch.calendar, opened_at__lt=stretch.ends)
        # What had ended before is left out by its index; of what is open, or ended later, events decide.
        .filter(Q(closed_at__isnull=True) | Q(closed_at__gte=stretch.begins))
        .exclude(closed & Q(close_reason=CloseReason.MERGED))
        .annotate(is_dismissed=Exists(dismissed), is_snoozed=Exists(snoozed))
        .filter(closed | Q(is_dismissed=True) | Q(is_snoozed=True))
        .annotate(
            ended_as=Case(
                When(closed & Q(close_reason__in=ATTENDED), then=Value(How.ATTENDED.value)),
                When(is_dismissed=True, then=Value(How.DISMISSED.value)),
                When(closed, then=Value(How.OTHERWISE.value)),
                default=Value(How.PUT_OFF.value),
                output_field=CharField(),
            ),
            attended_at=Coalesce("closed_by_interaction__counts_at", "closed_at", output_field=DateTimeField()),
            part=Subquery(_parts().values("pk")[:1]),
        )
        .order_by()
    )


def columns(stretch: Stretch) -> dict[str, Any]:
    """The columns of MeasuredAlert over `dealt_with`."""
    worked = working_seconds_between("customer__clock__calendar_id", "opened_at", "attended_at")
    snoozes = AlertEvent.objects.filter(alert=OuterRef("pk"), kind=EventKind.SNOOZED, at__lt=stretch.ends)
    counted = snoozes.order_by().values("alert").annotate(n=Count("pk")).values("n")
    return {
        "week": Value(stretch.week),
        "alert_id": F("pk"),
        "customer_id": F("customer_id"),
        "owner_id": _of_that_day("owner_id"),
        "team_id": _of_that_day("team_id"),
        "kind": F("oldest_kind"),
        "promise": _promise(),
        "how": F("ended_as"),
        "seconds": Case(
            When(ended_as=How.ATTENDED, then=Greatest(worked, Value(0, BigIntegerField()))),
            default=None,
            output_field=BigIntegerField(),
        ),
        "snoozes": Coalesce(Subquery(counted), Value(0)),
    }


def _events(kind: str, stretch: Stretch) -> QuerySet[AlertEvent]:
    found = AlertEvent.objects.filter(alert=OuterRef("pk"), kind=kind, at__gte=stretch.begins, at__lt=stretch.ends)
    return found.order_by()


def _parts() -> QuerySet[Deadline]:
    """The part that the alert is named after; one that an undo wrote again is the same one."""
    parts = Deadline.objects.filter(alert=OuterRef("pk"), kind=OuterRef("oldest_kind"), has_twin=False)
    return parts.order_by("due_at", "pk")


def _of_part(name: str, field: Any = None) -> Subquery:
    return Subquery(Deadline.objects.filter(pk=OuterRef("part")).values(name)[:1], field)


def _of_that_day(name: str) -> Combinable:
    """Owner or team as of the day on which the promise was broken; without a stamp, of the client as it is."""
    stamped = Deadline.objects.filter(Q(owner__isnull=False) | Q(team__isnull=False), pk=OuterRef("part"))
    return Case(
        When(Exists(stamped), then=_of_part(name, BigIntegerField())),
        default=F(f"customer__clock__{name}"),
        output_field=BigIntegerField(),
    )


def _promise() -> Combinable:
    """Whose promise it was: by the version of the policy that the part was reckoned by."""
    agreed = Deadline.objects.filter(pk=OuterRef("part"), source="agreed")
    by_policy = Deadline.objects.filter(pk=OuterRef("part")).exclude(source__in=("agreed", "promise", "no_follow_up"))
    version = AttentionPolicy.objects.filter(pk=OuterRef("version")).annotate(
        whose=Case(
            When(customer__isnull=False, then=Value(OWN)),
            When(segment__isnull=False, then=Cast("segment_id", CharField())),
            default=Value(EVERYBODY),
            output_field=CharField(),
        )
    )
    whose = by_policy.annotate(whose=Subquery(version.values("whose")[:1], CharField()))
    return Case(
        When(Exists(agreed), then=Value(AGREED)),
        default=Coalesce(Subquery(whose.values("whose")[:1], CharField()), Value("")),
        output_field=CharField(),
    )
