"""The beat goes on at its pace when the machine's clock is set back, and when its file comes from a wrong one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import time_machine

from config.beat import SteadyScheduler
from config.celery import app

NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)


class Recorder(SteadyScheduler):
    """Keeps the names of what it would publish."""

    sent: list[str]

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent.append(entry.name)


def scheduler(folder: Path) -> Recorder:
    made = Recorder(app, schedule_filename=str(folder / "schedule"), lazy=True)
    made.setup_schedule()
    made.sent = []
    return made


def ticks(beat: Recorder, at: dt.datetime, *, seconds: int) -> list[str]:
    """What it sends in so many seconds from that time on."""
    beat.sent.clear()
    for second in range(seconds):
        with time_machine.travel(at + dt.timedelta(seconds=second), tick=False):
            for _entry in range(4):
                beat.tick()
    return list(beat.sent)


def test_set_back_an_hour_it_wakes_the_workers_as_before(tmp_path: Path) -> None:
    beat = scheduler(tmp_path)
    ordinary = ticks(beat, NOW, seconds=30).count("pump")
    assert ordinary >= 5

    back = ticks(beat, NOW - dt.timedelta(hours=1), seconds=30)

    assert back.count("pump") >= 5
    assert back.count("sweep") <= 1


def test_started_anew_after_a_wrong_clock_was_set_right_it_does_not_wait_for_it(tmp_path: Path) -> None:
    beat = scheduler(tmp_path)
    ticks(beat, NOW + dt.timedelta(days=2), seconds=10)
    beat.close()

    assert ticks(scheduler(tmp_path), NOW, seconds=15).count("pump") >= 2


def test_the_settings_name_it() -> None:
    assert app.conf.beat_scheduler == "config.beat:SteadyScheduler"
