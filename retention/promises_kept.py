"""Promises kept and broken in the last 30 days (W4: one per client and kind, kept if none was late)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Sum, Value, When

from alerts.choices import Kind
from alerts.models import Deadline
from crm.models import Clock

PERIOD = dt.timedelta(days=30)


@dataclass(frozen=True)
class Promises:
    """`kept` of `total` promises; None as the share where none was due."""

    kept: int
    total: int

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down: 100 only when all were kept."""
        return self.kept * 100 // self.total if self.total else None


def _kept(at: dt.datetime) -> Q:
    return Q(met_at__gte=at - PERIOD, met_at__lte=at) & Q(met_at__lte=F("due_at"))


def _late(at: dt.datetime) -> Q:
    """Promises whose time came in the period and that were not met by then; one replaced before its time is none."""
    unmet = Q(met_at__isnull=True, cancelled_at__isnull=True) | Q(met_at__gt=F("due_at"))
    return Q(due_at__gte=at - PERIOD, due_at__lte=at) & (
        unmet | Q(cancelled_at__isnull=False, breached_at__isnull=False)
    )


def _rows(which: Q) -> QuerySet[Deadline]:
    # A review is the firm's own affair, nobody waits for it.
    return Deadline.objects.counted().exclude(kind=Kind.REVIEW).filter(which)


def _pairs(at: dt.datetime) -> QuerySet[Deadline]:
    return _rows(_kept(at) | _late(at))


def promised(which: str, at: dt.datetime) -> Q:
    """For the list of clients: those to whom a promise was "broken", or to whom all that came due were "kept"."""
    broken = Exists(_rows(_late(at)).filter(customer=OuterRef("pk")))
    if which == "broken":
        return Q(broken)
    return Q(Exists(_rows(_kept(at)).filter(customer=OuterRef("pk")))) & ~Q(broken)


def promises_of(clocks: QuerySet[Clock], at: dt.datetime) -> Promises:
    """Count over the clients of `clocks`. One query."""
    late = Max(Case(When(_late(at), then=Value(1)), default=Value(0), output_field=IntegerField()))
    pairs = _pairs(at).filter(customer__in=clocks.order_by().values("pk")).order_by()
    grouped = pairs.values("customer_id", "kind").annotate(late=late)
    found = grouped.aggregate(total=Count("late"), late_ones=Sum("late"))
    total = found["total"] or 0
    return Promises(total - (found["late_ones"] or 0), total)


def promises_by_owner(clocks: QuerySet[Clock], at: dt.datetime) -> dict[tuple[int | None, int | None], Promises]:
    """Count by (team, owner) of the clients as they are now. One query."""
    late = Max(Case(When(_late(at), then=Value(1)), default=Value(0), output_field=IntegerField()))
    pairs = _pairs(at).filter(customer__in=clocks.order_by().values("pk")).order_by()
    team, owner = "customer__clock__team_id", "customer__clock__owner_id"
    rows = pairs.values_list("customer_id", "kind", team, owner).annotate(late=late)
    counted: dict[tuple[int | None, int | None], list[int]] = {}
    for _customer, _kind, of_team, of_owner, is_late in rows:
        cell = counted.setdefault((of_team, of_owner), [0, 0])
        cell[0] += 1 - is_late
        cell[1] += 1
    return {key: Promises(kept, total) for key, (kept, total) in counted.items()}
