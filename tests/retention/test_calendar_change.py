"""A calendar's zone, week or days change: the tables, and all that was reckoned by them, follow at once."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from accounts import first_start
from accounts.calendar_change import put_in_force
from accounts.models import CalendarException, Team, User
from accounts.setup import ensure_defaults
from alerts.choices import Cause, Kind
from alerts.ladder import schedule_many
from alerts.models import Alert, Deadline, Morning
from alerts.mornings import ensure_mornings
from alerts.sweep import run_sweep
from crm.models import Customer
from retention.audit import audit
from tests.cast import Cast
from tests.portfolio import at, client_of, clock_of, logged

pytestmark = pytest.mark.django_db
BOGOTA = ZoneInfo("America/Bogota")


def bogota(text: str) -> dt.datetime:
    return dt.datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=BOGOTA)


def due(customer: Customer) -> Deadline:
    return Deadline.objects.open().get(customer=customer, kind=Kind.ATTENTION)


def test_another_zone_moves_dates_promises_and_mornings(cast: Cast) -> None:
    customer = client_of(cast.diego, "Café Andino", cast.andes)
    # 20:30 of the 10th in Bogotá is 2:30 of the 11th in Madrid.
    spoken = logged(customer, cast.diego, "11-11 02:30")
    now = at("11-24 09:00")
    ensure_mornings(now)
    assert (spoken.local_date, due(customer).due_at) == (dt.date(2026, 11, 10), bogota("12-10 18:00"))

    cast.bogota.zone, cast.bogota.country = "Europe/Madrid", "ES"
    cast.bogota.save()
    put_in_force(cast.bogota, now=now, actor=cast.eva)

    spoken.refresh_from_db()
    assert spoken.local_date == dt.date(2026, 11, 11)
    assert (due(customer).due_at, due(customer).cause) == (at("12-11 18:00"), Cause.CALENDAR)
    assert clock_of(customer).due_at == at("12-11 18:00")
    assert Morning.objects.get(team=cast.andes).next_at == at("11-25 08:00")
    assert audit(now) == []


def test_a_holiday_moves_the_promise_and_what_comes_next(cast: Cast) -> None:
    late, waits = (client_of(cast.ana, name, cast.iberia) for name in ("Late", "Waits"))
    logged(late, cast.ana, "10-01 11:00")
    logged(waits, cast.ana, "10-29 11:00")
    now = at("11-24 09:00")
    run_sweep(now)
    Alert.objects.filter(customer=late).update(admitted_at=now, rung=1, rung_at=now, reached_at=now)
    schedule_many(Alert.objects.values_list("pk", flat=True), now)
    alert = Alert.objects.get(customer=late)
    assert (alert.wake_at, due(waits).opens_at) == (at("11-27 09:00"), at("11-30 09:00"))

    for day in ("11-27", "11-30"):
        CalendarException.objects.create(calendar=cast.madrid, date=at(f"{day} 00:00").date())
    assert put_in_force(cast.madrid, now=now) is not None

    alert.refresh_from_db()
    assert (alert.wake_at, due(waits).opens_at) == (at("12-01 09:00"), at("12-01 09:00"))
    assert audit(now) == []


def test_what_changes_no_day_reckons_nothing(cast: Cast) -> None:
    put_in_force(cast.madrid, now=at("11-24 09:00"))
    logged(client_of(cast.ana, "Same", cast.iberia), cast.ana, "11-11 11:00")
    before = list(Deadline.objects.values())
    cast.madrid.name = "Sevilla"
    cast.madrid.save()

    assert put_in_force(cast.madrid, now=at("11-24 09:00")) is None

    assert list(Deadline.objects.values()) == before


def test_the_first_start_dates_what_an_import_brought_before(db: None) -> None:
    User.objects.all().delete()
    team: Team = ensure_defaults()
    customer = client_of(None, "Café Andino", team)
    Customer.objects.filter(pk=customer.pk).update(added_at=at("11-11 02:30"))
    now = at("11-24 09:00")
    person = first_start.FirstPerson(
        email="eva@example.org", name="Eva", password="una-buena-clave-9", language="es", team="Casa", country="CO",
        zone="America/Bogota",
    )  # fmt: skip

    first_start.create_first(person, first_start.new_code(now), now)

    customer.refresh_from_db()
    assert customer.added_on == dt.date(2026, 11, 10)
    assert due(customer).due_at == bogota("11-18 18:00")
