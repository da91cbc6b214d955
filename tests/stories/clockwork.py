"""Lets time pass: sweep and sender run at each instant at which something is due, and people act between."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import time_machine

from accounts.models import Absence
from alerts.models import Alert, AlertEvent, Deadline, Delivery, Morning
from alerts.models.deadline import OPEN
from alerts.send import send_due
from alerts.sweep import run_sweep

MINUTE = dt.timedelta(minutes=1)
Act = Callable[[dt.datetime], object]


@dataclass
class Clockwork:
    """A moving clock; `acts` are what people do, each at its instant (UTC)."""

    now: dt.datetime
    acts: list[tuple[dt.datetime, int, Act]] = field(default_factory=list)
    _number: itertools.count[int] = field(default_factory=itertools.count)

    def at(self, when: dt.datetime, act: Act) -> None:
        """Let somebody act at an instant."""
        heapq.heappush(self.acts, (when, next(self._number), act))

    def run(self, until: dt.datetime) -> int:
        """Let time pass; returns how many passes of the sweep that took."""
        passes = 0
        while (following := self._next()) <= until:
            self.now = max(following, self.now + MINUTE)
            with time_machine.travel(self.now, tick=False):
                while self.acts and self.acts[0][0] <= self.now:
                    heapq.heappop(self.acts)[2](self.now)
                run_sweep(self.now)
                while send_due(self.now):
                    pass
            passes += 1
        return passes

    def _next(self) -> dt.datetime:
        """The next full minute at which there is something to do."""
        rows = [
            Deadline.objects.filter(OPEN, wake_at__isnull=False).order_by("wake_at").values_list("wake_at", flat=True),
            Alert.objects.open().filter(wake_at__isnull=False).order_by("wake_at").values_list("wake_at", flat=True),
            Morning.objects.order_by("next_at").values_list("next_at", flat=True),
            Absence.objects.filter(tell_at__isnull=False).order_by("tell_at").values_list("tell_at", flat=True),
            Delivery.objects.filter(state="planned").order_by("next_try_at").values_list("next_try_at", flat=True),
        ]
        found = [row for query in rows if (row := query.first()) is not None]
        if self.acts:
            found.append(self.acts[0][0])
        if AlertEvent.objects.filter(tell=True, told_at__isnull=True).exists():
            found.append(self.now + MINUTE)
        first = max(min(found), self.now)
        return first if first.second == first.microsecond == 0 else first.replace(second=0, microsecond=0) + MINUTE
