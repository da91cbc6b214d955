"""Countries whose public holidays are known, named in the reader's language."""

from __future__ import annotations

from functools import cache

import holidays
from django.utils.translation import get_language
from phonenumbers.geodata.locale import LOCALE_DATA


def name_of(country: str, language: str) -> str:
    """Return a country's name; its code where no name is known. A name '*en' means: as in that language."""
    names = LOCALE_DATA.get(country, {})
    name = str(names.get(language) or names.get("en") or country)
    while name.startswith("*"):
        name = str(names.get(name[1:], country))
    return name


@cache
def _named(language: str) -> list[tuple[str, str]]:
    codes = [code for code in holidays.list_supported_countries() if len(code) == 2 and code in LOCALE_DATA]
    return sorted(((code, name_of(code, language)) for code in codes), key=lambda pair: pair[1])


def choices() -> list[tuple[str, str]]:
    """Return (code, name) sorted by name."""
    return _named((get_language() or "en").split("-")[0])
