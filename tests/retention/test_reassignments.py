"""Clients handed over many at a time: by a job, as if one by one; killed, it goes on; undone, they are back (A9)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client

from accounts.models import User
from alerts.actions import dismiss, snooze
from alerts.models import Alert, AlertEvent, Deadline
from alerts.reassign import move, reassign
from alerts.sweep import run_sweep
from crm.choices import Outcome
from crm.models import Clock, Customer, Segment, Tag, Task
from crm.tasks import plan_task
from retention import hand_over_jobs, reassignments
from retention.models import Left, Reassignment
from tests import portfolio
from tests.cast import Cast
from tests.portfolio import client_of, logged

pytestmark = pytest.mark.django_db
NOW = portfolio.NOW.astimezone(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def asked(cast: Cast, to: User | None, *, actor: User | None = None, **more: Any) -> Reassignment:
    customers = more.pop("customers", Customer.objects.filter(owner=cast.ana))
    said: dict[str, Any] = {"owner": to, "team_follows": True, "reason": "New portfolios", "now": NOW} | more
    return reassignments.ask(customers, actor=actor or cast.eva, **said)


def done(job: Reassignment) -> Reassignment:
    assert hand_over_jobs.work(NOW)
    job.refresh_from_db()
    return job


def owners() -> dict[str, str]:
    return {name: owner or "" for name, owner in Customer.objects.values_list("name", "owner__name")}


def few(cast: Cast, n: int = 3) -> list[Customer]:
    made = [client_of(cast.ana, f"Taller {i}", cast.iberia) for i in range(n)]
    for one in made:
        logged(one, cast.ana, "10-01 11:00")
    run_sweep(NOW)
    return made


# --- As if one by one ------------------------------------------------------------------------------------------------


def varied(cast: Cast, draw: random.Random) -> None:
    """A portfolio of Ana's in which anything may be: calls and missed calls, tasks, tags, snoozes, a key client."""
    for i in range(8):
        customer = client_of(cast.ana, f"Taller {i}", cast.iberia, key=draw.random() < 0.2)
        if draw.random() < 0.3:
            customer.tags.add(Tag.objects.get_or_create(name=f"tag {draw.randrange(3)}")[0])
        for day in sorted(draw.sample(range(1, 28), draw.randrange(2))):
            logged(customer, cast.ana, f"{draw.choice((9, 10))}-{day:02} 11:00", draw.choice(list(Outcome)[:4]))
        if draw.random() < 0.3:
            logged(customer, cast.ana, "11-23 16:00", Outcome.MISSED, direction="in")
        for owner in draw.sample([cast.ana, cast.bruno, cast.carla], draw.randrange(3)):
            due = NOW.date() + dt.timedelta(days=draw.randrange(9))
            step: dict[str, Any] = {"due_on": due, "promised": draw.random() < 0.5, "channel": "call"}
            task = plan_task(customer, title="Paso", **step, actor=cast.ana, now=NOW)
            Task.objects.filter(pk=task.pk).update(owner=owner)
    run_sweep(NOW)
    for alert in Alert.objects.open().filter(family="silence", admitted_at__isnull=False):
        act = draw.randrange(2)
        if act == 0:
            snooze(alert, days=3, actor=cast.ana, now=NOW)
        elif act == 1:
            dismiss(alert, reason="Closed in winter", actor=cast.ana, now=NOW)


def state(*, dated: bool) -> dict[str, list[Any]]:
    """All that a hand-over may touch; the numbers of rows written by it left out, and with `dated` A8's spreading."""
    names = [field.attname for field in Clock._meta.concrete_fields]
    alert = [field.attname for field in Alert._meta.concrete_fields]
    spread = ("not_before",) if dated else ()
    rows = Deadline.objects.open().order_by("subject_key", "kind")
    history = Customer.history.order_by("id", "history_id")
    return {
        "customers": list(Customer.objects.order_by("pk").values_list("pk", "owner", "team", "version", "changed_at")),
        "history": list(history.values_list("id", "owner", "team", "history_change_reason", "history_user", "name")),
        "tags": sorted(row.tag_id for one in history for row in one.tags.all()),
        "clocks": list(Clock.objects.order_by("pk").values_list(*names)),
        "owed": list(rows.values_list("subject_key", "kind", "anchor_at", "due_at", "soon_at", "calendar", *spread)),
        "alerts": list(Alert.objects.order_by("pk").values_list(*alert)),
        "events": sorted(AlertEvent.objects.values_list("alert", "kind", "at", "actor", "rung", "tell", "data__to")),
        "tasks": list(Task.objects.order_by("pk").values_list("pk", "owner", "version")),
        "steps": list(Task.history.order_by("id", "history_id").values_list("id", "owner", "history_user")),
    }


