"""Whatever people do, clock, deadlines and alerts are what the walk of `oracle.py` says they must be."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st

import accounts.calendar_build as calendar_build
from accounts.models import Calendar, Team, WeeklySpan
from accounts.setup import make_calendar
from alerts.models import Alert, Deadline, DeliveryItem
from alerts.sweep import run_sweep
from crm.events import Change, facts_changed
from crm.models import Clock, Customer, Interaction, Segment
from crm.querysets import CustomerQuerySet
from tests.cast import Cast
from tests.engine.operations import OPERATIONS, Stage, names
from tests.engine.oracle import Oracle
from tests.engine.rows import differ, snapshot
from tests.engine.script import Step, dealt, scripts

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 24)
#: Before a change of the clock in Madrid, in Santiago, before Christmas, and in plain weeks.
STARTS = [
    dt.datetime(2026, 3, 26, 8, tzinfo=dt.UTC),
    dt.datetime(2026, 4, 1, 15, tzinfo=dt.UTC),
    dt.datetime(2026, 9, 3, 21, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 22, 11, tzinfo=dt.UTC),
    dt.datetime(2025, 12, 19, 9, tzinfo=dt.UTC),
    dt.datetime(2026, 6, 9, 13, 20, 7, tzinfo=dt.UTC),
]
#: How often the 300 examples together must have done each operation (a fifth of it for the 60 on PostgreSQL).
AT_LEAST = 15
done: Counter[str] = Counter()


@pytest.fixture
def calendars(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Calendar]:
    """Madrid with a long lunch and Saturdays, Santiago by the plain week: two years, and everybody works by them."""
    monkeypatch.setattr(calendar_build, "YEARS_BACK", 1)
    monkeypatch.setattr(calendar_build, "YEARS_AHEAD", 1)
    south = Calendar.objects.create(name="Sur", zone="Europe/Madrid", country="ES")
    hours = [(day, dt.time(9), dt.time(14)) for day in range(6)]
    hours += [(day, dt.time(17), dt.time(20)) for day in range(5)]
    WeeklySpan.objects.bulk_create(
        WeeklySpan(calendar=south, weekday=day, opens=opens, closes=closes) for day, opens, closes in hours
    )
    santiago = make_calendar("Santiago", "America/Santiago")
    for one in (south, santiago):
        calendar_build.rebuild(one, today=TODAY)
    Team.objects.exclude(pk=cast.andes.pk).update(calendar=south)
    Team.objects.filter(pk=cast.andes.pk).update(calendar=santiago)
    for name in ("A", "B"):
        Segment.objects.create(name=name)
    return [south, santiago]


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def set_the_stage(cast: Cast, calendars: list[Calendar], start: dt.datetime, seed: int) -> Stage:
    """Three clients: one imported and never contacted, one of Ana's, one of the queue or of Diego."""
    owners = [cast.ana, [cast.ana, cast.bruno][seed % 2], [None, cast.diego][seed // 2 % 2]]
    teams = [cast.iberia, cast.iberia, [cast.iberia, None, cast.andes][seed % 3]]
    for number, (owner, team) in enumerate(zip(owners, teams, strict=True)):
        slot = {"import_k": 1 + seed % 3, "import_n": 3} if number == 0 else {}
        added_at = start - dt.timedelta(days=(seed * (number + 1)) % 50, hours=number)
        customer = Customer.objects.create(
            name=f"C{number}", owner=owner, team=team, added_at=added_at, key=seed % 5 == number, **slot
        )
        facts_changed(Customer.objects.one(customer.pk), change=Change("import"), now=start)
    return Stage(cast, calendars, start, Oracle())


# --- The clauses -----------------------------------------------------------------------------------------------------


def check_facts(stage: Stage) -> None:
    assert not Interaction.objects.filter(counts_at__gt=stage.now).exists(), "T7"
    for clock in Clock.objects.all():
        facts = stage.oracle.world.facts(clock.pk)
        for name in ("attention", "personal", "attempt", "inbound"):
            event = getattr(facts, name)
            got = (getattr(clock, f"last_{name}_at"), getattr(clock, f"last_{name}_id"))
            assert got == ((event.at, event.pk) if event else (None, None)), name
        for name in ("attention", "personal"):
            event = getattr(facts, name)
            assert getattr(clock, f"last_{name}_on") == (event.date if event else None), name
        assert (clock.attempts_since, clock.attempt_days_since) == (facts.attempts, facts.attempt_days)


def check_deadlines(stage: Stage) -> None:
    rows = Deadline.objects.open().filter(suspended_at=None)
    got = {(row.kind, row.subject_key): row for row in rows}
    want = stage.oracle.open
    have = {name: (f"{r.anchor_at} {r.due_at} {r.soon_at} {r.opens_at}") for name, r in got.items()}
    owes = {name: (f"{o.anchor} {o.due} {o.soon} {o.opens}") for name, o in want.items()}
    assert have == owes, differ(have, owes)
    for name, row in got.items():
        if row.opened_at is None:
            alert_from = max(row.opens_at, row.not_before or row.opens_at)
            assert alert_from == want[name].alert_from, f"{name} {alert_from} {want[name].alert_from}"
            assert row.wake_at is not None, name
    waiting = Deadline.objects.open().exclude(suspended_at=None)
    assert not waiting.exclude(customer__stage="leaving", customer__archived_at=None).exists()


def check_clocks(stage: Stage) -> None:
    for clock in Clock.objects.all():
        silences = stage.oracle.silences(clock.pk)
        first = silences[0] if silences else None
        assert (clock.anchor_at, clock.due_at) == ((first.anchor, first.due) if first else (None, None))
        assert clock.soon_at == (min(owed.soon for owed in silences) if first else None)
        assert clock.calendar_id == stage.oracle.world.calendar_id[clock.pk]
        assert clock.active == stage.oracle.world.is_active(clock.pk)
        assert clock.status_at(stage.now).state == stage.oracle.state(clock.pk, stage.now)


def check_parts(stage: Stage) -> None:
    """At any time: what has opened stands in one open alert, and no open alert is about nothing."""
    named = list(Alert.objects.open().values_list("family", "subject_key"))
    assert len(named) == len(set(named))
    assert set(named) == stage.oracle.alerts(), differ(set(named), stage.oracle.alerts())
    opened = Deadline.objects.open().filter(opened_at__isnull=False, suspended_at=None).select_related("alert")
    for part in opened:
        assert part.alert is not None
        assert part.alert.closed_at is None, part
        assert part.alert.subject_key == part.subject_key
    alerts, ofparts = set(Alert.objects.open().values_list("pk", flat=True)), {part.alert_id for part in opened}
    assert alerts == ofparts, differ(alerts, ofparts)


def check_swept(stage: Stage) -> None:
    """After a sweep: all that is to open has opened, and nobody is told twice."""
    opened = Deadline.objects.open().filter(opened_at__isnull=False, suspended_at=None)
    promises = {(r.kind, r.subject_key, r.anchor_at, r.due_at, r.opens_at) for r in opened}
    assert promises == stage.oracle.opened, differ(promises, stage.oracle.opened)
    told = list(DeliveryItem.objects.values_list("recipient", "event"))
    assert len(told) == len(set(told))


def check(stage: Stage) -> None:
    check_facts(stage)
    check_deadlines(stage)
    check_clocks(stage)
    check_parts(stage)


def check_twice(stage: Stage) -> None:
    """Once more what was done, for many and for one: nothing changes."""
    before = snapshot()
    facts_changed(Customer.objects.filter(pk__gt=0), change=Change("audit"), now=stage.now)
    same_rows(before)
    facts_changed(Customer.objects.one(stage.customers()[-1].pk), change=Change("audit"), now=stage.now)
    same_rows(before)


def same_rows(before: dict[str, Any]) -> None:
    after = snapshot()
    for name, rows in before.items():
        assert after[name] == rows, name + differ(set(map(str, after[name])), set(map(str, rows)))


def play(stage: Stage, script: list[Step]) -> None:
    for step in script:
        stage.play(step)
        note(f"{step.name} at {stage.now}")
        check(stage)
        if step.name == "sweep":
            check_swept(stage)
            if step.flag:
                before = snapshot()
                run_sweep(stage.now)
                same_rows(before)
                done["sweep twice"] += 1


#: Steps of one example; fewer examples are longer.
LONGEST = 8 if connection.vendor == "sqlite" else 12
#: Examples in all, and how many of them are dealt evenly.
EXAMPLES = 300 if connection.vendor == "sqlite" else 60
EVEN = 60 if connection.vendor == "sqlite" else 16
#: A planted fault need only be found, not made small.
PHASES = [Phase.explicit, Phase.generate] if os.environ.get("PROPERTY_TESTS") == "fail-fast" else list(Phase)
# The stage is rolled back after each example, so that they share the fixtures; a loaded machine is no fault.
HOUSE = settings(suppress_health_check=list(HealthCheck), deadline=None, phases=PHASES)


def with_even_examples(test: Any) -> Any:
    """A fifth of the examples is dealt here: hypothesis repeats what it likes, and would leave some operation out."""
    for number in range(EVEN):
        script = dealt(number, names(), [1] * LONGEST)
        test = example(start=STARTS[number % len(STARTS)], seed=number * 7, script=script)(test)
    return test


@settings(HOUSE, max_examples=EXAMPLES - EVEN, derandomize=True)
@with_even_examples
@given(start=st.sampled_from(STARTS), seed=st.integers(0, 9999), script=scripts(names(), longest=LONGEST))
def test_whatever_happens_the_rows_are_what_the_walk_says(
    cast: Cast, calendars: list[Calendar], start: dt.datetime, seed: int, script: list[Step]
) -> None:
    with rolled_back():
        stage = set_the_stage(cast, calendars, start, seed)
        check(stage)
        play(stage, script)
        if seed % 6 == 0:
            check_twice(stage)
            done["facts twice"] += 1
        done.update(stage.done)


def test_each_operation_was_drawn_often() -> None:
    """The walk says little about what it never sees."""
    if not done:
        pytest.skip("the walk did not run")
    least = AT_LEAST if connection.vendor == "sqlite" else AT_LEAST // 5
    rare = {name: done[name] for name in [*OPERATIONS, "sweep twice", "facts twice"] if done[name] < least}
    assert not rare, dict(done)


#: What a sequence gives, and what goes by such a number.
NUMBERS = ("id", "version", "subject_key", "anchor_interaction_id")
SAME = ("owner_id", "acting_id", "team_id", "calendar_id")


def _plain(rows: dict[str, Any]) -> dict[str, list[str]]:
    """Rows without the numbers that differ from one run to the next."""

    def kept(name: str) -> bool:
        return name in SAME or (name not in NUMBERS and not name.endswith("_id"))

    names = ("Clock", "Deadline", "Alert", "AlertEvent", "Hold")
    return {
        model: sorted(str({name: value for name, value in row.items() if kept(name)}) for row in rows[model])
        for model in names
    }


@settings(HOUSE, max_examples=30 if connection.vendor == "sqlite" else 10)
@given(st.sampled_from(STARTS), st.integers(0, 9999), scripts(names(), longest=8))
def test_one_customer_and_a_set_of_one_give_the_same_rows(
    cast: Cast, calendars: list[Calendar], start: dt.datetime, seed: int, script: list[Step]
) -> None:
    found = []
    for by_set in (False, True):
        with rolled_back(), pytest.MonkeyPatch.context() as patch:
            stage = set_the_stage(cast, calendars, start, seed)
            stage.follows = False
            if by_set:
                patch.setattr(CustomerQuerySet, "one", lambda customers, pk: customers.filter(pk=pk))
            for step in script:
                if step.name != "undo":
                    stage.play(step)
            found.append(_plain(snapshot()))
    assert found[0] == found[1]
