"""Finding customers: names without accents, phone digits, addresses; one normalised text a customer."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

_NOT_DIGIT = re.compile(r"\D+")


def plain(text: str) -> str:
    """`text` without accents, case and doubled blanks; ñ becomes n, ß becomes ss."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(kept.split())


def search_q(text: str, field: str = "search_text") -> Q:
    """A filter that holds where every word of `text` occurs in the normalised text.

    What looks like a phone number (5 digits or more, only digits and signs) is matched by its digits.
    """
    if re.fullmatch(r"[\d\s()+./-]+", text.strip()) and len(_NOT_DIGIT.sub("", text)) >= 5:
        return Q(**{f"{field}__contains": _NOT_DIGIT.sub("", text).lstrip("0")})
    query = Q()
    for word in plain(text).split():
        query &= Q(**{f"{field}__contains": word})
    return query


def reindex(customer_ids: Iterable[int]) -> None:
    """Write `search_text` of the given customers anew. Three queries and one bulk update."""
    from crm.models import Contact, ContactPoint, Customer

    ids = list(customer_ids)
    parts: dict[int, list[str]] = defaultdict(list)
    for pk, name in Contact.objects.filter(customer__in=ids, archived_at=None).values_list("customer_id", "name"):
        parts[pk].append(plain(name))
    for pk, kind, value in ContactPoint.objects.filter(customer__in=ids).values_list("customer_id", "kind", "value"):
        parts[pk].append(_NOT_DIGIT.sub("", value) if kind == "phone" else value.casefold())
    customers = list(Customer.objects.filter(pk__in=ids).only("pk", "name", "name_key", "city"))
    for customer in customers:
        customer.name_key = plain(customer.name)[:200]
        words = [customer.name_key, plain(customer.city), *parts[customer.pk]]
        customer.search_text = " | ".join(dict.fromkeys(filter(None, words)))
    Customer.objects.bulk_update(customers, ["name_key", "search_text"], batch_size=1000)


def digits(text: str) -> str:
    return _NOT_DIGIT.sub("", text)
