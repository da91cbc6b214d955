"""The scope of a customer (owner, team, segment …) copied onto its clock, where lists filter."""

from __future__ import annotations

import datetime as dt

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.events import Tell
from accounts.instants import LocalDate
from accounts.models import Calendar, Membership, Team, User
from crm.models import Clock, Customer, Interaction
from crm.prepared import Compiled, execute, fetch, select, update


def calendar_of() -> Coalesce:
    """T5: the team's calendar, else the owner's primary team's, else the default team's."""
    primary = Membership.objects.filter(user=OuterRef("owner"), is_primary=True)
    default = Team.objects.filter(is_default=True)
    return Coalesce(
        F("team__calendar_id"),
        Subquery(primary.values("team__calendar_id")[:1]),
        Subquery(default.values("calendar_id")[:1]),
        output_field=BigIntegerField(),
    )


def copy_scope(customers: QuerySet[Customer]) -> None:
    """Write the clocks' copies of the given customers' scope; clocks that miss are made.

    Where the calendar's zone changes with it, the customers' local dates are reckoned anew.
    """
    moved = [pk for (pk,) in fetch("moved", _compile_moved, customers)]
    missing = fetch("clockless", _compile_clockless, customers)
    Clock.objects.bulk_create([Clock(customer_id=pk, calendar_id=cal) for pk, cal in missing], batch_size=2000)
    execute("scope", _compile_scope, customers)
    if moved:
        reckon_dates(Customer.objects.filter(pk__in=moved))


def _compile_clockless(customers: QuerySet[Customer]) -> Compiled:
    missing = customers.filter(clock__isnull=True).annotate(cal=calendar_of())
    return select(missing.order_by().values_list("pk", "cal"))


def _compile_moved(customers: QuerySet[Customer]) -> Compiled:
    """Customers whose new calendar has another zone than the one on their clock, or who had none."""
    zone = Calendar.objects.filter(pk=OuterRef("cal")).values("zone")
    theirs = customers.annotate(cal=calendar_of()).annotate(zone=Subquery(zone))
    return select(theirs.exclude(clock__calendar__zone=F("zone")).order_by().values_list("pk"))


def _compile_scope(customers: QuerySet[Customer]) -> Compiled:
    source = Customer.objects.filter(pk=OuterRef("pk")).annotate(cal=calendar_of())

    def copied(field: str) -> Subquery:
        return Subquery(source.values(field)[:1])

    return update(
        Clock.objects.filter(customer__in=customers.values("pk")),
        owner_id=copied("owner_id"),
        team_id=copied("team_id"),
        segment_id=copied("segment_id"),
        calendar_id=copied("cal"),
        value=copied("annual_value"),
        currency=copied("currency"),
        active=Case(
            When(Q(pk__in=Customer.objects.active().values("pk")), then=Value(True)),
            default=Value(False),
        ),
    )


def reckon_dates(customers: QuerySet[Customer]) -> None:
    """Write the local dates of customers and their interactions by the zone of their clock's calendar (T5)."""
    clock = Clock.objects.filter(pk=OuterRef("customer_id"))
    zone = Subquery(clock.values("calendar__zone")[:1])
    theirs = Interaction.objects.filter(customer__in=customers.values("pk"))
    local_date = LocalDate(F("counts_at"), zone)
    # Most are right already: a zone changes few dates, hours and holidays none.
    theirs.exclude(local_date=local_date).update(local_date=local_date)
    zone = Subquery(Clock.objects.filter(pk=OuterRef("pk")).values("calendar__zone")[:1])
    added_on, returned_on = LocalDate(F("added_at"), zone), LocalDate(F("returned_at"), zone)
    customers.exclude(added_on=added_on).update(added_on=added_on)
    customers.filter(returned_at__isnull=False).update(returned_on=returned_on)


def calendar_changed(calendar: Calendar, _actor: User | None, _now: dt.datetime, _tell: Tell) -> None:
    """Date what happened with the customers of a calendar by the zone that it has now (T5)."""
    theirs = Clock.objects.filter(calendar=calendar)
    reckon_dates(Customer.objects.filter(pk__in=theirs.values("pk")))
