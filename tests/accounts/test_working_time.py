"""The working-time sums against a slow walk, over zones, siestas, clock changes, holidays and half days."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo

import holidays
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts import calendar_build, reckoning, working_time
from accounts.exceptions import BeyondCalendar, NeverOpen
from accounts.models import Calendar, CalendarDay, CalendarException, WeeklySpan
from tests.accounts.walk import Hours, Walk

pytestmark = pytest.mark.django_db

ZONES = (
    "Europe/Madrid",
    "America/Bogota",
    "America/Santiago",
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
)
# Days on which some of the zones change their clocks, and quiet ones.
CHANGES = [
    dt.date(2026, 3, 29),
    dt.date(2026, 4, 5),
    dt.date(2026, 9, 6),
    dt.date(2026, 9, 27),
    dt.date(2026, 10, 4),
    dt.date(2026, 10, 25),
]
TODAY = dt.date(2026, 1, 1)
# A calendar open for a quarter of an hour a week may want more days than the year below holds.
TABLE_ENDS = dt.date(2026, 12, 31)
NUMBER = itertools.count()


@pytest.fixture(autouse=True)
def one_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of days is enough here, and quick to build."""
    monkeypatch.setattr(calendar_build, "YEARS_BACK", 0)
    monkeypatch.setattr(calendar_build, "YEARS_AHEAD", 1)


def make(walk: Walk, country: str = "") -> Calendar:
    calendar = Calendar.objects.create(name=f"walked {next(NUMBER)}", zone=walk.zone, country=country)
    WeeklySpan.objects.bulk_create(
        WeeklySpan(calendar=calendar, weekday=weekday, opens=opens, closes=closes)
        for weekday, hours in walk.weekly.items()
        for opens, closes in hours
    )
    for date, hours in walk.exceptions.items():
        CalendarException.objects.bulk_create(
            CalendarException(calendar=calendar, date=date, opens=opens, closes=closes)
            for opens, closes in list[tuple[dt.time | None, dt.time | None]](hours) or [(None, None)]
        )
    calendar_build.rebuild(calendar, today=TODAY)
    calendar.refresh_from_db()
    return calendar


