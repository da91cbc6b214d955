"""A change looked at before it is made: what is counted is what the change then does; no clock waits for it (A8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Count, Q
from django.test.utils import CaptureQueriesContext

from crm.agreements import agree_on_date, stop_follow_up
from crm.archive import change_stage
from crm.choices import Channel, Stage, Unit
from crm.events import Change, facts_changed
from crm.models import Clock, Customer, Segment
from retention.policies import Scope, change_policy, preview_change
from tests import portfolio
from tests.cast import Cast
from tests.portfolio import client_of, logged

NOW = portfolio.NOW.astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def build(cast: Cast) -> Segment:
    """Clients of every kind that a promise is dated by: in two zones, some of a segment, one of their own promise."""
    gold = Segment.objects.create(name="Oro", position=1)
    for number, day in enumerate(("10-02", "10-30", "11-04", "11-12", "11-14", "11-23")):
        for owner, team in ((cast.ana, cast.iberia), (cast.diego, cast.andes)):
            segment = gold if number % 3 == 0 else None
            client = client_of(owner, f"Client {number} {owner}", team, segment=segment)
            logged(client, owner, f"{day} 11:00", channel=Channel.VISIT if number % 2 else Channel.CALL)
    new = client_of(cast.ana, "Never contacted", cast.iberia, added="11-20 10:00")
    for number in range(1, 6):
        client_of(cast.bruno, f"Imported {number}", cast.iberia, added="11-10 10:00", import_k=number, import_n=5)
    agreed, later, quiet, back, going, own = Customer.objects.exclude(pk=new.pk).order_by("pk")[:6]
    agree_on_date(agreed, dt.date(2026, 12, 1), reason="Holidays", actor=cast.carla, now=NOW)
    agree_on_date(later, dt.date(2026, 12, 20), reason="Holidays", actor=cast.carla, now=NOW)
    stop_follow_up(quiet, reason="Asked", review_on=dt.date(2026, 12, 30), actor=cast.carla, now=NOW)
    change_stage(back, Stage.DEPARTED, actor=cast.carla, now=NOW - dt.timedelta(days=9))
    change_stage(back, Stage.RECOVERED, actor=cast.carla, now=NOW - dt.timedelta(days=1))
    change_stage(going, Stage.LEAVING, actor=cast.carla, now=NOW)
    change_policy(Scope(customer=own), {"attention_amount": 90}, actor=None, reason="Theirs", now=NOW)
    facts_changed(Customer.objects.all(), change=Change("person"), now=NOW)
    return gold


def states(customers: list[int]) -> tuple[int, ...]:
    """Of the active clients: all, overdue, due within 7 days, within 30."""
    week, month = NOW + dt.timedelta(days=7), NOW + dt.timedelta(days=30)
    counts = Clock.objects.filter(active=True, pk__in=customers).aggregate(
        all=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lte=NOW)),
        week=Count("pk", filter=Q(due_at__gt=NOW, due_at__lte=week)),
        month=Count("pk", filter=Q(due_at__gt=NOW, due_at__lte=month)),
    )
    return tuple(counts[name] for name in ("all", "overdue", "week", "month"))


CHANGES: list[dict[str, Any]] = [
    {"attention_amount": 11},
    {"attention_amount": 20, "attention_unit": Unit.WORKING_DAYS, "grace_days": 2},
    {"attention_amount": 45, "personal_amount": 25},
    {"attention_amount": 30, "personal_amount": 12, "personal_unit": Unit.WORKING_DAYS, "welcome_days": 1},
]


@pytest.mark.django_db
@pytest.mark.parametrize("terms", CHANGES)
@pytest.mark.parametrize("whose", ["everybody", "segment", "customer"])
def test_it_counts_what_the_change_then_does(cast: Cast, terms: dict[str, Any], whose: str) -> None:
    gold = build(cast)
    one = Customer.objects.filter(segment=None).latest("pk")
    scope = {"everybody": Scope(), "segment": Scope(gold), "customer": Scope(customer=one)}[whose]
    theirs = list(scope.customers().values_list("pk", flat=True))
    before = states(theirs)

    foreseen = preview_change(scope, terms, now=NOW)
    change_policy(scope, terms, actor=None, reason="Tried", now=NOW)

    assert (
        foreseen.customers,
        foreseen.overdue_before,
        foreseen.due_in_7_days_before,
        foreseen.due_in_30_days_before,
    ) == before
    after = states(theirs)
    assert (foreseen.customers, foreseen.overdue_after, foreseen.due_in_7_days, foreseen.due_in_30_days) == after


@pytest.mark.django_db
def test_no_client_waits_for_it(cast: Cast) -> None:
    build(cast)
    with CaptureQueriesContext(connection) as asked:
        preview_change(Scope(), {"attention_amount": 11, "personal_amount": 40}, now=NOW)

    written = [query["sql"] for query in asked if query["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]
    assert written and all('"alerts_wanted"' in sql.split("(")[0].split("SET")[0] for sql in written)
    assert not any("FOR UPDATE" in query["sql"] for query in asked)
