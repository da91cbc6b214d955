"""Time zones by name and the country each lies in, from the zone database's own table (zone.tab)."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def countries() -> dict[str, str]:
    """Return the two-letter country of each zone that lies in one."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {zone: country for country, _place, zone, *_comment in rows}


def country_of(zone: str) -> str:
    """Return the country of a zone, or nothing for one such as UTC."""
    return countries().get(zone, "")


def place_of(zone: str) -> str:
    """Return the last part of a zone's name, readable: 'Europe/Madrid' is 'Madrid'."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
