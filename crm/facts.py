"""The facts of a clock: the latest attention, personal moment, attempt, inbound; attempts since."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from crm.choices import FELT, CountsAs
from crm.models import Clock, Customer, Interaction
from crm.prepared import Compiled, execute, update
from crm.rhythm import breaks_at

_FACTS = {
    "attention": FELT,
    "personal": (CountsAs.PERSONAL,),
    "attempt": (CountsAs.ATTEMPT,),
}


def _latest(field: str, **which: Any) -> Subquery:
    kept = Interaction.objects.filter(customer=OuterRef("pk"), deleted_at__isnull=True, **which)
    return Subquery(kept.order_by("-counts_at", "-id").values(field)[:1])


def recompute_facts(customers: QuerySet[Customer]) -> None:
    """Write the facts of the given customers' clocks from their interactions. One update.

    A fact is the latest of its class by the time of the event; ties go to the later entry.
    """
    execute("facts", _facts, customers)


def _facts(customers: QuerySet[Customer]) -> Compiled:
    clocks = Clock.objects.filter(customer__in=customers.values("pk"))
    values: dict[str, Any] = {}
    for name, classes in _FACTS.items():
        values[f"last_{name}_at"] = _latest("counts_at", counts_as__in=classes)
        values[f"last_{name}_id"] = _latest("id", counts_as__in=classes)
        values[f"last_{name}_by_id"] = _latest("by_id", counts_as__in=classes)
        if name != "attempt":
            values[f"last_{name}_on"] = _latest("local_date", counts_as__in=classes)
    for field, column in (("at", "counts_at"), ("id", "id"), ("by_id", "by_id")):
        values[f"last_inbound_{field}"] = _latest(column, direction="in")
    attention = Interaction.objects.filter(
        customer=OuterRef("customer_id"),
        deleted_at__isnull=True,
        counts_as__in=FELT,
        counts_at__gte=OuterRef("counts_at"),
    )
    since = (
        Interaction.objects.filter(
            ~Exists(attention), customer=OuterRef("pk"), counts_as=CountsAs.ATTEMPT, deleted_at__isnull=True
        )
        .order_by()
        .values("customer")
    )
    values["attempts_since"] = Coalesce(Subquery(since.annotate(n=Count("id")).values("n")), Value(0))
    values["attempt_days_since"] = Coalesce(
        Subquery(since.annotate(n=Count("local_date", distinct=True)).values("n")), Value(0)
    )
    # Their rhythm is reckoned at night; when it breaks moves with the last attention.
    values["rhythm_fresh"] = Value(False)
    values["rhythm_breaks_at"] = breaks_at(_latest("counts_at", counts_as__in=FELT))
    return update(clocks, **values)
