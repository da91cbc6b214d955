"""What is done once a night. Each app adds its jobs in `AppConfig.ready()` by `register`."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from alerts.heartbeat import beat

log = logging.getLogger(__name__)

Job = Callable[[dt.datetime], object]


@dataclass(frozen=True)
class NightJob:
    """A job by name; it takes `now` and may run twice."""

    name: str
    run: Job
    order: int


_jobs: list[NightJob] = []


def register(name: str, run: Job, *, order: int) -> None:
    """Add a job, or replace the one of that name; lower `order` runs first."""
    _jobs[:] = sorted(
        [*(job for job in _jobs if job.name != name), NightJob(name, run, order)], key=lambda job: job.order
    )


def run_night(now: dt.datetime) -> None:
    """Run every job, each to its own end; what failed is raised together after the last."""
    failures: list[Exception] = []
    for job in _jobs:
        try:
            job.run(now)
        except Exception as error:
            log.exception("The nightly job %s failed", job.name)
            failures.append(error)
        else:
            beat(f"nightly.{job.name}", now)
    if failures:
        raise ExceptionGroup("nightly jobs failed", failures)
