"""The alerts that opened and those that closed on one date, each by the calendar of its client (T5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.models import Calendar, User
from accounts.reckoning import start_of
from alerts.models import Alert
from alerts.querysets import AlertQuerySet
from crm.listing import View
from retention.trend import in_scope

#: Rows of one list that are shown; the count says how many there are.
SHOWN = 200


@dataclass(frozen=True)
class AlertsThen:
    """The alerts of one list, oldest first, and how many there are with those not shown."""

    alerts: list[Alert]
    count: int


@dataclass(frozen=True)
class AlertDay:
    """A date: its alerts that opened, and those that closed."""

    opened: AlertsThen
    closed: AlertsThen


def alerts_on(day: dt.date, view: View, user: User) -> AlertDay:
    """The alerts of `day` among what `user` sees of the scope of `view`. Five queries."""
    calendars = list(Calendar.objects.order_by("pk"))
    return AlertDay(*(_of(column, day, calendars, view, user) for column in ("opened_at", "closed_at")))


def _of(column: str, day: dt.date, calendars: Sequence[Calendar], view: View, user: User) -> AlertsThen:
    rows: QuerySet[Alert] = (
        AlertQuerySet(Alert)
        .visible_to(user)
        .filter(_within(column, day, calendars), in_scope(view, "customer__clock__"))
        .select_related("customer", "customer__clock__owner")
        .order_by(column, "pk")
    )
    return AlertsThen(list(rows[:SHOWN]), rows.count())


def _within(column: str, day: dt.date, calendars: Iterable[Calendar]) -> Q:
    within = Q(pk__in=[])
    for calendar in calendars:
        begins, ends = start_of(calendar, day), start_of(calendar, day + dt.timedelta(days=1))
        theirs = Q(customer__clock__calendar=calendar)
        within |= theirs & Q(**{f"{column}__gte": begins, f"{column}__lt": ends})
    return within
