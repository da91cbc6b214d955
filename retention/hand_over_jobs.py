"""Whoever comes works on the hand-overs and departures that wait; what was closed without asking is found here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from retention import departures, jobs
from retention.models import Reassignment
from retention.reassignments import move_all


def waits(now: dt.datetime) -> bool:
    """Whether there is something to do. Two look-ups: of the jobs, and of the few who left."""
    return jobs.waits(Reassignment, now) or departures.orphaned().exists()


def work(now: dt.datetime, clock: Callable[[], dt.datetime] = timezone.now) -> bool:
    """Do the oldest job that nobody holds; False where there is none."""
    departures.adopt(now)

    def do(job: Reassignment, tell: jobs.Tell) -> None:
        move_all(job, now, tell)
        if job.leaver_id:
            departures.finish(job, now)

    return jobs.work(Reassignment, do, now, clock)
