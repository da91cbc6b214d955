"""The review of "no follow-up wanted" (S1, A13): due at the closing of its day, met by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, Least

from accounts.working_time import closing_on, local_date_of
from alerts.choices import Kind
from alerts.providers import Meeting, Provider, columns
from crm.choices import Unit
from crm.models import Customer, NoFollowUp


def wanted(customers: QuerySet[Customer], now: dt.datetime) -> Iterable[QuerySet[Any]]:
    """The SELECT of the open reviews of active customers."""
    waived = NoFollowUp.objects.filter(
        until_at__isnull=True, customer__in=customers.values("pk"), customer__clock__active=True
    ).annotate(closing=closing_on("customer__clock__calendar_id", "review_on"))
    yield columns(
        waived,
        Kind.REVIEW,
        subject_key=Concat(Value("customer:"), Cast("customer_id", CharField())),
        subject_id=F("customer_id"),
        customer_id=F("customer_id"),
        calendar_id=F("customer__clock__calendar_id"),
        unit=Value(Unit.DATE, CharField()),
        source=Value("no_follow_up", CharField()),
        version=F("pk"),
        anchor_at=Least("from_at", "closing"),
        anchor_date=local_date_of("customer__clock__calendar__zone", "from_at"),
        day=F("review_on"),
    )


def by_ending() -> Meeting:
    ended = NoFollowUp.objects.filter(pk=OuterRef("version"), until_at__isnull=False)
    return Meeting(Subquery(ended.values("until_at")[:1]), None, Exists(ended.filter(until_at=OuterRef("met_at"))))


REVIEW = Provider(kinds=(Kind.REVIEW,), wanted=wanted, meeting=by_ending)
