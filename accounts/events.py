"""What others must know about people and calendars: a person's own hours changed, a calendar's did.

Higher apps listen: `events.listen(…)` or `events.listen_to_calendars(…)` in their `AppConfig.ready()`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from accounts.models import Absence, Calendar, User

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


#: Hears how many customers were dated anew, after each step of about a second.
Tell = Callable[[int], None]
CalendarListener = Callable[[Calendar, User | None, dt.datetime, Tell], None]
_calendar_listeners: list[tuple[int, CalendarListener]] = []


def listen_to_calendars(listener: CalendarListener, *, position: int) -> None:
    """Have `listener(calendar, actor, now, tell)` called when a calendar's days or hours changed, by `position`."""
    _calendar_listeners.append((position, listener))
    _calendar_listeners.sort(key=lambda entry: entry[0])


def nobody_listens(_customers: int) -> None:
    """Progress that nobody asked for."""


def calendar_changed(calendar: Calendar, actor: User | None, now: dt.datetime, tell: Tell = nobody_listens) -> None:
    """Tell everybody who listens; once the tables say what holds. Twice is as good as once."""
    for _position, listener in _calendar_listeners:
        listener(calendar, actor, now, tell)


#: Hears of an absence that was planned, changed, ended or (`withdrawn`) is about to be forgotten.
AbsenceListener = Callable[..., None]
_absence_listeners: list[AbsenceListener] = []


def listen_to_absences(listener: AbsenceListener) -> None:
    """Have `listener(absence, now, withdrawn=…)` called when an absence changed, in that transaction."""
    if listener not in _absence_listeners:
        _absence_listeners.append(listener)


def absence_changed(absence: Absence, now: dt.datetime, *, withdrawn: bool = False) -> None:
    """Tell everybody who listens; with `withdrawn` before its row is gone."""
    for listener in _absence_listeners:
        listener(absence, now, withdrawn=withdrawn)
