"""The call back (W2): one a customer, for all its missed inbounds that no attention has answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, CharField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.working_time import closing_after_working_days
from alerts.choices import Kind
from alerts.models import Deadline
from alerts.providers import Provider, columns
from crm.choices import CountsAs, Unit
from crm.models import Clock, Customer, Interaction
from retention.providers.attention import policy_source, promised, with_policies
from retention.providers.meeting import by_interaction

#: W2: an inbound entered later than the closing of this working day after it asks for no call back.
ENTERED_WITHIN = 5


def wanted(customers: QuerySet[Customer], now: dt.datetime) -> Iterable[QuerySet[Any]]:
    """The SELECT of the call backs owed: leaving and departed customers too, archived ones none."""
    clocks = (
        Clock.objects.filter(pk__in=customers.values("pk"), customer__archived_at__isnull=True)
        .annotate(missed=Subquery(_waiting().values("pk")[:1]))
        .filter(missed__isnull=False)
    )
    rows: QuerySet[Any] = with_policies(clocks).annotate(
        hours=promised("call_back_hours"), from_at=_of_missed("counts_at"), from_on=_of_missed("local_date")
    )
    yield columns(
        rows,
        Kind.CALL_BACK,
        subject_key=Concat(Value("customer:"), Cast("pk", CharField())),
        subject_id=F("pk"),
        customer_id=F("pk"),
        calendar_id=F("calendar_id"),
        amount=F("hours"),
        unit=Value(Unit.WORKING_HOURS, CharField()),
        source=policy_source(),
        version=promised("id"),
        anchor_at=F("from_at"),
        anchor_date=F("from_on"),
        anchor_interaction_id=F("missed"),
        days=F("hours") * 3600,
        tried_on=_third_attempt_on(),
        at_once=Value(True, BooleanField()),
    )


def _waiting() -> QuerySet[Interaction]:
    """The missed inbounds of a clock that no attention has answered, earliest first."""
    unanswered = (
        Q(counts_at__gt=OuterRef("last_attention_at"))
        | Q(counts_at=OuterRef("last_attention_at"), pk__gt=OuterRef("last_attention_id"))
        | Q(customer__clock__last_attention_at__isnull=True)
    )
    # Calls from before a departure are never owed again (A12).
    since = Q(customer__departed_at__isnull=True) | Q(counts_at__gte=F("customer__departed_at"))
    in_time = closing_after_working_days(OuterRef("calendar_id"), "local_date", Value(ENTERED_WITHIN))
    return (
        Interaction.objects.filter(
            unanswered, since, customer=OuterRef("pk"), counts_as=CountsAs.INBOUND, deleted_at__isnull=True
        )
        .annotate(in_time=in_time)
        .filter(entered_at__lte=F("in_time"))
        .order_by("counts_at", "pk")
    )


def _of_missed(field: str) -> Subquery:
    return Subquery(Interaction.objects.filter(pk=OuterRef("missed")).values(field)[:1])


def _attempts(since: str, customer: str) -> QuerySet[Interaction]:
    return Interaction.objects.filter(
        customer=OuterRef(customer),
        counts_as=CountsAs.ATTEMPT,
        deleted_at__isnull=True,
        counts_at__gt=OuterRef(since),
    ).order_by("counts_at", "pk")


def _third_attempt_on() -> Coalesce:
    """The local date of the last of the first three attempts after the earliest missed inbound."""
    days = _attempts("from_at", "pk").values("local_date")
    return Coalesce(Subquery(days[2:3]), Subquery(days[1:2]), Subquery(days[0:1]))


def note_first_response(customers: QuerySet[Customer], now: dt.datetime) -> None:
    """W2: the first attempt after the earliest inbound meets "first response"."""
    first = _attempts("anchor_at", "customer_id").values("counts_at")[:1]
    Deadline.objects.open().filter(
        customer__in=customers.values("pk"), kind=Kind.CALL_BACK, first_response_at__isnull=True
    ).update(first_response_at=Subquery(first))


CALL_BACK = Provider(kinds=(Kind.CALL_BACK,), wanted=wanted, meeting=by_interaction, after=note_first_response)
