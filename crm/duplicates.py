"""Clients that look like the one being written: the same name without accents, or the same phone."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from accounts.models import User
from crm.models import ContactPoint, Customer
from crm.querysets import CustomerQuerySet
from crm.search import plain

OFFERED = 5


def alike(name: str, phones: Sequence[str], *, user: User, but: int | None = None) -> list[Customer]:
    """Return up to five customers that `user` may find, alike in name or phone, without customer `but`."""
    same = Q(name_key=plain(name)[:200])
    if phones:
        points = ContactPoint.objects.filter(kind="phone", value__in=phones)
        same |= Q(pk__in=points.values("customer"))
    found = CustomerQuerySet(Customer).reachable_by(user).filter(same, archived_at=None)
    if but is not None:
        found = found.exclude(pk=but)
    return list(found.select_related("owner").order_by("name_key", "pk")[:OFFERED])
