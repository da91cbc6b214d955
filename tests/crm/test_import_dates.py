"""Dates as people write them; day or month first decided for the whole column."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from crm.importing.dates import DateOrder, decide_order, parse, parse_clock

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-14", date(2024, 3, 14)),
        ("2024/3/4", date(2024, 3, 4)),
        ("20240314", date(2024, 3, 14)),
        ("14 de marzo de 2024", date(2024, 3, 14)),
        ("14-mar-24", date(2024, 3, 14)),
        ("March 14, 2024 3:30 PM", date(2024, 3, 14)),
        ("mar. 14 mars 2024", date(2024, 3, 14)),
        ("2024年3月14日", date(2024, 3, 14)),
        ("令和6年3月14日", date(2024, 3, 14)),
        ("45365", date(2024, 3, 14)),
        ("1710412200000", date(2024, 3, 14)),
        ("14/03/2024", date(2024, 3, 14)),
        ("3/14/2024", date(2024, 3, 14)),
    ],
)
def test_a_date_that_can_be_read_in_one_way_only_is_read(text: str, day: date) -> None:
    moment = parse(text)
    assert moment is not None and moment.day == day


@pytest.mark.parametrize(
    "text", ["03/04/2024", "hello", "2024-02-30", "31/02/2024", "12", "May", "0/0/00", "99/99/9999"]
)
def test_what_is_unclear_or_no_date_is_not_guessed(text: str) -> None:
    assert parse(text) is None


def test_the_order_settles_what_is_unclear() -> None:
    first, second = parse("03/04/2024", DateOrder.DAY_FIRST), parse("03/04/2024", DateOrder.MONTH_FIRST)
    assert first is not None and second is not None
    assert (first.day, second.day) == (date(2024, 4, 3), date(2024, 3, 4))


def test_a_day_first_column_rejects_a_month_above_12() -> None:
    assert parse("03/14/2024", DateOrder.DAY_FIRST) is None


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["03/04/2024", "14/04/2024"], DateOrder.DAY_FIRST),
        (["03/04/2024", "03/14/2024"], DateOrder.MONTH_FIRST),
        (["03/04/2024", "05/06/2024"], DateOrder.UNDECIDED),
        (["14/03/2024", "03/14/2024"], DateOrder.MIXED),
        (["03/03/2024", "2024-05-06"], DateOrder.PLAIN),
        (["", "n/a"], DateOrder.PLAIN),
    ],
)
def test_the_whole_column_decides_the_order(values: list[str], order: DateOrder) -> None:
    assert decide_order(values) is order


def test_a_time_without_offset_is_local_and_one_with_it_is_not() -> None:
    local, offset = parse("2024-07-01 10:30"), parse("2024-07-01T10:30:00.000+0000")
    assert local is not None and offset is not None
    assert local.instant(MADRID, default=time(12)) == datetime(2024, 7, 1, 8, 30, tzinfo=UTC)
    assert offset.instant(MADRID, default=time(12)) == datetime(2024, 7, 1, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("3:30 PM", time(15, 30)),
        ("12:05 a. m.", time(0, 5)),
        ("15h30", time(15, 30)),
        ("9:05", time(9, 5)),
        ("25:00", None),
    ],
)
def test_times_of_day_in_their_ways(text: str, clock: time | None) -> None:
    found = parse_clock(text)
    assert (found[0] if found else None) == clock