class _TakenBack(Exception):
    """Ends a try."""


def one_by_one(cast: Cast, to: User | None, *, dated: bool) -> dict[str, list[Any]]:
    """What handing over Ana's clients one by one gives; it is taken back."""
    found: dict[str, list[Any]] = {}
    try:
        with transaction.atomic():
            for pk in Customer.objects.filter(owner=cast.ana).order_by("pk").values_list("pk", flat=True):
                reassign(Customer.objects.one(pk), owner=to, actor=cast.eva, now=NOW)
            found = state(dated=dated)
            raise _TakenBack
    except _TakenBack:
        return found


@pytest.mark.parametrize(("to", "seed"), [("bruno", 0), ("diego", 1), ("queue", 2)])
def test_a_job_does_what_one_by_one_does(cast: Cast, to: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.reassignments.AT_A_TIME", 5)
    varied(cast, random.Random(seed))
    owner, dated = cast.people.get(to), to != "diego"
    wanted = one_by_one(cast, owner, dated=dated)

    done(asked(cast, owner))

    got = state(dated=dated)
    for name, rows in wanted.items():
        assert got[name] == rows, name


def test_a8_what_another_calendar_makes_due_earlier_is_spread_and_no_earlier_than_before(cast: Cast) -> None:
    made = [client_of(cast.diego, f"Cafetal {i}", cast.andes) for i in range(20)]
    for one in made:
        logged(one, cast.diego, "10-20 16:00")
    before = dict(Deadline.objects.open().filter(kind="attention").values_list("customer", "due_at"))

    done(asked(cast, cast.ana, customers=Customer.objects.filter(owner=cast.diego)))

    for row in Deadline.objects.open().filter(kind="attention"):
        assert row.due_at < before[row.customer_id or 0] and row.calendar_id == cast.madrid.pk
        assert row.not_before is None or row.not_before <= before[row.customer_id or 0]


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_it_needs_a_reason_somebody_at_work_and_clients_that_move(cast: Cast) -> None:
    few(cast)
    with pytest.raises(ValidationError, match="Say why"):
        asked(cast, cast.bruno, reason=" ")
    with pytest.raises(ValidationError, match="already"):
        asked(cast, cast.ana)
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="does not work here"):
        asked(cast, cast.bruno)
    assert not Reassignment.objects.exists()


@pytest.mark.parametrize("who", ["bruno", "diego", "fatima"])
def test_nobody_hands_over_what_they_do_not_see(cast: Cast, who: str) -> None:
    few(cast)
    with pytest.raises(ValidationError, match="not yours"):
        asked(cast, cast.bruno, actor=cast.people[who])
    assert not Reassignment.objects.exists()


def test_a_client_without_a_team_goes_to_a_queue_that_somebody_sees(cast: Cast) -> None:
    client_of(cast.ana, "Sin equipo", None)
    client_of(cast.eva, "Sin nadie", None)
    done(asked(cast, None, customers=Customer.objects.all()))
    assert dict(Customer.objects.values_list("name", "team")) == {
        "Sin equipo": cast.iberia.pk,
        "Sin nadie": cast.default.pk,
    }


# --- Going on --------------------------------------------------------------------------------------------------------


def test_killed_between_two_batches_it_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.reassignments.AT_A_TIME", 1)
    few(cast)
    job, real = asked(cast, cast.bruno), move

    def dies(*args: Any, **more: Any) -> Any:
        if Customer.objects.filter(owner=cast.bruno).exists():
            raise RuntimeError("no room left")
        return real(*args, **more)

    monkeypatch.setattr(reassignments, "move", dies)
    with pytest.raises(RuntimeError):
        hand_over_jobs.work(NOW)
    job.refresh_from_db()
    assert (job.done, job.is_open) == (1, True) and "no room" in job.fault
    assert not hand_over_jobs.waits(NOW)

    monkeypatch.setattr(reassignments, "move", real)
    assert hand_over_jobs.work(NOW + 11 * dt.timedelta(minutes=1))
    job.refresh_from_db()
    assert (job.done, job.total, job.fault) == (3, 3, "")
    assert set(owners().values()) == {"Bruno Sanz"}
    assert Customer.history.filter(history_change_reason="handed over").count() == 3


def test_who_changed_hands_meanwhile_stays_there(cast: Cast) -> None:
    first, *_others = few(cast)
    job = asked(cast, cast.bruno)
    reassign(Customer.objects.one(first.pk), owner=cast.carla, actor=cast.eva, now=NOW)

    done(job)

    assert owners() == {"Taller 0": "Carla Núñez", "Taller 1": "Bruno Sanz", "Taller 2": "Bruno Sanz"}
    assert [(row.customer_id, row.left) for row in job.rows.exclude(left="")] == [(first.pk, Left.TOUCHED)]


