"""When each job last ran to its end, for the health page."""

from __future__ import annotations

import datetime as dt

from alerts.models import Heartbeat


def beat(name: str, at: dt.datetime) -> None:
    """Say that a job has run to its end."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})
