"""Finding a client while one types: by name without accents, by a person's name, by phone digits."""

from __future__ import annotations

from django.db.models import Case, Q, QuerySet, Value, When

from accounts.models import User
from crm.models import Customer
from crm.querysets import seen_by
from crm.search import digits, plain, search_q

#: How many are offered.
OFFERED = 8
#: Fewer letters than this find half of everything.
LEAST = 2
#: Of so many that fit, taken as the database finds them, the best are offered: the cost has a ceiling.
CONSIDERED = 200


def find_customers(user: User, text: str) -> list[Customer]:
    """Return at most OFFERED customers that `user` may log for: active ones first, then names that begin so.

    `whole_seen` on each says whether their page is open to `user`.
    """
    if len(plain(text)) < LEAST:
        return []
    fit = Customer.objects.reachable_by(user).filter(search_q(text)).order_by().values("pk")[:CONSIDERED]
    # A list of ids: as a subquery with a limit it would be run anew for each row on SQLite.
    ids = [row["pk"] for row in fit]
    # An administrator's rule is empty, which no condition may be.
    seen = Case(When(seen_by(user) & Q(pk__isnull=False), then=Value(True)), default=Value(False))
    return list(_ranked(Customer.objects.filter(pk__in=ids).annotate(whole_seen=seen), text)[:OFFERED])


def _ranked(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    begins = Q(name_key__startswith=plain(text))
    if len(digits(text)) == len(plain(text)):
        begins |= Q(search_text__contains=f"| {digits(text)}")
    active = Q(archived_at__isnull=True) & ~Q(stage__in=("leaving", "departed"))
    return (
        customers.select_related("segment")
        .annotate(
            active_first=Case(When(active, then=Value(0)), default=Value(1)),
            begins_first=Case(When(begins, then=Value(0)), default=Value(1)),
        )
        .order_by("active_first", "begins_first", "name_key", "pk")
    )
