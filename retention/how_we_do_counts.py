"""The counts of "How we do" for one reader: administrators, who all see the same, read what the night left ready.

A supervisor's teams are counted when they look; a whole firm of a million clients takes seconds, once a night.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from django.core.cache import cache

from accounts.models import User
from retention.how_we_do import (
    Alerts,
    Contacts,
    Line,
    View,
    alerts_of,
    contacts_in,
    count_alerts,
    count_contacts,
    weeks_kept,
)
from retention.measuring import write_weeks
from retention.models import MeasuredWeek

Counts = tuple[dict[Line, Alerts], dict[Line, Contacts]]

#: Until the next night's, and one that was missed.
KEPT_FOR = 2 * 24 * 3600


def run_night(now: dt.datetime) -> None:
    """Write the weeks, and count the whole firm once."""
    write_weeks(now)
    administrator = User.objects.administrators().order_by("pk").first()
    if administrator is not None:
        counts_of(View(), administrator, weeks_kept())


def counts_of(view: View, user: User, weeks: list[MeasuredWeek]) -> Counts:
    """The lines of all tables of a view. Three queries, or for administrators one where they were counted before."""
    every = view.of(week=None)
    if not user.is_administrator or not weeks:
        return _counted(every, view, user, weeks)
    # Rows of a week that runs change with each night, and only then.
    key = f"how-we-do:1:{weeks[-1].measured_at:%Y%m%d%H%M%S%f}:{view.address()}"
    kept = cache.get(key)
    if kept is not None:
        alerts, contacts = kept
        return (
            {line: Alerts(**one) for line, one in alerts.items()},
            {line: Contacts(**one) for line, one in contacts.items()},
        )
    counts = _counted(every, view, user, weeks)
    # As plain values: what was kept outlives the classes of its day.
    cache.set(key, tuple({line: asdict(one) for line, one in lines.items()} for lines in counts), KEPT_FOR)
    return counts


def _counted(every: View, view: View, user: User, weeks: list[MeasuredWeek]) -> Counts:
    return (
        count_alerts(alerts_of(every, user, weeks), view.week),
        count_contacts(contacts_in(every, user, weeks), view.week),
    )
