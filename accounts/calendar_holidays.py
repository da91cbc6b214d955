"""Public holidays as a page shows them: regions of a country, and the days of a year in the reader's language."""

from __future__ import annotations

import datetime as dt
from functools import cache

import holidays
from django.utils.translation import get_language

#: What `Calendar.region` holds.
LONGEST_CODE = 8


@cache
def regions(country: str) -> list[tuple[str, str]]:
    """Return (code, name) of the regions with holidays of their own, by name; empty where there are none."""
    if not country:
        return []
    try:
        known = holidays.country_holidays(country)
    except NotImplementedError:
        return []
    names = {code: alias for alias, code in getattr(known, "subdivisions_aliases", {}).items()}
    # Codes without a name, and numbers of departments, say little; they are still better than no choice.
    codes = [code for code in known.subdivisions if len(code) <= LONGEST_CODE]
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])


def days_of(country: str, region: str, year: int) -> dict[dt.date, str]:
    """Return the public holidays of a year by date, named in the reader's language where the library can."""
    return _days(country, region, year, (get_language() or "en").split("-")[0])


@cache
def _days(country: str, region: str, year: int, language: str) -> dict[dt.date, str]:
    if not country:
        return {}
    try:
        plain = holidays.country_holidays(country, subdiv=region or None, years=year)
        spoken = [name for name in plain.supported_languages if name.split("_")[0] == language]
        if spoken:
            plain = holidays.country_holidays(country, subdiv=region or None, years=year, language=spoken[0])
    except NotImplementedError:
        return {}
    return dict(sorted((date, name) for date, name in plain.items() if date.year == year))
