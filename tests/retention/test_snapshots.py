"""Each evening's numbers: as they were known when the date ended there, the same whenever they are written."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Calendar
from accounts.reckoning import start_of
from alerts import nightly
from alerts.reassign import reassign
from alerts.sweep import run_sweep
from crm.agreements import agree_on_date, resume_follow_up, stop_follow_up
from crm.archive import archive, change_stage, unarchive
from crm.choices import Outcome
from crm.log import Entry, delete_interaction, log_interaction, undo_interaction
from crm.models import Clock, Customer, Interaction, Segment
from crm.profile import Extras, save_customer
from retention.models import DailySnapshot
from retention.policies import Scope, change_policy
from retention.snapshots import differences, rebuild, write_last_day
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

    assert write_last_day(NIGHT) == 2
    assert rows(owner=cast.ana, team=cast.iberia) == [("fine", 1, Decimal(7)), ("overdue", 2, Decimal(150))]


def test_each_currency_and_segment_has_its_own_row(db: None, cast: Cast) -> None:
    vip = Segment.objects.create(name="VIP")
    client_of(cast.ana, "A", cast.iberia, annual_value=100, currency="EUR", segment=vip)
    client_of(cast.ana, "B", cast.iberia, annual_value=100, currency="USD", segment=vip)
    client_of(cast.ana, "C", cast.iberia)

    assert write_last_day(NIGHT) == 3
    assert DailySnapshot.objects.filter(segment=vip).count() == 2
    assert DailySnapshot.objects.get(segment=None).value is None


def test_the_state_is_that_of_the_end_of_the_date(db: None, cast: Cast) -> None:
    # Due at 18:00 of the 25th: overdue when the rows are written late, not at the end of the 24th.
    logged(client_of(cast.ana, "A", cast.iberia), cast.ana, "10-26 10:00")

    rebuild(DAY, DAY, at("11-27 02:30"))

    assert rows() == [("soon", 1, None)]


def test_a_second_night_writes_nothing(db: None, cast: Cast) -> None:
    customer = client_of(cast.ana, "A", cast.iberia)
    write_last_day(NIGHT)
    before = rows()
    logged(customer, cast.ana, "11-25 02:00")

    assert write_last_day(NIGHT) == 0
    assert rows() == before


def test_a_call_after_midnight_belongs_to_the_next_date(db: None, cast: Cast) -> None:
    logged(customer := client_of(cast.ana, "A", cast.iberia), cast.ana, "10-01 10:00")
    logged(customer, cast.ana, "11-25 00:30")

    write_last_day(NIGHT)

    assert rows() == [("overdue", 1, None)]


def test_a_date_that_has_not_ended_there_waits(db: None, cast: Cast) -> None:
    client_of(cast.ana, "Madrid", cast.iberia)
    client_of(cast.diego, "Bogotá", cast.andes)
    # 02:30 in Madrid is 20:30 of the day before in Bogotá.
    assert rebuild(DAY, DAY, NIGHT) == 1
    assert rebuild(DAY, DAY, at("11-25 12:00")) == 2
    assert set(DailySnapshot.objects.values_list("team__name", "calendar__name")) == {
        ("Iberia", cast.madrid.name),
        ("Andes", cast.bogota.name),
    }


def test_nights_that_did_not_run_are_made_up_for(db: None, cast: Cast) -> None:
    logged(client_of(cast.ana, "A", cast.iberia), cast.ana, "10-26 10:00")
    write_last_day(NIGHT)

    assert write_last_day(at("11-28 02:30")) == 3
    days = DailySnapshot.objects.order_by("day").values_list("day__day", "state")
    assert list(days) == [(24, "soon"), (25, "overdue"), (26, "overdue"), (27, "overdue")]


def test_who_is_not_served_is_not_counted(db: None, cast: Cast) -> None:
    for name in ("Archived", "Leaving", "Departed"):
        client_of(cast.ana, name, cast.iberia)
    clients = {one.name: one for one in Customer.objects.all()}
    archive(clients["Archived"], actor=cast.ana, now=at("11-24 10:00"))
    change_stage(clients["Leaving"], "leaving", actor=cast.ana, now=at("11-24 10:00"))
    change_stage(clients["Departed"], "departed", actor=cast.ana, now=at("11-24 10:00"))

    assert write_last_day(NIGHT) == 0
    rebuild(dt.date(2026, 11, 23), dt.date(2026, 11, 23), NIGHT)
    assert DailySnapshot.objects.get().count == 3


@pytest.mark.parametrize("job", ["snapshots", "audit"])
def test_the_night_does_both(job: str) -> None:
    assert job in [one.name for one in nightly._jobs]


# --- Some weeks lived through, and looked back at --------------------------------------------------------------------

#: Winter time begins on 25 October.
FIRST, LAST = dt.date(2026, 10, 12), dt.date(2026, 11, 20)
Act = Callable[[dt.datetime], object]


class Weeks:
    """A portfolio in two zones, to which everything happens that changes a state or a scope."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.vip = Segment.objects.create(name="VIP")
        self.calls: dict[str, Interaction] = {}
        waits = ("09-14", "09-18", "09-22", "09-28", "10-02", "10-07", "10-09", None)
        for number, last in enumerate(waits):
            client = client_of(
                (cast.ana, cast.bruno, None)[number % 3],
                f"Iberia {number}",
                cast.iberia,
                segment=self.vip if number % 2 else None,
                annual_value=(None, Decimal("1000.10"), Decimal("2500.25"))[number % 3],
                currency=("", "EUR", "USD")[number % 3],
            )
            if last:
                logged(client, cast.ana, f"{last} 11:00")
        for number, last in enumerate(("09-15", "09-29", "10-08")):
            logged(client_of(cast.diego, f"Andes {number}", cast.andes), cast.diego, f"{last} 17:00")

    def acts(self) -> dict[str, Act]:
        cast = self.cast
        return {
            "10-13 10:00": self.call("Iberia 0"),
            "10-13 10:05": lambda now: undo_interaction(self.calls["Iberia 0"], actor=cast.ana, now=now),
            "10-14 09:30": lambda now: self.hand_over(["Iberia 1", "Iberia 4"], cast.ana, now),
            # Logged a week late; and just after midnight, before the night's work.
            "10-15 12:00": self.call("Iberia 2", late=dt.timedelta(days=7)),
            "10-16 00:30": self.call("Iberia 3"),
            "10-17 11:00": lambda now: delete_interaction(self.calls["Iberia 3"], actor=cast.ana, now=now),
            "10-18 11:00": lambda now: self.edit("Iberia 4", now, segment=self.vip, annual_value=Decimal("7.30")),
            "10-19 11:00": lambda now: self.hand_over(["Iberia 5"], cast.diego, now),
            "10-20 11:00": lambda now: archive(self.client("Iberia 6"), actor=cast.eva, now=now),
            "10-21 11:00": lambda now: change_policy(
                Scope(self.vip), {"attention_amount": 14}, actor=cast.eva, reason="Closer", now=now
            ),
            "10-22 11:00": lambda now: client_of(cast.bruno, "New", cast.iberia, added=f"{now:%m-%d %H:%M}"),
            "10-23 11:00": lambda now: self.quiet("Iberia 7", now),
            "10-26 11:00": lambda now: unarchive(self.client("Iberia 6"), actor=cast.eva, now=now),
            "10-27 11:00": lambda now: change_stage(self.client("Andes 0"), "leaving", actor=cast.eva, now=now),
            "10-28 11:00": lambda now: resume_follow_up(self.client("Iberia 7"), actor=cast.carla, now=now),
            "10-29 11:00": lambda now: change_stage(self.client("Andes 0"), "care", actor=cast.eva, now=now),
            "10-30 23:50": self.call("Andes 1"),
            "11-02 11:00": lambda now: change_stage(self.client("Andes 2"), "departed", actor=cast.eva, now=now),
            "11-04 11:00": lambda now: self.hand_over(["Iberia 0"], None, now),
            "11-05 11:00": lambda now: self.agree("Iberia 1", now),
            "11-09 11:00": lambda now: change_stage(self.client("Andes 2"), "care", actor=cast.eva, now=now),
            "11-11 11:00": lambda now: change_policy(
                Scope(), {"attention_amount": 45}, actor=cast.eva, reason="Looser", now=now
            ),
            "11-12 11:00": self.call("Andes 0", outcome=Outcome.NO_ANSWER),
            "11-16 16:00": self.call("Iberia 0"),
        }

    def client(self, name: str) -> Customer:
        return Customer.objects.get(name=name)

    def call(self, name: str, late: dt.timedelta = dt.timedelta(0), outcome: str = Outcome.REACHED) -> Act:
        def act(now: dt.datetime) -> None:
            entry = Entry(customer=self.client(name), outcome=outcome, at=now - late)
            self.calls[name] = log_interaction(entry, actor=self.cast.ana, now=now).interaction

        return act

    def hand_over(self, names: list[str], owner: object, now: dt.datetime) -> None:
        clients = Customer.objects.filter(pk__in=[self.client(name).pk for name in names])
        moved = reassign(clients, owner=owner, actor=self.cast.eva, now=now)  # type: ignore[arg-type]
        assert moved.customers == len(names)

    def edit(self, name: str, now: dt.datetime, **fields: object) -> None:
        client = self.client(name)
        for field, value in fields.items():
            setattr(client, field, value)
        save_customer(client, Extras(), fields, version=client.version, actor=self.cast.eva, now=now)

    def quiet(self, name: str, now: dt.datetime) -> None:
        review = dt.date(2027, 3, 1)
        stop_follow_up(self.client(name), reason="They call us", review_on=review, actor=self.cast.carla, now=now)

    def agree(self, name: str, now: dt.datetime) -> None:
        agree_on_date(self.client(name), dt.date(2026, 11, 13), reason="They asked", actor=self.cast.carla, now=now)


