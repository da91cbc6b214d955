"""Which interaction meets a silence or a call back (W2, W3, W4, S3)."""

from __future__ import annotations

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    Exists,
    ExpressionWrapper,
    Field,
    OuterRef,
    Q,
    Subquery,
)

from alerts.choices import Kind
from alerts.providers import Meeting
from crm.choices import FELT, CountsAs
from crm.models import Interaction


def by_interaction() -> Meeting:
    """Met by the first attention after the anchor; a personal moment only by a personal one (W3).

    One on the same local day as the attention it is anchored at replaces the deadline instead (W4);
    a call back is met on the same day too; an agreed day from that day on, or by the contact that
    was said to be it (S3).
    """
    events = (
        Interaction.objects.filter(customer=OuterRef("customer_id"), deleted_at__isnull=True, counts_as__in=FELT)
        .annotate(
            kind=_outer("kind", CharField()),
            day=_outer("meets_from", DateField()),
            first=_outer("anchor_interaction_id", BigIntegerField()),
        )
        .filter(Q(counts_as=CountsAs.PERSONAL) | ~Q(kind=Kind.PERSONAL))
    )
    after = Q(counts_at__gt=OuterRef("anchor_at")) | Q(
        kind=Kind.CALL_BACK, counts_at=OuterRef("anchor_at"), pk__gt=OuterRef("anchor_interaction_id")
    )
    another_day = Q(kind=Kind.CALL_BACK) | Q(first__isnull=True) | Q(local_date__gt=OuterRef("anchor_date"))
    automatic = Q(day__isnull=True) & after & another_day
    agreed = Q(day__isnull=False) & (
        Q(local_date__gte=OuterRef("meets_from"), counts_at__gt=OuterRef("anchor_at")) | Q(fulfils=OuterRef("version"))
    )
    first = events.filter(automatic | agreed).order_by("counts_at", "id")
    still = (
        Interaction.objects.filter(
            pk=OuterRef("met_by_id"),
            customer=OuterRef("customer_id"),
            deleted_at__isnull=True,
            counts_at=OuterRef("met_at"),
            counts_as__in=FELT,
        )
        .annotate(kind=_outer("kind", CharField()))
        .filter(Q(counts_as=CountsAs.PERSONAL) | ~Q(kind=Kind.PERSONAL))
    )
    return Meeting(Subquery(first.values("counts_at")[:1]), Subquery(first.values("pk")[:1]), Exists(still))


def _outer(name: str, field: Field[object, object]) -> ExpressionWrapper[OuterRef]:
    """A column of the deadline around the subquery, to be compared with."""
    return ExpressionWrapper(OuterRef(name), output_field=field)
