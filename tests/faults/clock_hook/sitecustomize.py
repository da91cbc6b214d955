"""Python reads this first in every process of the faults run: its wall clock is the machine's, moved by a file.

The file holds a number of nanoseconds, shared by all processes; it moves under them at once, also in forked ones.
Monotonic clocks stay as they are, as when somebody sets a machine's clock.
"""

import mmap
import os
import struct
import sys

if os.environ.get("CLOCK_FILE"):
    # Not needed here, and slow to import in each process.
    sys.modules["pytest"] = None  # type: ignore[assignment]
    import time_machine
    from _time_machine import original_time_ns  # type: ignore[import-not-found]

    del sys.modules["pytest"]

    with open(os.environ["CLOCK_FILE"], "rb") as file:
        shared = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)

    class Moved(time_machine.Traveller):
        """Asked by time.time(), datetime.now() and their like."""

        def time_ns(self) -> int:
            moved: int = struct.unpack("q", shared[:8])[0]
            return int(original_time_ns()) + moved

    time_machine.travel(0).start()
    time_machine.traveller_stack[-1] = Moved(0, None, True)
