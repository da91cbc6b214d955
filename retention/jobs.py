"""Jobs that stand as rows: who holds one, how far it is, what it failed with. Twice is as good as once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.db.models import F

from retention.models.job import Job

#: How long whoever works on a job holds it, told anew after each transaction of about a second.
HOLD = dt.timedelta(minutes=2)
#: When a try that failed is made again.
AGAIN = dt.timedelta(minutes=10)

Kind = TypeVar("Kind", bound=Job)
Tell = Callable[[int], None]


def waits(kind: type[Job], now: dt.datetime) -> bool:
    """Whether a job is to be worked on by whoever comes. One index look-up."""
    return kind._default_manager.filter(finished_at=None, held_until__lte=now).exists()


def work(
    kind: type[Kind], do: Callable[[Kind, Tell], None], now: dt.datetime, clock: Callable[[], dt.datetime]
) -> bool:
    """Do the oldest job that nobody holds; False where there is none.

    `do` tells after each transaction of about a second how much more is done; `clock` says how long it is held.
    """
    job = _claimed(kind, now)
    if job is None:
        return False
    rows = kind._default_manager.filter(pk=job.pk)

    def tell(more: int) -> None:
        rows.update(done=F("done") + more, held_until=clock() + HOLD)

    try:
        do(job, tell)
    except Exception as error:
        rows.update(fault=repr(error)[:2000], held_until=clock() + AGAIN)
        raise
    rows.update(finished_at=clock(), done=F("total"), fault="")
    return True


@transaction.atomic
def _claimed(kind: type[Kind], now: dt.datetime) -> Kind | None:
    free = kind._default_manager.select_for_update(skip_locked=True, of=("self",))
    job = free.filter(finished_at=None, held_until__lte=now).order_by("pk").first()
    if job is not None:
        kind._default_manager.filter(pk=job.pk).update(held_until=now + HOLD)
    return job
