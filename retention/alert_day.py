"""The alerts that opened and those that closed on one date, each by the calendar of its client (T5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import Calendar, User
from accounts.reckoning import start_of
from alerts.models import Alert
from alerts.querysets import AlertQuerySet
from crm.keyset import Cursor, Key, Page, Stretch, instant, page_of, read_cursor, whole
from crm.listing import View
from retention.trend import in_scope

#: Rows of one list on a page.
PAGE_SIZE = 100
#: What each list is called in the page and in its address, and the column that puts it in order.
LISTS = {"opened": "opened_at", "closed": "closed_at"}


@dataclass(frozen=True)
class AlertsThen:
    """One page of the alerts of a list, oldest first, and how many there are; the addresses of the pages beside it."""

    alerts: list[Alert]
    count: int
    previous: str
    next: str


@dataclass(frozen=True)
class Asked:
    """Which of LISTS to turn over, and the cursor after or before which its page begins."""

    name: str = ""
    after: str = ""
    before: str = ""

    def cursor(self, name: str, order: Sequence[Stretch]) -> Cursor | None:
        if name != self.name:
            return None
        return read_cursor(self.before or self.after, order, back=bool(self.before))


@dataclass(frozen=True)
class AlertDay:
    """A date: its alerts that opened, and those that closed."""

    opened: AlertsThen
    closed: AlertsThen


def alerts_on(day: dt.date, view: View, user: User, asked: Asked | None = None) -> AlertDay:
    """The alerts of `day` among what `user` sees of the scope of `view`. Five queries."""
    calendars = list(Calendar.objects.order_by("pk"))
    seen = AlertQuerySet(Alert).visible_to(user).filter(in_scope(view, "customer__clock__"))
    pages, counted = {}, {}
    for name, column in LISTS.items():
        order = [Stretch(Q(), (Key(column, instant), Key("pk", whole)))]
        counted[name] = _within(column, day, calendars)
        cursor = (asked or Asked()).cursor(name, order)
        pages[name] = page_of(seen.filter(counted[name]), order, cursor, PAGE_SIZE)
    either = counted["opened"] | counted["closed"]
    counts = seen.filter(either).aggregate(**{name: Count("pk", filter=one) for name, one in counted.items()})
    pks = [pk for page in pages.values() for pk in page.pks]
    rows = Alert.objects.select_related("customer", "customer__clock__owner").in_bulk(pks)
    return AlertDay(*(_then(name, pages[name], rows, counts[name], view) for name in LISTS))


def _then(name: str, page: Page, rows: dict[int, Alert], count: int, view: View) -> AlertsThen:
    return AlertsThen(
        [rows[pk] for pk in page.pks if pk in rows],
        count,
        view.address(list=name, before=page.previous) if page.previous else "",
        view.address(list=name, after=page.next) if page.next else "",
    )


def _within(column: str, day: dt.date, calendars: Iterable[Calendar]) -> Q:
    within = Q(pk__in=[])
    for calendar in calendars:
        begins, ends = start_of(calendar, day), start_of(calendar, day + dt.timedelta(days=1))
        theirs = Q(customer__clock__calendar=calendar)
        within |= theirs & Q(**{f"{column}__gte": begins, f"{column}__lt": ends})
    return within