Evenings = dict[tuple[dt.date, int], Counter[tuple[object, ...]]]


def on_the_clocks(calendar: Calendar, end: dt.datetime) -> Counter[tuple[object, ...]]:
    """What clocks say at the very end of a date, one by one."""
    found: Counter[tuple[object, ...]] = Counter()
    for clock in Clock.objects.filter(calendar=calendar, active=True):
        state = clock.status_at(end).state.value
        found[clock.owner_id, clock.team_id, clock.segment_id, state, clock.currency] += 1
        found[clock.owner_id, clock.team_id, clock.segment_id, state, clock.currency, "cents"] += int(
            (clock.value or 0) * 100
        )
    return found


def as_written() -> Evenings:
    found: Evenings = defaultdict(Counter)
    for row in DailySnapshot.objects.all():
        key = (row.owner_id, row.team_id, row.segment_id, row.state, row.currency)
        found[row.day, row.calendar_id or 0][key] += row.count
        found[row.day, row.calendar_id or 0][(*key, "cents")] += int((row.value or 0) * 100)
    return found


@pytest.fixture
def lived(db: None, cast: Cast) -> Iterator[Evenings]:
    """Live from FIRST to LAST, nights included; what the clocks said at the end of each date."""
    weeks = Weeks(cast)
    evenings: Evenings = {}
    moments: list[tuple[dt.datetime, Act]] = [(at(when), act) for when, act in weeks.acts().items()]
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + dt.timedelta(days=number)
        moments.append((dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC), run_sweep))
        night = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(2, 30), tzinfo=dt.UTC)
        moments.append((night, write_last_day))
        for calendar in (cast.madrid, cast.bogota):
            end = start_of(calendar, day + dt.timedelta(days=1))
            moments.append(
                (end, lambda now, c=calendar, d=day: evenings.update({(d, c.pk): on_the_clocks(c, now)}))  # type: ignore[misc]
            )
    for now, act in sorted(moments, key=lambda one: one[0]):
        with time_machine.travel(now, tick=False):
            act(now)
    yield evenings


END = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def test_nights_and_a_rebuild_write_what_the_clocks_said_when_each_date_ended(lived: Evenings) -> None:
    nights = as_written()

    # The last night of Bogotá has not come.
    assert len(nights.keys() & lived.keys()) == len(lived) - 1
    for evening in nights.keys() & lived.keys():
        assert +nights[evening] == +lived[evening], evening
    states = {key[3] for counted in lived.values() for key in counted}
    assert states == {"fine", "soon", "overdue", "nocadence"}

    with CaptureQueriesContext(connection) as queries:
        rebuild(FIRST, LAST, END)

    rebuilt = as_written()
    assert {evening: rebuilt[evening] for evening in nights} == nights
    for evening, expected in lived.items():
        assert +rebuilt[evening] == +expected, evening
    assert list(differences(FIRST, LAST, END)) == []
    # Four a chunk of sixty evenings.
    assert len(queries) < 16


def test_what_was_tampered_with_is_found_and_mended(db: None, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    logged(client_of(cast.ana, "A", cast.iberia, annual_value=100, currency="EUR"), cast.ana, "09-28 10:00")
    rebuild(FIRST, LAST, END)
    one = DailySnapshot.objects.filter(day=dt.date(2026, 11, 2), state="overdue").first()
    assert one is not None
    DailySnapshot.objects.filter(pk=one.pk).update(count=one.count + 1)
    asked = ("snapshots", "--rebuild", FIRST.isoformat(), LAST.isoformat())

    with time_machine.travel(END, tick=False):
        with pytest.raises(CommandError, match="1 rows differ"):
            call_command(*asked, "--check")
        assert DailySnapshot.objects.get(pk=one.pk).count == one.count + 1
        call_command(*asked)
        call_command(*asked, "--check")

    assert "2026-11-02: " in (said := capsys.readouterr().out)
    assert "All rows are as they should be." in said


def test_dates_that_make_no_sense_are_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no date"):
        call_command("snapshots", "--rebuild", "yesterday", "2026-11-02")
    with pytest.raises(CommandError, match="FROM is after TO"):
        call_command("snapshots", "--rebuild", "2026-11-03", "2026-11-02")
