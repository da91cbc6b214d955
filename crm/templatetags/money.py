"""Money and dates in the words of the page."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()

SIGNS = {"EUR": "€", "USD": "US$", "GBP": "£", "BRL": "R$", "MXN": "MX$", "COP": "COP ", "ARS": "ARS ", "CLP": "CLP "}


@register.filter
def money(value: Decimal | None, currency: str) -> str:
    """Say an amount in its currency, cents only where there are some: "€18,400", "PEN 1,250.50"."""
    if value is None:
        return ""
    places = 0 if value == value.to_integral_value() else 2
    number = number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"{SIGNS.get(currency, currency + ' ')}{number}"
