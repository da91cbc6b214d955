"""The scope of a customer (owner, team, segment …) copied onto its clock, where lists filter."""

from __future__ import annotations

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Membership, Team
from crm.models import Clock, Customer


def calendar_of() -> Coalesce:
    """T5: the team's calendar, else the owner's primary team's, else the default team's."""
    primary = Membership.objects.filter(user=OuterRef("owner"), is_primary=True)
    default = Team.objects.filter(is_default=True)
    return Coalesce(
        F("team__calendar_id"),
        Subquery(primary.values("team__calendar_id")[:1]),
        Subquery(default.values("calendar_id")[:1]),
        output_field=BigIntegerField(),
    )


def copy_scope(customers: QuerySet[Customer]) -> None:
    """Write the clocks' copies of the given customers' scope; clocks that miss are made."""
    missing = customers.filter(clock__isnull=True).annotate(cal=calendar_of())
    Clock.objects.bulk_create(
        [Clock(customer_id=pk, calendar_id=cal) for pk, cal in missing.values_list("pk", "cal")],
        batch_size=2000,
    )
    source = Customer.objects.filter(pk=OuterRef("pk")).annotate(cal=calendar_of())

    def copied(field: str) -> Subquery:
        return Subquery(source.values(field)[:1])

    ids = customers.values("pk")
    Clock.objects.filter(customer__in=ids).update(
        owner_id=copied("owner_id"),
        team_id=copied("team_id"),
        segment_id=copied("segment_id"),
        calendar_id=copied("cal"),
        value=copied("annual_value"),
        currency=copied("currency"),
        active=Case(
            When(Q(pk__in=Customer.objects.active().values("pk")), then=Value(True)),
            default=Value(False),
        ),
    )
