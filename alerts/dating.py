"""Dating: the instants of what is wanted, reckoned in sets in each promise's own calendar (T1, T2, T8, S3, W2)."""

from __future__ import annotations

import uuid

from django.db.models import Case, CharField, DateTimeField, F, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Greatest, Least

from accounts.models import CalendarDay
from accounts.working_time import (
    after_working_seconds,
    closing_after_calendar_days,
    closing_after_working_days,
    closing_on,
)
from alerts.models import Wanted
from crm.choices import Unit
from crm.prepared import Compiled, update


def compile_due(run: uuid.UUID) -> Compiled:
    """Write due_at of one run's scratch rows from their reckoning."""
    return update(Wanted.objects.filter(run=run), due_at=_due())


def compile_opening(run: uuid.UUID) -> Compiled:
    """Write opens_at, after the due, and the promise in words where the first contact's is the earlier.

    All dues but those in working hours are the closing of a date, so that the day is found again by it.
    """
    first = closing_after_working_days("calendar_id", "anchor_date", "first_days")
    return update(
        Wanted.objects.filter(run=run),
        opens_at=_opens(),
        amount=Case(When(first_days__isnull=False, due_at=first, then=F("first_days")), default=F("amount"),
                    output_field=IntegerField()),
        unit=Case(When(first_days__isnull=False, due_at=first, then=Value(Unit.WORKING_DAYS)), default=F("unit"),
                  output_field=CharField()),
    )  # fmt: skip


def _due() -> Case:
    days = closing_after_calendar_days("calendar_id", "anchor_date", "days")
    working_days = closing_after_working_days("calendar_id", "anchor_date", "days")
    hours = after_working_seconds("calendar_id", "anchor_at", "days")
    first = closing_after_working_days("calendar_id", "anchor_date", "first_days")
    after_attempt = closing_after_working_days("calendar_id", "tried_on", Value(1, IntegerField()))
    by_unit = Case(
        When(day__isnull=False, then=closing_on("calendar_id", "day")),
        When(unit=Unit.WORKING_HOURS, then=hours),
        When(unit=Unit.WORKING_DAYS, then=working_days),
        default=days,
        output_field=DateTimeField(),
    )
    return Case(
        When(first_days__isnull=False, then=Least(by_unit, first)),
        When(not_before_day__isnull=False, then=Greatest(by_unit, closing_on("calendar_id", "not_before_day"))),
        When(tried_on__isnull=False, then=Greatest(by_unit, after_attempt)),
        default=by_unit,
        output_field=DateTimeField(),
    )


def _opens() -> Case:
    """T2: at the due; on a closed date at the next opening; with grace at the opening of that working day."""
    day = CalendarDay.objects.filter(calendar=OuterRef("calendar_id"), closes_at=OuterRef("due_at")).order_by()
    ordinal = Subquery(
        CalendarDay.objects.filter(
            calendar=OuterRef(OuterRef("calendar_id")), closes_at=OuterRef(OuterRef("due_at"))
        ).values("ordinal")
    )
    later = CalendarDay.objects.filter(
        calendar=OuterRef("calendar_id"), is_open=True, ordinal=ordinal + OuterRef("grace_days")
    ).order_by()
    return Case(
        When(at_once=True, then=F("anchor_at")),
        When(grace_days__gt=0, then=Subquery(later.values("opens_at")[:1])),
        default=Subquery(
            day.annotate(
                alert_opens_at=Case(
                    When(is_open=True, then="closes_at"), default="opens_at", output_field=DateTimeField()
                )
            ).values("alert_opens_at")[:1]
        ),
        output_field=DateTimeField(),
    )
