"""What the walks share: a client who has waited too long, and hours that are open whenever the tests run."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.calendar_build import rebuild
from accounts.models import WeeklySpan
from alerts.models import Alert
from alerts.sweep import run_sweep
from crm.choices import Outcome
from crm.log import Entry, log_interaction
from crm.models import Customer
from tests.cast import Cast
from tests.portfolio import client_of, person_at


@pytest.fixture
def open_all_day(transactional_db: None, cast: Cast) -> Cast:
    """The cast, whose calendar is open at any hour: whoever is to be told at once is."""
    cast.madrid.weekly_spans.all().delete()
    WeeklySpan.objects.bulk_create(
        WeeklySpan(calendar=cast.madrid, weekday=day, opens=dt.time(0, 0), closes=dt.time(23, 59, 59))
        for day in range(7)
    )
    rebuild(cast.madrid, today=timezone.now().date())
    return cast


@pytest.fixture
def solis(transactional_db: None, cast: Cast) -> Customer:
    """A key client of Ana's who has waited 41 days of 30; their alert is open and spoken of."""
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia, phone="+34954550188", key=True)
    person_at(customer, "Julián Solís")
    then = timezone.now() - dt.timedelta(days=41)
    log_interaction(Entry(customer, Outcome.REACHED, then), actor=cast.ana, now=then)
    run_sweep(timezone.now())
    assert Alert.objects.calling().get().customer == customer
    return customer