def test_who_was_to_have_them_left_meanwhile_and_they_stay(cast: Cast) -> None:
    few(cast)
    job = asked(cast, cast.bruno)
    User.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    done(job)
    assert set(owners().values()) == {"Ana Torres"}
    assert set(job.rows.values_list("left", flat=True)) == {Left.GONE}


def test_two_jobs_about_the_same_clients_move_each_once(cast: Cast) -> None:
    few(cast)
    one, two = asked(cast, cast.bruno), asked(cast, cast.carla)
    done(one)
    done(two)
    assert set(owners().values()) == {"Bruno Sanz"}
    assert two.rows.filter(left=Left.TOUCHED).count() == 3


# --- Taking back -----------------------------------------------------------------------------------------------------


def test_undone_as_a_whole(cast: Cast) -> None:
    made = few(cast)
    plan_task(made[0], title="Paso", due_on=NOW.date() + DAY, promised=True, channel="", actor=cast.ana, now=NOW - DAY)
    own = plan_task(made[0], title="Eco", due_on=NOW.date(), promised=False, channel="", actor=cast.bruno, now=NOW)
    Task.objects.filter(pk=own.pk).update(owner=cast.bruno, created_at=NOW - DAY)
    before = list(Customer.objects.order_by("pk").values_list("owner", "team"))
    tasks = dict(Task.objects.values_list("title", "owner"))
    job = done(asked(cast, cast.diego))
    assert set(Customer.objects.values_list("team", flat=True)) == {cast.andes.pk}

    back = done(reassignments.undo(job, actor=cast.eva, now=NOW))

    assert list(Customer.objects.order_by("pk").values_list("owner", "team")) == before
    assert dict(Task.objects.values_list("title", "owner")) == tasks
    assert set(Clock.objects.values_list("calendar", flat=True)) == {cast.madrid.pk}
    assert (back.undoes_id, back.done) == (job.pk, 3)
    with pytest.raises(ValidationError):
        reassignments.undo(job, actor=cast.eva, now=NOW)


def test_what_the_receiver_had_before_stays_theirs_after_the_undo(cast: Cast) -> None:
    customer = few(cast, 1)[0]
    due: dict[str, Any] = {"due_on": NOW.date(), "promised": False, "channel": "", "now": NOW - DAY}
    for who, title in ((cast.ana, "Ana's"), (cast.bruno, "Bruno's")):
        task = plan_task(customer, title=title, actor=who, **due)
        Task.objects.filter(pk=task.pk).update(owner=who, created_at=NOW - DAY)
    job = done(asked(cast, cast.bruno))
    since = plan_task(customer, title="Since", actor=cast.bruno, **due | {"now": NOW})
    Task.objects.filter(pk=since.pk).update(owner=cast.bruno, created_at=NOW + DAY)

    done(reassignments.undo(job, actor=cast.eva, now=NOW))

    named = dict(Task.objects.values_list("title", "owner__name"))
    assert named == {"Ana's": "Ana Torres", "Bruno's": "Bruno Sanz", "Since": "Ana Torres"}


def test_who_was_changed_since_stays_and_is_named(cast: Cast) -> None:
    made = few(cast)
    job = done(asked(cast, cast.bruno))
    Customer.objects.filter(pk=made[1].pk).update(version=99)

    back = done(reassignments.undo(job, actor=cast.eva, now=NOW))

    assert owners() == {"Taller 0": "Ana Torres", "Taller 1": "Bruno Sanz", "Taller 2": "Ana Torres"}
    page = signed_in(cast.eva).get(f"/reassign/{back.pk}/").content.decode()
    assert "1 client stays where they are" in page and "Taller 1" in page


# --- Its pages -------------------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_seen_first_and_nothing_is_done(cast: Cast) -> None:
    few(cast)
    for i in range(2):
        logged(client_of(cast.bruno, f"Hotel {i}", cast.iberia), cast.bruno, "11-20 10:00")
    before = state(dated=True)
    page = signed_in(cast.carla).post(
        f"/reassign/?owner={cast.ana.pk}", {"do": "preview", "to": cast.bruno.pk, "team_follows": "on"}
    )
    said = page.content.decode()
    assert "3 clients move to " in said and "from Ana Torres" in said and "What Bruno Sanz carries" in said
    cells = [int(cell) for cell in _numbers(said)]
    # From Ana, overdue, alerts, steps; then clients, overdue and alerts of Bruno's, now and then.
    assert cells == [3, 3, 3, 0, 2, 5, 0, 3, 0, 3]
    assert state(dated=True) == before and not Reassignment.objects.exists()


