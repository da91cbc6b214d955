"""What others must know about people and calendars: a person's own hours changed, a calendar's did.

Higher apps listen: `events.listen(…)` or `events.listen_to_calendars(…)` in their `AppConfig.ready()`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from accounts.models import Calendar, User

Listener = Callable[[User, dt.datetime], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have `listener(user, now)` called when somebody's digest hour, zone or team changed, in that transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def person_changed(user: User, now: dt.datetime) -> None:
    """Tell everybody who listens; inside the transaction that changes the person."""
    for listener in _listeners:
        listener(user, now)


CalendarListener = Callable[[Calendar, User | None, dt.datetime], None]
_calendar_listeners: list[tuple[int, CalendarListener]] = []


def listen_to_calendars(listener: CalendarListener, *, position: int) -> None:
    """Have `listener(calendar, actor, now)` called when a calendar's days or hours changed, in order of `position`."""
    _calendar_listeners.append((position, listener))
    _calendar_listeners.sort(key=lambda entry: entry[0])


def calendar_changed(calendar: Calendar, actor: User | None, now: dt.datetime) -> None:
    """Tell everybody who listens; only `accounts.calendar_change` calls this, once the tables say what holds."""
    for _position, listener in _calendar_listeners:
        listener(calendar, actor, now)
