"""The one way to change when a team works: the tables are made anew, and all that was reckoned by them follows."""

from __future__ import annotations

import datetime as dt

from accounts import events
from accounts.calendar_build import rebuild
from accounts.models import Calendar, User


def put_in_force(
    calendar: Calendar, *, now: dt.datetime, actor: User | None = None, follow: bool = True
) -> dt.date | None:
    """Bring everything in line with what a calendar's rows say: its zone, week, country, region and exceptions.

    Call it after saving any of these. The tables of working time are rebuilt; then, by `events.listen_to_calendars`,
    the local dates of contacts made (T5), the promises (A8, an acting owner at a time where no transaction runs
    around), the mornings, what covers see and what comes next for each alert are reckoned anew.

    Returns the first date that changed, None when nothing did (then nothing is reckoned). Raises `NeverOpen` for a
    week without an open hour. Without `follow` only the tables are rebuilt: `events.calendar_changed` is then the
    caller's to call, later.
    """
    changed = rebuild(calendar, today=now.astimezone(calendar.tz).date())
    calendar.refresh_from_db()
    if changed is not None and follow:
        events.calendar_changed(calendar, actor, now)
    return changed
