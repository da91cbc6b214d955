"""The working-time sums (ENGINE T2, A6, W2), as expressions for a whole query and as single values.

An argument of an expression is the name of a field or annotation of the query in which the expression is used (a path
over foreign keys too), an `OuterRef` to the query around it, or a plain value. All instants are UTC; a date is a local
date of the calendar. Each expression is NULL where the table does not reach: the single values raise `BeyondCalendar`.
Everything is found by equality (calendar, date) → ordinal → row, never by a range over dates.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeAlias

from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    Expression,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Cast, Coalesce, Greatest

from accounts.instants import LocalDate, PlusSeconds, SecondsBetween
from accounts.models import CalendarDay, WorkingSpan

# What annotate(), update() and other expressions take.
Formula: TypeAlias = BaseExpression | Combinable
Argument: TypeAlias = str | F | Expression | int | dt.date | dt.datetime


def _out(argument: Argument, levels: int) -> Any:
    """Refer to `argument` from a subquery that lies `levels` deep."""
    if isinstance(argument, str):
        argument = F(argument)
    if not isinstance(argument, F):
        return argument
    name: Any = argument if isinstance(argument, OuterRef) else vars(argument)["name"]
    for _level in range(levels):
        name = OuterRef(name)
    return name


def _whole(argument: Argument, levels: int) -> Cast:
    """The same as a 32-bit number: another type on one side of a comparison would lose the index."""
    return Cast(_out(argument, levels), IntegerField())


def _day(calendar: Argument, date: Argument, levels: int = 1) -> QuerySet[CalendarDay]:
    return CalendarDay.objects.filter(calendar=_out(calendar, levels), date=_out(date, levels)).order_by()


def _working_day_after(calendar: Argument, date: Argument, days: Argument) -> QuerySet[CalendarDay]:
    ordinal = Subquery(_day(calendar, date, 2).values("ordinal"), IntegerField())
    return CalendarDay.objects.filter(
        calendar=_out(calendar, 1), is_open=True, ordinal=ordinal + _whole(days, 1)
    ).order_by()


def _calendar_day_after(calendar: Argument, date: Argument, days: Argument) -> QuerySet[CalendarDay]:
    number = Subquery(_day(calendar, date, 2).values("number"), IntegerField())
    return CalendarDay.objects.filter(calendar=_out(calendar, 1), number=number + _whole(days, 1)).order_by()


def _instant(found: QuerySet[CalendarDay], field: str) -> Subquery:
    return Subquery(found.values(field), DateTimeField())


def _or_first_closing(expression: Formula, calendar: Argument, date: Argument) -> Coalesce:
    """T4: an anchor before the calendar's first date is due at the closing of that first date."""
    first = CalendarDay.objects.filter(
        calendar=_out(calendar, 1), date=F("calendar__built_from"), date__gt=_out(date, 1)
    )
    return Coalesce(expression, _instant(first.order_by(), "closes_at"))


# --- As expressions --------------------------------------------------------------------------------------------------


def closing_after_working_days(calendar: Argument, date: Argument, days: Argument) -> Formula:
    """The closing of the Nth working day after a local date, N ≥ 1 (T2, with T4 for dates before the table)."""
    found = _instant(_working_day_after(calendar, date, days), "closes_at")
    return _or_first_closing(found, calendar, date)


def opening_after_working_days(calendar: Argument, date: Argument, days: Argument) -> Formula:
    """The first opening of the Nth working day after a local date, N ≥ 1 (A6)."""
    return _instant(_working_day_after(calendar, date, days), "opens_at")


def closing_after_calendar_days(calendar: Argument, date: Argument, days: Argument) -> Formula:
    """The closing of the date N days after a local date; a closed one closes at the latest weekly hour (T2, T4)."""
    found = _instant(_calendar_day_after(calendar, date, days), "closes_at")
    return _or_first_closing(found, calendar, date)


def alert_opening_after_calendar_days(calendar: Argument, date: Argument, days: Argument) -> Formula:
    """When the alert of a due of N calendar days opens: at its closing, on a closed date at the next opening (T2)."""
    found = _calendar_day_after(calendar, date, days).annotate(alert_opens_at=_alert_opens_at())
    return _or_first_closing(_instant(found, "alert_opens_at"), calendar, date)


def closing_on(calendar: Argument, date: Argument) -> Formula:
    """The closing of a local date; a closed one closes at the latest weekly hour (S3, A13)."""
    return _instant(_day(calendar, date), "closes_at")


def next_opening_on(calendar: Argument, date: Argument) -> Formula:
    """When the alert of what is due on a date opens: at its closing, on a closed date at the next opening (T2)."""
    return _instant(_day(calendar, date).annotate(alert_opens_at=_alert_opens_at()), "alert_opens_at")


def opening_after(calendar: Argument, instant: Argument) -> Formula:
    """The instant itself if it is inside opening hours, else the next opening (W2, M1)."""
    span = _span_around(calendar, instant, 1).annotate(at=Greatest("opens_at", _moment(instant, 1)))
    return Subquery(span.values("at")[:1], DateTimeField())


def after_working_seconds(calendar: Argument, instant: Argument, seconds: Argument) -> Formula:
    """The instant N working seconds after, N ≥ 1; a sum that ends on a closing time ends there (W2).

    From outside opening hours it counts from the next opening. Fractions of a second are cut off.
    """
    end_at = F("worked_at") + Cast(_out(seconds, 2), BigIntegerField())
    target = Subquery(_worked_at(calendar, instant, 2).annotate(end=end_at).values("end")[:1], BigIntegerField())
    span = WorkingSpan.objects.filter(calendar=_out(calendar, 1), worked_until__gte=target).order_by("worked_until")
    span = span.annotate(end=PlusSeconds(F("closes_at"), target - F("worked_until")))
    return Subquery(span.values("end")[:1], DateTimeField())


def working_seconds_between(calendar: Argument, start: Argument, end: Argument) -> Formula:
    """The working seconds from one instant to a later one."""
    worked = [
        Subquery(_worked_at(calendar, instant, 1).values("worked_at")[:1], BigIntegerField())
        for instant in (start, end)
    ]
    return worked[1] - worked[0]


def local_date_of(zone: Argument, instant: Argument) -> Formula:
    """The date of an instant in the zone whose name stands in `zone` (T5): 'calendar__zone', for instance."""
    return LocalDate(instant, zone)


def _alert_opens_at() -> Case:
    return Case(When(is_open=True, then="closes_at"), default="opens_at", output_field=DateTimeField())


def _moment(argument: Argument, levels: int) -> Any:
    moved = _out(argument, levels)
    return Value(moved, DateTimeField()) if isinstance(moved, dt.datetime) else moved


def _span_around(calendar: Argument, instant: Argument, levels: int) -> QuerySet[WorkingSpan]:
    """The span that an instant is in, else the next one, first of the ordered rows."""
    return WorkingSpan.objects.filter(calendar=_out(calendar, levels), closes_at__gt=_out(instant, levels)).order_by(
        "closes_at"
    )


def _worked_at(calendar: Argument, instant: Argument, levels: int) -> QuerySet[Any]:
    """The span around an instant with `worked_at`: the working seconds from the table's start to the instant."""
    into = SecondsBetween(F("opens_at"), _moment(instant, levels))
    return _span_around(calendar, instant, levels).annotate(
        worked_at=F("worked_before") + Greatest(Value(0, BigIntegerField()), into)
    )
