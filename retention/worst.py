"""Who is at risk most, and why: the longest waits of the most valuable clients, each with its reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Count, F, FloatField, QuerySet, Value, When, Window
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Cast, Least, Rank
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.alert_rows import Chip, chip_of
from alerts.choices import Family, Rung
from alerts.models import Alert
from alerts.order import RATIO_CAP, WITHOUT_VALUE
from crm.day_words import local_day, on_day
from crm.listing import MILLION, with_ratio
from crm.models import Clock
from crm.models.clock import State
from crm.querysets import ClockQuerySet
from crm.sentence import PERSONAL, RENEWAL_NEAR, with_facts
from crm.waits import waits_of

#: Rows of the table; the rest is in the list.
SHOWN = 20


@dataclass(frozen=True)
class Person:
    """One client at risk; `reasons` are short facts beside the state."""

    clock: Clock
    state: State
    ratio: float | None
    words: str
    reasons: list[str]
    chip: Chip | None


def worst_of(rows: QuerySet[Clock], now: dt.datetime) -> list[Person]:
    """Return the first of the overdue clients, in A4's order over all of them. Four queries."""
    return people_of(worst_ids(rows, now), now)


def worst_ids(rows: QuerySet[Clock], now: dt.datetime) -> list[int]:
    """The keys of the first of the overdue clients. One query."""
    late = with_ratio(rows.filter(due_at__lte=now), now)
    return list(late.order_by(_score().desc(), "pk").values_list("pk", flat=True)[:SHOWN])


def people_of(first: list[int], now: dt.datetime) -> list[Person]:
    """Read what the rows of these few say; whoever was attended since they were put in order is left out."""
    read = with_facts(ClockQuerySet(Clock).filter(pk__in=first, active=True, due_at__lte=now), wishes=False)
    found = read.in_bulk() if first else {}
    clocks = [found[pk] for pk in first if pk in found]
    waits = waits_of(clocks, now)
    alerts = Alert.objects.open().filter(customer__in=[clock.pk for clock in clocks], family=Family.SILENCE)
    by_client = {alert.customer_id: alert for alert in alerts} if clocks else {}
    people = []
    for clock in clocks:
        status = clock.status_at(now)
        alert = by_client.get(clock.pk)
        people.append(
            Person(clock, status.state, status.ratio, str(waits[clock.pk]), _reasons(clock, now), _chip(alert, clock))
        )
    return people


def _score() -> BaseExpression:
    """A4 in SQL: min(ratio, 3) × (1 + p), p the share of these clients whose value in the same currency is smaller."""
    ratio = Least(Cast(F("ratio_millionths"), FloatField()) / Value(float(MILLION)), Value(RATIO_CAP))
    smaller = Window(Rank(), partition_by=F("currency"), order_by=F("value").asc(nulls_last=True))
    valued = Window(Count("value"), partition_by=F("currency"))
    share = (Cast(smaller, FloatField()) - Value(1.0)) / Cast(valued, FloatField())
    place = Case(When(value__isnull=True, then=Value(WITHOUT_VALUE)), default=share, output_field=FloatField())
    return ratio * (Value(1.0) + place)


def _chip(alert: Alert | None, clock: Clock) -> Chip | None:
    """What is being done about it, where that is more than that its owner was told."""
    if alert is None:
        return None
    if alert.rung >= Rung.SUPERVISOR or alert.snoozed_until or alert.dismissed_until:
        return chip_of(alert, clock.calendar.tz)
    return None


def _reasons(clock: Clock, now: dt.datetime) -> list[str]:
    zone = clock.calendar.tz
    today = local_day(now, zone)
    said = []
    if n := clock.attempts_since:
        said.append(ngettext("%(n)s attempt unanswered", "%(n)s attempts unanswered", n) % {"n": n})
    if clock.last_attention_at is None:
        said.append(_("Never contacted"))
    if (day := clock.customer.renewal_on) and today <= day <= today + RENEWAL_NEAR:
        weeks = (day - today).days // 7
        said.append(
            ngettext("Renews in %(n)s week", "Renews in %(n)s weeks", weeks) % {"n": weeks}
            if weeks
            else _("Renews %(day)s") % {"day": on_day(day, today)}
        )
    if clock.due_kind == PERSONAL:
        said.append(_personal(clock, today))
    if clock.customer.key:
        said.append(_("Key client"))
    return said


def _personal(clock: Clock, today: dt.date) -> str:
    last = clock.last_personal_on
    if last is None:
        return _("No personal moment yet")
    month = date_format(last, "F" if last.year == today.year else "F Y")
    return _("No personal moment since %(month)s") % {"month": month}
