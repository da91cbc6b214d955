"""The silence in a history: how long a client went without attention, drawn between what it separates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import ngettext

from crm.models import Clock
from crm.timeline import Moment

#: Shorter ones are nothing to draw.
LEAST_DAYS = 2


@dataclass(frozen=True)
class Silence:
    """A stretch without attention, `days` long; `late` when it was longer than what is promised."""

    days: int
    late: bool
    present: bool

    @property
    def words(self) -> str:
        return ngettext("%(n)s day without attention", "%(n)s days without attention", self.days) % {"n": self.days}


@dataclass(frozen=True)
class Line:
    """One line of the history: a moment, with the silence that followed it (drawn above it)."""

    moment: Moment
    silence: Silence | None = None


def with_silences(
    moments: Iterable[Moment],
    clock: Clock,
    *,
    now: dt.datetime,
    felt_after: dt.date | None = None,
    present: bool = True,
) -> Iterator[Line]:
    """Yield the moments, newest first, each attention with the silence until the next attention, or until now.

    `felt_after` is the date of the last attention on the page before; `present=False` where silence is no fault (a
    client who has left). The present silence is always drawn, an earlier one if it broke the promise.
    """
    promised = _promised_days(clock)
    until = felt_after
    for moment in moments:
        silence = None
        if moment.felt and moment.local_date:
            day = moment.local_date
            is_present = until is None and present
            end = until or (now.astimezone(clock.calendar.tz).date() if is_present else None)
            silence = _silence(day, end, promised, is_present) if end else None
            until = min(day, until) if until else day
        yield Line(moment, silence)


def _silence(start: dt.date, end: dt.date, promised: float | None, present: bool) -> Silence | None:
    days = (end - start).days
    late = promised is not None and days > promised
    if days < LEAST_DAYS or not (present or late):
        return None
    return Silence(days, late, present)


def _promised_days(clock: Clock) -> float | None:
    if clock.due_at is None or clock.anchor_at is None:
        return None
    return (clock.due_at - clock.anchor_at) / dt.timedelta(days=1)


def last_felt(moments: Iterable[Moment], before: dt.date | None) -> dt.date | None:
    """The date of the oldest attention shown so far, for the page that follows."""
    dates = [moment.local_date for moment in moments if moment.felt and moment.local_date]
    return min([*dates, *([before] if before else [])], default=None)
