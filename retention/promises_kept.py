"""Promises kept and broken in the last 30 days (W4: one per client and kind, kept if none was late)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.urls import reverse

from alerts.choices import Kind
from alerts.models import Deadline
from crm.listing import View
from crm.models import Clock
from retention.models import AttentionPolicy

PERIOD = dt.timedelta(days=30)


@dataclass(frozen=True)
class Promises:
    """`kept` of `total` promises, and how many clients had to wait (`waited`)."""

    kept: int
    total: int
    waited: int = 0

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down: 100 only when all were kept. None where no promise was due."""
        return self.kept * 100 // self.total if self.total else None


def _kept(at: dt.datetime, since: dt.datetime) -> Q:
    return Q(met_at__gte=since, met_at__lte=at) & Q(met_at__lte=F("due_at"))


def _late(at: dt.datetime, since: dt.datetime) -> Q:
    """Promises whose time came in the period and that were not met by then; one replaced before its time is none."""
    unmet = Q(met_at__isnull=True, cancelled_at__isnull=True) | Q(met_at__gt=F("due_at"))
    return Q(due_at__gte=since, due_at__lte=at) & (unmet | Q(cancelled_at__isnull=False, breached_at__isnull=False))


def _rows(which: Q) -> QuerySet[Deadline]:
    # A review is the firm's own affair, nobody waits for it.
    return Deadline.objects.counted().exclude(kind=Kind.REVIEW).filter(which)


def promised(which: str, at: dt.datetime) -> Q:
    """For the list of clients: those to whom a promise was "broken", or to whom all that came due were "kept".

    Also who has a promise of their "own", a "shared" one, or that to "everybody".
    """
    if which in ("own", "shared", "everybody"):
        return _promised_now(which)
    broken = Exists(_rows(_late(at, at - PERIOD)).filter(customer=OuterRef("pk")))
    if which == "broken":
        return Q(broken)
    return Q(Exists(_rows(_kept(at, at - PERIOD)).filter(customer=OuterRef("pk")))) & ~Q(broken)


def _promised_now(which: str) -> Q:
    current = AttentionPolicy.objects.filter(current=True)
    own = Exists(current.filter(customer=OuterRef("pk")))
    if which == "own":
        return Q(own)
    if which == "shared":
        return ~Q(own)
    return ~Q(own) & ~Q(Exists(current.filter(segment=OuterRef("segment"))))


def promises_of(clocks: QuerySet[Clock], at: dt.datetime, since: dt.datetime | None = None) -> Promises:
    """Count over the clients of `clocks`, from `since` (else for PERIOD) until `at`. One query."""
    since = since or at - PERIOD
    found = _decided(clocks, at, since).aggregate(**_counts(at, since))
    return Promises(found["total"] - found["late"], found["total"], found["waited"])


def promised_lately(clocks: QuerySet[Clock], at: dt.datetime) -> tuple[QuerySet[Deadline], Q]:
    """The deadlines that `promises_of` counts for PERIOD, and which of them were late."""
    return _decided(clocks, at, at - PERIOD), _late(at, at - PERIOD)


def lately_address(view: View) -> str:
    """Where the promises that `promises_of` counts over a scope are listed."""
    return reverse("retention:promises-kept") + view.address(lately="1")


def promises_by_owner(clocks: QuerySet[Clock], at: dt.datetime) -> dict[tuple[int | None, int | None], Promises]:
    """Count by (team, owner) of the clients as they are now. One query."""
    team, owner = "customer__clock__team_id", "customer__clock__owner_id"
    rows = _decided(clocks, at, at - PERIOD).values_list(team, owner).annotate(**_counts(at, at - PERIOD))
    return {
        (of_team, of_owner): Promises(total - late, total, waited) for of_team, of_owner, total, late, waited in rows
    }


def _decided(clocks: QuerySet[Clock], at: dt.datetime, since: dt.datetime) -> QuerySet[Deadline]:
    # Whatever was kept or broken in the period was due in it or later: that part an index can use.
    rows = _rows(_kept(at, since) | _late(at, since)).filter(due_at__gte=since)
    return rows.filter(customer__in=clocks.order_by().values("pk")).order_by()


def _counts(at: dt.datetime, since: dt.datetime) -> dict[str, Count]:
    """Client and kind as one number, so that each pair counts once."""
    kinds = [When(kind=kind, then=Value(number)) for number, kind in enumerate(Kind.values)]
    pair = F("customer_id") * Value(len(kinds)) + Case(*kinds, output_field=IntegerField())
    return {
        "total": Count(pair, distinct=True),
        "late": Count(pair, distinct=True, filter=_late(at, since)),
        "waited": Count("customer_id", distinct=True, filter=_late(at, since)),
    }
