"""What the page of the watch list gathers: who is on it, since when and why, what was done since, what comes next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from accounts.zones import country_of
from crm.before_call import BeforeCall, Manner
from crm.choices import FELT
from crm.day_words import day_words, local_day, on_day
from crm.keyset import Key, Stretch, instant, whole
from crm.listing import NOBODY, View
from crm.models import Customer, Interaction, Task
from crm.phones import Number, first_numbers, spoken
from crm.querysets import seen_by
from crm.their_time import their_time
from retention.models import WatchEntry

#: Who came off it in this time stands below, at most so many.
LATELY = dt.timedelta(days=30)
LEFT = 20
#: Longest first.
ORDER = [Stretch(Q(), (Key("opened_at", instant), Key("pk", whole)))]


@dataclass(frozen=True)
class Row:
    """One client on the list. `since`, `last` and `next_day` are days in words; `done` counts attentions since."""

    entry: WatchEntry
    since: str
    days: int
    done: int
    last: str
    next_title: str
    next_day: str
    phone: str
    phone_words: str
    before: BeforeCall

    @property
    def customer(self) -> Customer:
        return self.entry.customer


@dataclass(frozen=True)
class Gone:
    """One who came off it: when, and by which word or how they felt."""

    entry: WatchEntry
    day: str


def open_entries(view: View, user: User) -> QuerySet[WatchEntry]:
    """Who is on the list, of the clients that `user` sees whole, narrowed to the owner and team of `view`."""
    return _scope(WatchEntry.objects.filter(closed_at=None, customer__clock__active=True), view, user)


def _scope(rows: QuerySet[WatchEntry], view: View, user: User) -> QuerySet[WatchEntry]:
    rows = rows.filter(seen_by(user, "customer__clock__"))
    for name in ("owner", "team", "segment"):
        if value := getattr(view, name):
            column = f"customer__clock__{name}"
            rows = rows.filter(**{f"{column}__isnull": True} if value == NOBODY else {column: int(value)})
    return rows


def rows_of(pks: list[int], user: User, now: dt.datetime) -> list[Row]:
    """Make the rows of a page in its order. Two queries."""
    since = OuterRef("opened_at")
    attentions = Interaction.objects.kept().filter(customer=OuterRef("customer"), counts_as__in=FELT, at__gt=since)
    counted = attentions.order_by().values("customer").annotate(n=Count("pk")).values("n")
    steps = Task.objects.open().filter(customer=OuterRef("customer")).order_by("due_on", "pk")
    found = (
        WatchEntry.objects.filter(pk__in=pks)
        .select_related("customer__clock__calendar", "customer__clock__owner", "opened_by__entered_by")
        .annotate(done=Subquery(counted), next_title=Subquery(steps.values("title")[:1]))
        .annotate(next_on=Subquery(steps.values("due_on")[:1]))
        .in_bulk()
    )
    numbers = first_numbers([entry.customer_id for entry in found.values()])
    return [_row(found[pk], numbers.get(found[pk].customer_id), user, now) for pk in pks if pk in found]


def _row(entry: Any, number: Number | None, user: User, now: dt.datetime) -> Row:
    customer = entry.customer
    clock = customer.clock
    zone = clock.calendar.tz
    today, opened = local_day(now, zone), local_day(entry.opened_at, zone)
    after = clock.last_attention_at is not None and clock.last_attention_at > entry.opened_at
    manners = []
    if number is not None and (number.called or number.hours):
        manners = [Manner(number.name, number.called, number.hours)]
    return Row(
        entry,
        on_day(opened, today),
        (today - opened).days,
        entry.done or 0,
        on_day(clock.last_attention_on, today) if after and clock.last_attention_on else "",
        entry.next_title or "",
        day_words(entry.next_on, today) if entry.next_on else "",
        number.value if number else "",
        spoken(number.value, country_of(user.time_zone)) if number else "",
        BeforeCall(customer.care_note, manners, their_time(customer.time_zone, user.zone, now)),
    )


def gone_lately(view: View, user: User, now: dt.datetime) -> list[Gone]:
    """Who came off it lately, the latest first. One query."""
    rows = WatchEntry.objects.filter(closed_at__gt=now - LATELY, closed_at__lte=now)
    rows = _scope(rows, view, user).select_related(
        "customer__clock__calendar", "closed_by__entered_by", "closed_word__by"
    )
    return [
        Gone(entry, on_day(local_day(entry.closed_at, zone), local_day(now, zone)))
        for entry in rows.order_by("-closed_at", "-pk")[:LEFT]
        if entry.closed_at and (zone := entry.customer.clock.calendar.tz)
    ]
