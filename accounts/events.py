"""What others must know about people: a person's own hours changed.

Higher apps listen: `events.listen(…)` in their `AppConfig.ready()`. Listeners run in the transaction of the change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from accounts.models import User

Listener = Callable[[User, dt.datetime], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have `listener(user, now)` called when somebody's digest hour, zone, team or calendar changed."""
    if listener not in _listeners:
        _listeners.append(listener)


def person_changed(user: User, now: dt.datetime) -> None:
    """Tell everybody who listens; inside the transaction that changes the person."""
    for listener in _listeners:
        listener(user, now)
