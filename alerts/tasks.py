"""The doors by which Celery comes in. Each is thin, and twice is as good as once.

A message carries nothing but "look": what is owed stands in the database.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from alerts.heartbeat import beat


@shared_task(name="alerts.tasks.pump", soft_time_limit=40, time_limit=60)
def pump() -> None:
    """Wake whoever has something to do, each 5 seconds."""
    from alerts.pump import publish_due

    now = timezone.now()
    publish_due(now)
    beat("pump", now)


@shared_task(name="alerts.tasks.sweep")
def sweep() -> None:
    """One pass of the minute: open and climb what is due, admit, tell."""
    from alerts.sweep import run_sweep

    now = timezone.now()
    run_sweep(now)
    beat("sweep", now)


@shared_task(name="alerts.tasks.send")
def send() -> None:
    """Hand over the mails that are due, until none is."""
    from alerts.send import BATCH, send_due

    while send_due(timezone.now(), BATCH) == BATCH:
        pass
    beat("send", timezone.now())


@shared_task(name="alerts.tasks.nightly")
def nightly() -> None:
    """The work of the night."""
    from alerts.nightly import run_night

    now = timezone.now()
    run_night(now)
    beat("nightly", now)
