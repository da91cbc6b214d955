"""Whether anything is still to be done. What waits for a lease or its next try comes by setting the clock on."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from django.db import Error, connection

from accounts.models import Absence
from alerts.models import Alert, AlertEvent, Deadline, Delivery, Morning
from tests.faults.moved_clock import MovedClock

#: Seconds of real time that it may take until nothing is left to do.
PATIENCE = 240.0
#: Seconds that a mail stays as it is before its sender is taken for dead: more than handing one over may last.
DEAD = 5.0


class NeverQuiet(AssertionError):
    """Work was left over."""


def due(now: dt.datetime) -> dict[str, int]:
    """What could be done now, by kind."""
    found = {
        "deadlines": Deadline.objects.open().filter(wake_at__lte=now).count(),
        "alerts": Alert.objects.open().filter(wake_at__lte=now).count(),
        "mornings": Morning.objects.filter(next_at__lte=now).count(),
        "events": AlertEvent.objects.filter(tell=True, told_at__isnull=True).count(),
        "absences": Absence.objects.filter(tell_at__lte=now).count(),
        "mails": Delivery.objects.filter(state__in=("planned", "sending"), next_try_at__lte=now).count(),
    }
    return {name: count for name, count in found.items() if count}


def waiting(now: dt.datetime) -> list[tuple[dt.datetime, int]]:
    """The mails that are tried again or in somebody's hands, dead or alive: until when, the first one first."""
    again = Delivery.objects.filter(state__in=("planned", "sending"), next_try_at__gt=now, window_at__lte=now)
    return list(again.order_by("next_try_at", "pk").values_list("next_try_at", "pk"))


def wait_until_quiet(clock: MovedClock, meanwhile: Callable[[], object]) -> None:
    """Wait until nothing is due any more; the clock is set forward to what waits for its next try."""
    begun, calm = time.monotonic(), 0
    seen, since = list[tuple[dt.datetime, int]](), begun
    while calm < 2:
        meanwhile()
        left: dict[str, int] | str
        try:
            now = clock.now()
            left = due(now)
            later = [] if left else waiting(now)
        except Error as error:
            connection.close()
            left, later = str(error), []
        calm = calm + 1 if not left and not later else 0
        if later != seen:
            seen, since = later, time.monotonic()
        elif later and time.monotonic() - since > DEAD:
            clock.move(later[0][0] - clock.now() + dt.timedelta(seconds=1))
        if time.monotonic() - begun > PATIENCE:
            raise NeverQuiet(f"After {PATIENCE:.0f} s there is still to do: {left}")
        time.sleep(0.3)
