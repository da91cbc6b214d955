"""Promises and calendars at their edges: refused with a word, or reckoned; never a client forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.acting import acting_for
from accounts.calendar_build import rebuild
from accounts.models import Absence, Calendar
from alerts.sweep import run_sweep
from crm.models import AgreedDate, Customer, Task
from retention.audit import audit
from retention.policies import Scope, change_policy
from tests.cast import Cast
from tests.portfolio import client_of, logged

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("day", ["2032-05-05", "9999-12-31", "0001-01-01"])
def test_a_day_beyond_the_calendar_is_refused_beside_its_field(cast: Cast, day: str) -> None:
    customer, browser = client_of(cast.ana, "Ferretería", cast.iberia), Client(headers={"HX-Request": "true"})
    browser.force_login(cast.ana)
    forms: list[tuple[str, dict[str, Any]]] = [
        ("agreed-date", {"day": day, "reason": "They asked"}),
        ("no-follow-up", {"review_on": day, "reason": "They asked"}),
    ]
    if day > "2":
        forms.append(("next-step", {"due_on": day, "title": "Offer", "promised": "on"}))
    for path, data in forms:
        answer = browser.post(f"/customers/{customer.pk}/{path}/", data)
        assert answer.status_code == 422, path
        assert day in answer.content.decode()
    entry = {"customer": customer.pk, "channel": "call", "direction": "out", "outcome": "reached", "next_step": "Offer"}
    answer = browser.post(
        "/log/", entry | {"next_date": day, "next_when": "pick", "promised": "on", "summary": "Kept words"}
    )
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert not AgreedDate.objects.exists()
    assert not Task.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 5000, 100_000, 10**12])
def test_an_impossible_promise_is_refused_whole(cast: Cast, days: int) -> None:
    customer, before = client_of(cast.ana, "Ferretería", cast.iberia), Scope().current()
    now = timezone.now()
    for unit in ("days", "working_days"):
        terms: dict[str, object] = {"attention_amount": days, "attention_unit": unit}
        with pytest.raises(ValidationError):
            change_policy(Scope(), terms, actor=cast.eva, reason="", now=now)
    assert Scope().current() == before
    logged(customer, cast.ana, "11-24 09:10")
    assert audit(now) == []


def test_a_calendar_without_an_open_hour_loops_nowhere(cast: Cast) -> None:
    customer = client_of(cast.ana, "Ferretería", cast.iberia)
    calendar: Calendar = cast.madrid
    calendar.spans.all().delete()
    try:
        rebuild(calendar, today=dt.date(2026, 11, 24))
    except ValidationError:
        return
    logged(customer, cast.ana, "11-24 09:10")
    run_sweep(timezone.now())
    assert Customer.objects.filter(pk=customer.pk).exists()


def test_people_away_who_cover_each_other_end_with_the_queue(cast: Cast) -> None:
    now = timezone.now()
    days = {"starts_at": now - dt.timedelta(days=2), "ends_at": now + dt.timedelta(days=2)}
    Absence.objects.create(user=cast.ana, cover=cast.bruno, **days)
    Absence.objects.create(user=cast.bruno, cover=cast.ana, **days)
    assert acting_for(cast.ana, cast.iberia, now) is None
    run_sweep(now)