def _numbers(page: str) -> list[str]:
    import re

    return re.findall(r'<td class="number">\s*(\d+)\s*</td>', page)


def test_another_calendar_is_tried_and_taken_back(cast: Cast) -> None:
    for i in range(3):
        logged(client_of(cast.diego, f"Cafetal {i}", cast.andes), cast.diego, "10-26 20:00")
    before = state(dated=True)
    said = (
        signed_in(cast.eva)
        .post(f"/reassign/?owner={cast.diego.pk}", {"do": "preview", "to": cast.ana.pk, "team_follows": "on"})
        .content.decode()
    )
    assert "are dated by another calendar" in said
    assert [int(cell) for cell in _numbers(said)][4:6] == [3, 3]
    assert state(dated=True) == before


def test_only_what_was_seen_is_done(cast: Cast) -> None:
    few(cast)
    eva, address = signed_in(cast.eva), f"/reassign/?owner={cast.ana.pk}&as_of={NOW:%Y-%m-%dT%H:%M:%SZ}"
    said = {"to": cast.bruno.pk, "team_follows": "on", "reason": "Fewer for Ana"}
    seen = eva.post(address, said | {"do": "preview"}).context["seen"]
    assert "see what it does now" in eva.post(address, said | {"do": "force", "seen": "x"}).content.decode()
    client_of(cast.ana, "Uno más", cast.iberia)
    assert eva.post(address, said | {"do": "force", "seen": seen}).status_code == 422
    seen = eva.post(address, said | {"do": "preview"}).context["seen"]
    silent = eva.post(address, said | {"do": "force", "seen": seen, "reason": ""})
    assert silent.status_code == 422 and "Say why" in silent.content.decode()

    taken = eva.post(address, said | {"do": "force", "seen": seen})

    job = Reassignment.objects.get()
    assert taken.headers["Location"] == f"/reassign/{job.pk}/"
    assert 'hx-trigger="every 2s"' in eva.get(f"/reassign/{job.pk}/").content.decode()
    done(job)
    page = eva.get(f"/reassign/{job.pk}/").content.decode()
    assert "Ana Torres" in page and "What the list said as of" in page
    eva.post(f"/reassign/{job.pk}/undo/")
    assert hand_over_jobs.work(NOW)
    assert set(owners().values()) == {"Ana Torres"}


def test_ticked_clients_and_no_others(cast: Cast) -> None:
    made = few(cast)
    foreign = client_of(cast.diego, "Cafetal", cast.andes)
    carla = signed_in(cast.carla)
    ticks = carla.get("/customers/?tick=1").content.decode()
    assert f'value="{made[0].pk}"' in ticks and "Hand over the ticked" in ticks
    address = f"/reassign/?pk={made[0].pk}&pk={foreign.pk}"
    said = {"to": cast.bruno.pk, "reason": "So", "do": "preview"}
    seen = carla.post(address, said).context["seen"]
    carla.post(address, said | {"do": "force", "seen": seen})
    done(Reassignment.objects.get())
    assert owners() == {
        "Taller 0": "Bruno Sanz", "Taller 1": "Ana Torres", "Taller 2": "Ana Torres", "Cafetal": "Diego Rojas",
    }  # fmt: skip


def test_a_manager_ticks_nothing(cast: Cast) -> None:
    few(cast)
    page = signed_in(cast.ana).get("/customers/?tick=1").content.decode()
    assert "data-tick" not in page


def test_everybody_is_nobodys_choice(cast: Cast) -> None:
    few(cast)
    eva = signed_in(cast.eva)
    assert "Choose the clients first" in eva.get("/reassign/").content.decode()
    eva.post("/reassign/", {"to": cast.bruno.pk, "reason": "So", "do": "force"})
    assert not Reassignment.objects.exists()


def test_of_one_owner_a_segment(cast: Cast) -> None:
    made = few(cast)
    gold = Segment.objects.create(name="Oro", position=1)
    Customer.objects.filter(pk=made[0].pk).update(segment=gold)
    Clock.objects.filter(pk=made[0].pk).update(segment=gold)
    page = signed_in(cast.carla).get(f"/reassign/?owner={cast.ana.pk}")
    assert [(name, n) for name, n, _address in page.context["segments"]] == [("Oro", 1), ("", 2)]
    narrowed = signed_in(cast.carla).get("/reassign/" + page.context["segments"][0][2])
    assert narrowed.context["count"] == 1


def test_another_supervisors_hand_over_is_not_theirs_to_see(cast: Cast) -> None:
    few(cast)
    job = asked(cast, cast.bruno, actor=cast.carla)
    assert signed_in(cast.carla).get(f"/reassign/{job.pk}/").status_code == 200
    assert signed_in(cast.fatima).get(f"/reassign/{job.pk}/").status_code == 404