def hours_of_a_day(most: int) -> st.SearchStrategy[list[Hours]]:
    """One or two spans on quarter hours, at night too."""
    quarter = st.integers(0, 95).map(lambda n: dt.time(n // 4, n % 4 * 15))
    times = st.lists(quarter, min_size=2, max_size=2 * most, unique=True).map(sorted)
    return times.map(lambda found: list(zip(found[0::2], found[1::2], strict=False)))


near_a_change = st.builds(
    lambda date, step: date + dt.timedelta(days=step), st.sampled_from(CHANGES), st.integers(-6, 3)
)
dates = near_a_change | st.dates(dt.date(2026, 1, 2), dt.date(2026, 10, 30))


@st.composite
def walks(draw: st.DrawFn) -> tuple[Walk, str]:
    country = draw(st.sampled_from(["", "ES", "CL", "NZ"]))
    named = holidays.country_holidays(country, years=range(2026, 2028)) if country else {}
    walk = Walk(
        zone=draw(st.sampled_from(ZONES)),
        weekly=draw(st.dictionaries(st.integers(0, 6), hours_of_a_day(2), min_size=1, max_size=7)),
        exceptions=draw(st.dictionaries(dates, st.just([]) | hours_of_a_day(1), max_size=6)),
        holidays=set(named),
    )
    return walk, country


examples = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@examples
@given(drawn=walks(), starts=st.lists(dates, min_size=3, max_size=3), days=st.integers(1, 9))
def test_days_are_those_of_the_walk(drawn: tuple[Walk, str], starts: list[dt.date], days: int) -> None:
    walk, country = drawn
    calendar = make(walk, country)
    for date in starts:
        nth = walk.working_day_after(date, days)
        assume(nth < TABLE_ENDS)
        later = date + dt.timedelta(days=days)
        assert reckoning.working_day_after(calendar, date, days) == nth
        assert reckoning.add_working_days(calendar, date, days) == walk.closing(nth)
        assert reckoning.opening_of_working_day_after(calendar, date, days) == walk.opening(nth)
        assert reckoning.add_calendar_days(calendar, date, days) == walk.closing(later)
        assert reckoning.closing_on(calendar, date) == walk.closing(date)
        assert reckoning.next_opening_on(calendar, date) == walk.alert_opening(date)
        assert reckoning.is_working_day(calendar, date) == bool(walk.spans(date))


@examples
@given(
    drawn=walks(),
    date=dates,
    minute=st.integers(-600, 1800),
    work=st.integers(1, 900),
    later=st.integers(0, 4000),
)
def test_hours_are_those_of_the_walk(
    drawn: tuple[Walk, str], date: dt.date, minute: int, work: int, later: int
) -> None:
    walk, country = drawn
    calendar = make(walk, country)
    start = dt.datetime.combine(date, dt.time(0), tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
    end = start + dt.timedelta(minutes=later)
    after = walk.after(start, work)
    assume(after.date() < TABLE_ENDS)
    assert reckoning.add_working_seconds(calendar, start, work * 60) == after
    assert reckoning.working_seconds(calendar, start, end) == walk.worked(start, end) * 60
    opening = next(moment for moment, is_open in walk.minutes(start) if is_open)
    assert reckoning.opening_after(calendar, start) == opening


OFFICE = {weekday: [(dt.time(9), dt.time(14)), (dt.time(17), dt.time(20))] for weekday in range(5)}


@pytest.fixture
def madrid() -> Calendar:
    return make(Walk("Europe/Madrid", OFFICE), "ES")


def madrid_time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo("Europe/Madrid"))


def test_a_sum_that_ends_on_a_closing_time_is_due_then(madrid: Calendar) -> None:
    due = reckoning.add_working_hours(madrid, madrid_time("2026-11-24T10:00"), 4)
    assert due == madrid_time("2026-11-24T14:00")


def test_a_sum_that_passes_a_closing_time_goes_on_after_the_siesta(madrid: Calendar) -> None:
    due = reckoning.add_working_seconds(madrid, madrid_time("2026-11-24T10:00"), 4 * 3600 + 1)
    assert due == madrid_time("2026-11-24T17:00:01")


def test_hours_from_outside_count_from_the_next_opening(madrid: Calendar) -> None:
    due = reckoning.add_working_hours(madrid, madrid_time("2026-11-27T21:30"), 4)
    assert due == madrid_time("2026-11-30T13:00")


def test_fractions_of_a_second_are_cut_off(madrid: Calendar) -> None:
    due = reckoning.add_working_seconds(madrid, madrid_time("2026-11-24T10:00:00.999999"), 60)
    assert due == madrid_time("2026-11-24T10:01:00")


def test_a_closed_date_closes_at_the_latest_weekly_hour(madrid: Calendar) -> None:
    assert reckoning.add_calendar_days(madrid, dt.date(2026, 11, 27), 1) == madrid_time("2026-11-28T20:00")
    assert reckoning.next_opening_on(madrid, dt.date(2026, 11, 28)) == madrid_time("2026-11-30T09:00")


def test_a_time_that_does_not_exist_moves_forward_and_a_doubled_one_is_the_first() -> None:
    night = make(Walk("Europe/Madrid", {6: [(dt.time(2, 30), dt.time(9))]}))
    missing = reckoning.opening_of_working_day_after(night, dt.date(2026, 3, 28), 1)
    doubled = reckoning.opening_of_working_day_after(night, dt.date(2026, 10, 24), 1)
    assert missing == madrid_time("2026-03-29T03:30")
    assert doubled == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_spans_that_a_clock_change_pushes_together_do_not_count_twice() -> None:
    hours = [(dt.time(2), dt.time(2, 30)), (dt.time(3), dt.time(4))]
    night = make(Walk("Europe/Madrid", {6: hours}))
    start, end = madrid_time("2026-03-29T00:00"), madrid_time("2026-03-29T12:00")
    assert reckoning.working_seconds(night, start, end) == 3600
    assert reckoning.add_working_hours(night, start, 1) == madrid_time("2026-03-29T04:00")


def test_at_its_closing_a_calendar_is_closed(madrid: Calendar) -> None:
    assert reckoning.opening_after(madrid, madrid_time("2026-11-24T14:00")) == madrid_time("2026-11-24T17:00")
    assert reckoning.opening_after(madrid, madrid_time("2026-11-24T17:00")) == madrid_time("2026-11-24T17:00")


def test_an_exception_wins_over_a_holiday() -> None:
    christmas = dt.date(2026, 12, 25)
    walk = Walk("Europe/Madrid", OFFICE, exceptions={christmas: [(dt.time(10), dt.time(12))]})
    calendar = make(walk, "ES")
    assert reckoning.is_working_day(calendar, christmas)
    assert reckoning.closing_on(calendar, christmas) == madrid_time("2026-12-25T12:00")
    assert calendar.days.get(date=christmas).holiday


def test_an_anchor_before_the_first_date_is_due_at_its_closing(madrid: Calendar) -> None:
    first = madrid.built_from
    assert first is not None
    assert reckoning.add_working_days(madrid, first - dt.timedelta(days=1), 30) == reckoning.closing_on(madrid, first)
    assert reckoning.add_calendar_days(madrid, dt.date(1999, 1, 1), 1) == reckoning.closing_on(madrid, first)


def test_a_sum_beyond_the_calendar_is_refused(madrid: Calendar) -> None:
    last = madrid.built_until
    assert last is not None
    with pytest.raises(BeyondCalendar):
        reckoning.add_working_days(madrid, last, 1)
    with pytest.raises(BeyondCalendar):
        reckoning.add_calendar_days(madrid, last, 1)
    with pytest.raises(BeyondCalendar):
        reckoning.add_working_hours(madrid, reckoning.closing_on(madrid, last), 1)


def test_a_calendar_that_never_opens_is_refused() -> None:
    calendar = Calendar.objects.create(name="never")
    with pytest.raises(NeverOpen):
        calendar_build.rebuild(calendar, today=TODAY)


def test_many_rows_get_what_each_gets_alone(madrid: Calendar) -> None:
    bogota = make(Walk("America/Bogota", {1: [(dt.time(8), dt.time(9))], 3: [(dt.time(8), dt.time(9))]}))
    rows = CalendarDay.objects.filter(calendar__in=[madrid, bogota], date__month=3).annotate(
        due=working_time.closing_after_working_days("calendar_id", "date", 3),
        calls=working_time.after_working_seconds("calendar_id", "next_opens_at", 7200),
        local=working_time.local_date_of("calendar__zone", "next_opens_at"),
    )
    calendars = {madrid.pk: madrid, bogota.pk: bogota}
    assert len(rows) == 62
    for row in rows:
        calendar = calendars[row.calendar_id]
        assert row.due == reckoning.add_working_days(calendar, row.date, 3)
        assert row.calls == reckoning.add_working_seconds(calendar, row.next_opens_at, 7200)
        assert row.local == reckoning.local_date(calendar, row.next_opens_at)


def test_an_update_takes_the_sums(madrid: Calendar) -> None:
    date = dt.date(2026, 11, 24)
    madrid.days.filter(date=date).update(
        next_opens_at=working_time.opening_after_working_days("calendar_id", "date", 2)
    )
    assert madrid.days.get(date=date).next_opens_at == madrid_time("2026-11-26T09:00")


def test_a_rebuild_without_change_writes_nothing(madrid: Calendar) -> None:
    before = list(madrid.days.order_by("date").values_list("pk", flat=True))
    assert calendar_build.rebuild(madrid, today=TODAY) is None
    assert list(madrid.days.order_by("date").values_list("pk", flat=True)) == before


def test_a_rebuild_replaces_only_what_a_change_touches(madrid: Calendar) -> None:
    closed = dt.date(2026, 6, 16)
    kept = set(madrid.days.filter(date__lt=closed - dt.timedelta(days=1)).values_list("pk", flat=True))
    madrid.exceptions.create(date=closed)
    assert calendar_build.rebuild(madrid, today=TODAY) == closed - dt.timedelta(days=1)
    assert kept <= set(madrid.days.values_list("pk", flat=True))
    assert reckoning.next_working_day(madrid, dt.date(2026, 6, 15)) == dt.date(2026, 6, 17)


def test_a_span_that_goes_or_comes_in_the_middle_of_a_day_is_noticed(madrid: Calendar) -> None:
    thursday = madrid.weekly_spans.create(weekday=3, opens=dt.time(15), closes=dt.time(16))
    assert calendar_build.rebuild(madrid, today=TODAY) == dt.date(2026, 1, 8)
    thursday.delete()
    assert calendar_build.rebuild(madrid, today=TODAY) == dt.date(2026, 1, 8)
    assert madrid.spans.filter(date=dt.date(2026, 1, 8)).count() == 2


def test_an_extension_says_the_same_as_a_rebuild(madrid: Calendar) -> None:
    assert calendar_build.extend(madrid, today=dt.date(2026, 4, 1)) == 90
    assert calendar_build.extend(madrid, today=dt.date(2026, 4, 1)) == 0
    assert calendar_build.rebuild(madrid, today=dt.date(2026, 4, 1)) is None


def test_each_single_value_is_one_query(madrid: Calendar, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        reckoning.add_working_days(madrid, dt.date(2026, 11, 24), 3)
    with django_assert_num_queries(1):  # type: ignore[operator]
        reckoning.add_working_hours(madrid, madrid_time("2026-11-24T10:00"), 4)
