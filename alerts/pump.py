"""Beat's pump: publishes wake-ups for work that is due, and claims nothing.

A broker that is down, hanging or emptied loses only wake-ups: the next pump publishes again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from celery import current_app
from kombu.exceptions import OperationalError

from accounts.models import Absence
from alerts.models import Alert, AlertEvent, Deadline, Delivery, Morning
from alerts.models.deadline import OPEN

log = logging.getLogger(__name__)

#: Seconds after which a wake-up that nobody took is worth nothing; the pump runs each 5.
EXPIRES = 10

#: Whether a job of another app waits at an instant; one index look-up.
Waits = Callable[[dt.datetime], bool]
_jobs: dict[str, Waits] = {}


def register(task: str, waits: Waits) -> None:
    """Wake `task` (its Celery name) whenever there is work for it, or replace the question of that name."""
    _jobs[task] = waits


def sweep_is_due(now: dt.datetime) -> bool:
    """Whether anything waits for the sweep, from deadlines to absences. At most five index look-ups."""
    return (
        Deadline.objects.filter(OPEN, wake_at__lte=now).exists()
        or Alert.objects.filter(closed_at__isnull=True, wake_at__lte=now).exists()
        or Morning.objects.filter(next_at__lte=now).exists()
        or AlertEvent.objects.filter(tell=True, told_at__isnull=True).exists()
        or Absence.objects.filter(tell_at__lte=now).exists()
    )


def mail_is_due(now: dt.datetime) -> bool:
    """Whether a mail waits to be handed over, or its sender was lost. One index look-up."""
    return Delivery.objects.filter(state__in=("planned", "sending"), next_try_at__lte=now).exists()


def publish_due(now: dt.datetime) -> list[str]:
    """Publish a wake-up for each kind of work that is due; returns the names of those that went out."""
    wanted = []
    if sweep_is_due(now):
        wanted.append("alerts.tasks.sweep")
    if mail_is_due(now):
        wanted.append("alerts.tasks.send")
    wanted += [task for task, waits in _jobs.items() if waits(now)]
    return [name for name in wanted if _publish(name)]


def _publish(name: str) -> bool:
    try:
        current_app.send_task(name, expires=EXPIRES, retry=False)
    except (OperationalError, OSError) as error:
        # Nothing is lost: the work stands in the database, and the next pump asks again.
        log.warning("The broker did not take a wake-up for %s: %s", name, error)
        return False
    return True
