"""Phone numbers as one reads them: "954 55 01 88" at home, "+57 601 555 0142" abroad."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from django.db.models import Q

from crm.models import ContactPoint
from crm.models.contact import PointKind


@lru_cache(maxsize=10_000)
def spoken(number: str, country: str = "") -> str:
    """Return an E.164 number in its national form for readers in `country` (two letters), else in the international.

    Text that is no number comes back as it is.
    """
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return number
    at_home = phonenumbers.region_code_for_number(parsed) == country
    shape = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, shape)


@dataclass(frozen=True)
class Number:
    """A number to call, and whose it is: name and how they like it, all empty for the firm's own."""

    value: str
    name: str = ""
    called: str = ""
    hours: str = ""


def first_phones(customer_ids: list[int]) -> dict[int, str]:
    """Return the number to call for each customer: the first that works, of the firm or of somebody still there."""
    return {pk: number.value for pk, number in first_numbers(customer_ids).items()}


def first_numbers(customer_ids: list[int]) -> dict[int, Number]:
    """Return the same with whom one calls by it. One query."""
    there = Q(contact__isnull=True) | Q(contact__archived_at__isnull=True, contact__left_on__isnull=True)
    points = ContactPoint.objects.filter(
        there, customer__in=customer_ids, kind=PointKind.PHONE, bad_since__isnull=True
    ).order_by("-position", "-pk")
    whose = ("contact__name", "contact__addressed_as", "contact__preferred_hours")
    rows = points.values_list("customer_id", "value", *whose)
    return {pk: Number(value, name or "", called or "", hours or "") for pk, value, name, called, hours in rows}
