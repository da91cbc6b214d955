"""The promises behind a number: each client and kind that came due, kept if none of it was late (W4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, QuerySet

from alerts.choices import Kind
from alerts.models import Deadline

PAGE_SIZE = 100
#: What of the promises is shown by its name in the address; anything else is all of them.
KEPT, LATE = "kept", "late"


@dataclass(frozen=True)
class Promised:
    """A client and a kind of promise: how many came due late, the last one's date."""

    customer: int
    client: str
    kind: str
    late: int
    last: dt.datetime

    @property
    def kind_name(self) -> str:
        return str(Kind(self.kind).label)


@dataclass(frozen=True)
class PromisedList:
    """One page of them, the broken ones first, and how many there are."""

    rows: list[Promised]
    page: Page[Any]

    @property
    def count(self) -> int:
        return self.page.paginator.count


def listed(deadlines: QuerySet[Deadline], late: Q, which: str = "", page: str = "") -> PromisedList:
    """Return one page of `deadlines` by client and kind; `late` says which of them were. Two queries."""
    rows = (
        deadlines.order_by()
        .values_list("customer_id", "customer__name", "kind")
        .annotate(late=Count("pk", filter=late), last=Max("due_at"))
        .order_by("-late", "customer__name_key", "kind")
    )
    if which in (KEPT, LATE):
        rows = rows.filter(late=0) if which == KEPT else rows.filter(late__gt=0)
    shown = Paginator(rows, PAGE_SIZE).get_page(page)
    return PromisedList([Promised(*row) for row in shown.object_list], shown)
