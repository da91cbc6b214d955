"""When a calendar is open, in words, and what people write for it: "9–14, 17–20"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

Hours = tuple[dt.time, dt.time]
_CLOCK = r"(\d{1,2})(?:[:.h](\d{2}))?h?"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|—|\ba\b|\bto\b)\s*{_CLOCK}", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,;+·]|\by\b|\band\b", re.IGNORECASE)


def parse_hours(text: str) -> list[Hours]:
    """Return the spans that somebody wrote for a day, in order; empty for a closed one.

    ValidationError says which span cannot be: no hours of the clock, ends before it begins, overlaps another.
    """
    if _BETWEEN.sub("", _SPAN.sub("", text)):
        raise ValidationError(_("Write it like 9–14, 17–20; leave it empty for a closed day."))
    spans = [_span(found) for found in _SPAN.finditer(text)]
    for one, following in pairwise(sorted(spans)):
        if following[0] < one[1]:
            both = {"one": hours_words([one]), "other": hours_words([following])}
            raise ValidationError(_("%(one)s and %(other)s overlap.") % both)
    return sorted(spans)


def _span(found: re.Match[str]) -> Hours:
    from_hour, from_minute, to_hour, to_minute = (int(part or 0) for part in found.groups())
    try:
        opens, closes = dt.time(from_hour, from_minute), dt.time(to_hour, to_minute)
    except ValueError:
        raise ValidationError(_("%(span)s: a day goes from 0:00 to 23:59.") % {"span": found.group(0)}) from None
    if closes <= opens:
        raise ValidationError(_("%(span)s ends before it begins.") % {"span": hours_words([(opens, closes)])})
    return opens, closes


def clock(time: dt.time) -> str:
    """9 or 9:30."""
    return f"{time.hour}:{time.minute:02}" if time.minute else str(time.hour)


def hours_words(hours: Sequence[Hours]) -> str:
    """9–14, 17–20; nothing for a closed day."""
    return ", ".join(f"{clock(opens)}–{clock(closes)}" for opens, closes in hours)


def week_words(weekly: Mapping[int, Sequence[Hours]]) -> str:
    """Mon–Fri 9–14, 17–20; Sat 10–13: days in a row with the same hours are said once."""
    said: list[str] = []
    first = 0
    for day in range(7):
        hours = list(weekly.get(day, []))
        if day < 6 and list(weekly.get(day + 1, [])) == hours:
            continue
        if hours:
            names = str(WEEKDAYS_ABBR[first])
            names += f"–{WEEKDAYS_ABBR[day]}" if day > first else ""
            said.append(f"{names} {hours_words(hours)}")
        first = day + 1
    return "; ".join(said)
