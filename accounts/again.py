"""Work whose transaction the database refused, to break a circle of waiting, is done again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

#: How often work is tried in all.
TRIES = 4
#: What PostgreSQL calls a deadlock, and a transaction that another one overtook.
REFUSED = frozenset({"40P01", "40001"})

Result = TypeVar("Result")


def again(work: Callable[[], Result]) -> Result:
    """Do `work`, whose transactions are all its own; when one was refused, again after a moment, four times in all."""
    for left in reversed(range(TRIES)):
        try:
            return work()
        except OperationalError as error:
            # Within a transaction of somebody else's nothing can be done again: theirs is broken too.
            if not left or connection.in_atomic_block or not was_refused(error):
                raise
            time.sleep(random.uniform(0.02, 0.2))
    raise AssertionError("the last try returns or raises")


def was_refused(error: OperationalError) -> bool:
    """Whether the database gave up this transaction for another's sake: nothing of it is kept."""
    cause = error.__cause__
    return (getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)) in REFUSED
