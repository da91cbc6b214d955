"""Money and shares in the words of the reader's language."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import format_compact_currency, format_currency, format_percent, get_currency_symbol
from django import template
from django.utils.translation import get_language

register = template.Library()

#: British: the dates of the English texts have the day first, and a dollar says whose it is.
LOCALES = {"en": "en_GB", "es": "es"}
#: From here on a sum is said in thousands where room is short.
THOUSANDS = 10_000
MILLION = 1_000_000


@register.filter
def money(value: Decimal | None, currency: str) -> str:
    """Say an amount in its currency, cents only where there are some: "€18,400", "PEN 1,250.50", "18.400 €"."""
    if value is None:
        return ""
    locale = _locale()
    pattern = str(locale.currency_formats["standard"].pattern)
    if value == value.to_integral_value():
        pattern = pattern.replace("0.00", "0")
    said = format_currency(value, currency, pattern, locale, currency_digits=False)
    return _apart(said, get_currency_symbol(currency, locale))


@register.filter
def short_money(value: Decimal, currency: str) -> str:
    """Say an amount in few letters, without cents: "€412K", "MX$1.2M", "€9,400", "412 mil €"."""
    if value < THOUSANDS:
        return money(value.quantize(Decimal(1)), currency)
    # What rounds to a thousand thousands is a million.
    value = max(value, Decimal(MILLION)) if value >= MILLION - 500 else value
    locale = _locale()
    places = 1 if MILLION <= value < 10 * MILLION else 0
    said = format_compact_currency(value, currency, locale=locale, fraction_digits=places)
    return _apart(said, get_currency_symbol(currency, locale))


@register.filter
def percent(value: int | None) -> str:
    """Say whole percent as the reader's language writes them: "70%", "70 %"."""
    return "" if value is None else format_percent(Decimal(value) / 100, locale=_locale())


def _locale() -> Locale:
    return _locale_of((get_language() or "en").partition("-")[0])


@cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(LOCALES.get(language, LOCALES["en"]))


def _apart(said: str, sign: str) -> str:
    """Keep the letters of a currency apart from a number or another letter: "COP 18,400", "1,2 M MXN"."""
    if not sign:
        return said.strip("\xa0")
    before = "\xa0" if sign[0].isalpha() else ""
    after = "\xa0" if sign[-1].isalpha() else ""
    said = re.sub(rf"(?<=\w){re.escape(sign)}", lambda _found: before + sign, said)
    return re.sub(rf"{re.escape(sign)}(?=\w)", lambda _found: sign + after, said)
