"""Each evening's numbers: as of the end of the date in each calendar, written once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from alerts import nightly
from crm.models import Customer, Segment
from retention.models import DailySnapshot
from retention.snapshots import write_last_day, write_snapshot
from tests.cast import Cast
from tests.portfolio import at, client_of, logged

DAY = dt.date(2026, 11, 24)
NIGHT = at("11-25 02:30")


def rows(**only: object) -> list[tuple[str, int, Decimal | None]]:
    found = DailySnapshot.objects.filter(day=DAY, **only).order_by("state", "currency")
    return list(found.values_list("state", "count", "value"))


def test_states_are_counted_by_owner_with_their_value(db: None, cast: Cast) -> None:
    for name, last, worth in (("A", "10-01 10:00", 100), ("B", "10-02 10:00", 50), ("C", "11-20 10:00", 7)):
        logged(client_of(cast.ana, name, cast.iberia, annual_value=worth, currency="EUR"), cast.ana, last)

    assert write_snapshot(DAY, NIGHT) == 2
    assert rows(owner=cast.ana, team=cast.iberia) == [("fine", 1, Decimal(7)), ("overdue", 2, Decimal(150))]


def test_each_currency_and_segment_has_its_own_row(db: None, cast: Cast) -> None:
    vip = Segment.objects.create(name="VIP")
    client_of(cast.ana, "A", cast.iberia, annual_value=100, currency="EUR", segment=vip)
    client_of(cast.ana, "B", cast.iberia, annual_value=100, currency="USD", segment=vip)
    client_of(cast.ana, "C", cast.iberia)

    assert write_snapshot(DAY, NIGHT) == 3
    assert DailySnapshot.objects.filter(segment=vip).count() == 2
    assert DailySnapshot.objects.get(segment=None).value is None


def test_the_state_is_that_of_the_end_of_the_date(db: None, cast: Cast) -> None:
    # Due at 18:00 of the 25th: overdue when the night comes late, not at the end of the 24th.
    logged(client_of(cast.ana, "A", cast.iberia), cast.ana, "10-26 10:00")

    write_snapshot(DAY, at("11-27 02:30"))

    assert rows() == [("soon", 1, None)]


def test_a_second_night_writes_nothing(db: None, cast: Cast) -> None:
    customer = client_of(cast.ana, "A", cast.iberia)
    write_last_day(NIGHT)
    before = rows()
    logged(customer, cast.ana, "11-25 02:00")

    assert write_last_day(NIGHT) == 0
    assert rows() == before


def test_a_date_that_has_not_ended_there_waits(db: None, cast: Cast) -> None:
    client_of(cast.ana, "Madrid", cast.iberia)
    client_of(cast.diego, "Bogotá", cast.andes)
    # 02:30 in Madrid is 20:30 of the day before in Bogotá.
    assert write_snapshot(DAY, NIGHT) == 1
    assert write_snapshot(DAY, at("11-25 12:00")) == 1
    assert set(DailySnapshot.objects.values_list("team__name", "calendar__name")) == {
        ("Iberia", cast.madrid.name),
        ("Andes", cast.bogota.name),
    }


def test_who_is_not_served_is_not_counted(db: None, cast: Cast) -> None:
    customer = client_of(cast.ana, "A", cast.iberia)
    Customer.objects.filter(pk=customer.pk).update(stage="departed")
    from tests.portfolio import tell

    tell(customer, NIGHT)

    assert write_snapshot(DAY, NIGHT) == 0


@pytest.mark.parametrize("job", ["snapshots", "audit"])
def test_the_night_does_both(job: str) -> None:
    assert job in [one.name for one in nightly._jobs]
