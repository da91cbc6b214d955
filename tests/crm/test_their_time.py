"""Their own hours: what their clock says, and whether one should rather not call."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from crm.their_time import their_time

MADRID = ZoneInfo("Europe/Madrid")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "now", "words"),
    [
        ("America/Mexico_City", "2026-11-24T08:12", "02:12"),
        # Madrid goes back on 25 October, New York a week later.
        ("America/New_York", "2026-10-24T12:00", "08:00"),
        ("America/New_York", "2026-10-26T12:00", "08:00"),
        ("America/New_York", "2026-11-02T12:00", "07:00"),
        # Before and after the night on which New York springs forward.
        ("America/New_York", "2026-03-08T06:59", "01:59"),
        ("America/New_York", "2026-03-08T07:00", "03:00"),
        ("Asia/Kolkata", "2026-11-24T08:12", "13:42"),
    ],
)
def test_their_clock_says_what_a_wall_clock_there_does(zone: str, now: str, words: str) -> None:
    found = their_time(zone, MADRID, utc(now))
    assert found is not None
    assert found.words == words


def test_nothing_where_it_is_the_readers_own_hour_or_not_known() -> None:
    for zone in ("", "Europe/Madrid", "Europe/Paris", "Mars/Olympus"):
        assert their_time(zone, MADRID, utc("2026-11-24T08:12")) is None
    # Lisbon differs all year, London alike; Casablanca only while Madrid keeps summer time is another matter.
    assert their_time("Africa/Algiers", MADRID, utc("2026-11-24T08:12")) is None
    assert their_time("Africa/Algiers", MADRID, utc("2026-07-24T08:12")) is not None


@pytest.mark.parametrize(
    ("now", "early", "late"),
    [
        ("2026-11-24T13:59", True, False),
        ("2026-11-24T14:00", False, False),
        ("2026-11-25T01:59", False, False),
        ("2026-11-25T02:00", False, True),
    ],
)
def test_decent_hours_are_from_8_to_20_there(now: str, early: bool, late: bool) -> None:
    found = their_time("America/Mexico_City", MADRID, utc(now))
    assert found is not None
    assert (found.early, found.late) == (early, late)
