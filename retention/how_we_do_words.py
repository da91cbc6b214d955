"""What "How we do" says in words: columns, lists, promises, times, and what a number may mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.choices import Kind
from crm.day_words import short_date, span
from crm.listing import NOBODY
from retention.how_we_do import TOO_GOOD, Alerts, Contacts

#: From here on minutes say nothing.
TEN_HOURS = 36_000

#: Lists of alerts and of contacts, by what the address asks for.
ALERT_LISTS: dict[str, str | Promise] = {
    "": gettext_lazy("Alerts that somebody dealt with"),
    "attended": gettext_lazy("Alerts that led to attention"),
    "put_off": gettext_lazy("Alerts put off"),
    "dismissed": gettext_lazy("Alerts set aside"),
    "otherwise": gettext_lazy("Alerts that ended otherwise"),
    "again": gettext_lazy("Alerts snoozed again and again"),
}
CONTACT_LISTS: dict[str, str | Promise] = {
    "": gettext_lazy("Attention given"),
    "wordless": gettext_lazy("Attention without a word"),
    "late": gettext_lazy("Attention logged late"),
    "bulk": gettext_lazy("Attention logged in bulk"),
    "before": gettext_lazy("Attention before its alert"),
    "after": gettext_lazy("Attention after its alert"),
    "tries": gettext_lazy("Our tries"),
    "reached": gettext_lazy("Our tries that reached somebody"),
}
#: What became of an alert, in its row.
HOW: dict[str, str | Promise] = {
    "attended": gettext_lazy("led to attention"),
    "put_off": gettext_lazy("put off"),
    "dismissed": gettext_lazy("set aside"),
    "otherwise": gettext_lazy("ended otherwise"),
}


def time_words(seconds: int) -> str:
    """Working time: "50 min", "3 h 10", "41 h"."""
    return span(round(seconds / 3600) * 3600 if seconds >= TEN_HOURS else seconds)


def promise_words(kind: str, promise: str, segments: Mapping[str, str]) -> str:
    """Name a line: "Next attention · Gold", "Call back · everybody", "Promised follow-up"."""
    whose = {
        "default": _("everybody"),
        "own": _("clients’ own"),
        "agreed": _("agreed dates"),
    } | dict(segments)
    name = str(Kind(kind).label)
    if promise in ("", NOBODY):
        return name
    return _("%(kind)s · %(whose)s") % {"kind": name, "whose": whose.get(promise, _("a segment of before"))}


def week_words(week: dt.date, today: dt.date) -> str:
    """Name a week by its Monday: "16 Nov"."""
    return short_date(week, today)


def attended_title(counted: Alerts) -> str:
    """The chart's result: "18 of 23 alerts led to attention"."""
    text = ngettext(
        "%(part)s of %(n)s alert led to attention", "%(part)s of %(n)s alerts led to attention", counted.all
    )
    return text % {"part": counted.attended, "n": counted.all}


def too_good_words(name: str, counted: Contacts) -> str:
    """The warning that comes with everybody reached."""
    assert counted.tries >= TOO_GOOD
    said = {"name": name, "n": counted.tries}
    return _("%(name)s reached somebody each of %(n)s times.") % said
