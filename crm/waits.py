"""How long a client has waited, in the days of the promise: working days where the policy counts those (T3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import CalendarDay
from crm.choices import Unit
from crm.day_words import local_day
from crm.models import Clock

#: Sources of a due that is not the policy's interval; its days are counted between its dates.
COUNTED = ("welcome", "return", "import", "agreed")
#: Of these, the ones whose promise is in working days whatever the policy counts (T8, A12).
IN_WORKING_DAYS = ("welcome", "return")


@dataclass(frozen=True)
class Wait:
    """`elapsed` of `promised` days since the anchor; `working` when they are working days."""

    elapsed: int
    promised: int
    working: bool

    @property
    def of(self) -> str:
        """What stands below the ring's number: "of 30 d"."""
        if self.working:
            return ngettext("of %(n)s working day", "of %(n)s working days", self.promised) % {"n": self.promised}
        return _("of %(n)s d") % {"n": self.promised}

    def __str__(self) -> str:
        """The words beside the promise bar: "41 of 30 d"."""
        return f"{self.elapsed} {self.of}"


def waits_of(clocks: Iterable[Clock], now: dt.datetime) -> dict[int, Wait]:
    """Return the wait of each clock with a cadence, by customer id. At most one query, however many.

    Read `calendar` with the clocks (`select_related`); days are those of the calendar's zone (T5).
    """
    owed = [clock for clock in clocks if clock.due_at and clock.anchor_at]
    spans = {clock.pk: _span(clock, now) for clock in owed}
    worked = _ordinals({(clock.calendar_id, day) for clock in owed if _works(clock) for day in spans[clock.pk]})
    return {clock.pk: _wait(clock, spans[clock.pk], worked) for clock in owed}


def wait_of(clock: Clock, now: dt.datetime) -> Wait | None:
    """Return the wait of one clock; None without a cadence."""
    return waits_of([clock], now).get(clock.pk)


def _works(clock: Clock) -> bool:
    return clock.due_unit == Unit.WORKING_DAYS or clock.due_source in IN_WORKING_DAYS


def _span(clock: Clock, now: dt.datetime) -> tuple[dt.date, dt.date, dt.date]:
    assert clock.anchor_at is not None
    assert clock.due_at is not None
    zone = clock.calendar.tz
    return local_day(clock.anchor_at, zone), local_day(now, zone), local_day(clock.due_at, zone)


def _ordinals(wanted: set[tuple[int, dt.date]]) -> dict[tuple[int, dt.date], int]:
    if not wanted:
        return {}
    days = CalendarDay.objects.filter(
        calendar__in={calendar for calendar, _day in wanted}, date__in={day for _calendar, day in wanted}
    )
    return {(calendar, day): n for calendar, day, n in days.values_list("calendar_id", "date", "ordinal")}


def _wait(clock: Clock, span: tuple[dt.date, dt.date, dt.date], worked: dict[tuple[int, dt.date], int]) -> Wait:
    start, today, due = span
    stated = None if clock.due_source in COUNTED else clock.due_amount
    if _works(clock):
        first, present, last = (worked.get((clock.calendar_id, day)) for day in span)
        # An anchor before the calendar's table has no number: then calendar days say it.
        if first is not None and present is not None and last is not None:
            return Wait(max(present - first, 0), stated or max(last - first, 0), working=True)
        stated = None
    return Wait(max((today - start).days, 0), stated or (due - start).days, working=False)
