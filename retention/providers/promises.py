"""A next step that was promised to the client (A13): due at the closing of its day, met by ticking it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, Least

from accounts.working_time import closing_on, local_date_of
from alerts.choices import Kind
from alerts.providers import Meeting, Provider, columns
from crm.choices import Stage, Unit
from crm.models import Customer, Task


def wanted(customers: QuerySet[Customer], now: dt.datetime) -> Iterable[QuerySet[Any]]:
    """The SELECT of the promised next steps still to do. A departure ends them, a return brings them back."""
    tasks = (
        Task.objects.open()
        .filter(promised=True, customer__in=customers.values("pk"), customer__archived_at__isnull=True)
        .exclude(customer__stage=Stage.DEPARTED)
        .annotate(closing=closing_on("customer__clock__calendar_id", "due_on"))
    )
    yield columns(
        tasks,
        Kind.PROMISE,
        subject_key=Concat(Value("task:"), Cast("pk", CharField())),
        subject_id=F("pk"),
        customer_id=F("customer_id"),
        calendar_id=F("customer__clock__calendar_id"),
        unit=Value(Unit.DATE, CharField()),
        source=Value("promise", CharField()),
        # One written after the closing of its day would begin after its due.
        anchor_at=Least("created_at", "closing"),
        anchor_date=local_date_of("customer__clock__calendar__zone", "created_at"),
        anchor_interaction_id=F("from_interaction_id"),
        day=F("due_on"),
    )


def by_ticking() -> Meeting:
    done = Task.objects.filter(pk=OuterRef("subject_id"), done_at__isnull=False)
    return Meeting(Subquery(done.values("done_at")[:1]), None, Exists(done.filter(done_at=OuterRef("met_at"))))


PROMISE = Provider(kinds=(Kind.PROMISE,), wanted=wanted, meeting=by_ticking)
