"""The beat's timetable, steady when somebody sets the machine's clock back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Celery's own, which would do nothing until a clock that was set back is where it had been before."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; returns in how many seconds to look again.

        What last ran in the future was stamped by a clock that has been set right since: it counts as run now.
        """
        now: dt.datetime = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > now]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            # The order of what comes next was reckoned by the other clock.
            self._heap = None
        return float(super().tick(*args, **kwargs))
