"""A6: what keeps the next rung of a silence waiting: attempts, "I'm on it", the end of a snooze, a reopening."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.working_time import opening_after_working_days
from alerts.choices import Family
from alerts.daybook import WorkDays
from alerts.models import Alert, Hold
from crm.choices import CountsAs
from crm.models import Customer, Interaction

#: W1: so many attempts of a silence hold, each so many working days from its event.
ATTEMPTS = 3
ATTEMPT_DAYS = 2
#: Working days of every other hold.
OTHER_DAYS = 1


def sync_attempt_holds(customers: QuerySet[Customer], now: dt.datetime) -> set[int]:
    """Bring the holds by attempts (W1) of the customers' open silences up to what is logged.

    Deleted and undone attempts hold no longer. Returns the alerts whose holds changed, to be scheduled. Four queries
    at most, however many customers.
    """
    rows = Alert.objects.open().filter(family=Family.SILENCE, customer__in=customers.values("pk"))
    silences = list(rows.values_list("pk", flat=True))
    if not silences:
        return set()
    wanted = {(alert, attempt): until for alert, attempt, until in _wanted(silences)}
    standing = {
        (hold.alert_id, hold.interaction_id or 0): hold
        for hold in Hold.objects.filter(alert__in=silences, why=Hold.Why.ATTEMPT)
    }
    kept = {key for key, hold in standing.items() if wanted.get(key) == hold.until_at}
    gone = [hold for key, hold in standing.items() if key not in kept]
    new = [
        Hold(alert_id=alert, interaction_id=attempt, why=Hold.Why.ATTEMPT, until_at=until, created_at=now)
        for (alert, attempt), until in wanted.items()
        if (alert, attempt) not in kept
    ]
    with transaction.atomic():
        if gone:
            Hold.objects.filter(pk__in=[hold.pk for hold in gone]).delete()
        if new:
            Hold.objects.bulk_create(new, batch_size=1000)
    return {hold.alert_id for hold in [*gone, *new]}


def _wanted(silences: list[int]) -> Iterable[tuple[int, int, dt.datetime]]:
    """(alert, attempt, until) of the first three attempts whose event is later than the alert's opening."""
    attempts = (
        Interaction.objects.kept()
        # Joined, and in one filter: a subquery for each attempt costs its rows times the alerts.
        .filter(
            counts_as=CountsAs.ATTEMPT,
            customer__alerts__in=silences,
            counts_at__gt=F("customer__alerts__opened_at"),
        )
        .annotate(alert=F("customer__alerts__pk"))
        .annotate(
            nth=Window(RowNumber(), partition_by="customer", order_by=["counts_at", "id"]),
            until=opening_after_working_days("customer__clock__calendar", "local_date", ATTEMPT_DAYS),
        )
        .filter(nth__lte=ATTEMPTS)
    )
    # Beyond the calendar's end there is nothing to hold.
    return ((alert, pk, until) for alert, pk, until in attempts.values_list("alert", "pk", "until") if until)


def one_day_hold(alert: Alert, why: Hold.Why, calendar: WorkDays, start: dt.datetime) -> Hold:
    """Make, unsaved, a hold of a working day from `start`: of a snooze that ended, of "I'm on it"."""
    until_at = calendar.opening_after(calendar.local_date(start), OTHER_DAYS)
    return Hold(alert=alert, why=why, until_at=until_at, created_at=start)
