"""The wall clock of all processes of the run, which can be set forward and back."""

from __future__ import annotations

import datetime as dt
import mmap
import os
import struct
from pathlib import Path

HOOK = Path(__file__).parent / "clock_hook"
SECOND = 1_000_000_000


class MovedClock:
    """Holds how far the clock is moved, in a file that every process looks at (clock_hook)."""

    def __init__(self, file: Path) -> None:
        file.write_bytes(struct.pack("q", 0))
        self.file = file
        self._handle = os.open(file, os.O_RDWR)
        self._shared = mmap.mmap(self._handle, 8)
        self.moved = dt.timedelta()

    def variables(self) -> dict[str, str]:
        """The environment under which a Python process follows this clock."""
        return {"CLOCK_FILE": str(self.file), "PYTHONPATH": str(HOOK)}

    def move(self, by: dt.timedelta) -> None:
        """Set it forward, or back."""
        self.moved += by
        self._shared[:8] = struct.pack("q", round(self.moved.total_seconds() * SECOND))

    def now(self) -> dt.datetime:
        """Now, as the processes see it."""
        return dt.datetime.now(dt.UTC) + self.moved

    def close(self) -> None:
        self._shared.close()
        os.close(self._handle)
