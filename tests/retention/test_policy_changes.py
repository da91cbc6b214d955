"""Promises on their page: looked at, changed by a job that survives a kill, undone, and kept in a history (A8)."""

from __future__ import annotations

import datetime as dt
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.test import Client

from accounts.models import User
from alerts import pump
from alerts.models import Deadline
from crm.listing import Listing, read_view
from crm.models import Customer, Segment
from retention import jobs, policy_changes
from retention.models import AttentionPolicy, PolicyChange
from retention.policies import TERMS, Scope
from retention.promise_form import seen_of
from retention.promise_words import sentence
from tests import portfolio
from tests.cast import Cast
from tests.portfolio import client_of, logged
from tests.support.processes import environment

NOW = portfolio.NOW.astimezone(dt.UTC)
EVERYBODY = "/settings/promises/everybody/"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def build(cast: Cast) -> Segment:
    """Clients of three people spoken to 10 to 25 days ago, two of a segment."""
    gold = Segment.objects.create(name="Oro", position=1)
    for number, day in enumerate(("10-30", "11-04", "11-12", "11-14")):
        for owner in (cast.ana, cast.bruno, cast.diego):
            team = cast.andes if owner == cast.diego else cast.iberia
            segment = gold if number == 0 and owner != cast.diego else None
            logged(client_of(owner, f"Client {number} {owner}", team, segment=segment), owner, f"{day} 11:00")
    return gold


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def said(scope: Scope, **terms: Any) -> dict[str, Any]:
    """What the form would post, with other `terms`."""
    nearest = scope.current() or Scope().current()
    assert nearest is not None
    values = {name: getattr(nearest, name) for name in TERMS} | terms
    own = scope.current()
    posted = {name: "" if value is None else value for name, value in values.items()}
    return posted | {"base": own.pk if own else "", "seen": seen_of(values)}


def changed(cast: Cast, scope: Scope, **terms: object) -> PolicyChange:
    own = scope.current()
    return policy_changes.ask(scope, terms, base=own.pk if own else None, actor=cast.eva, reason="Tried", now=NOW)


def open_dates() -> list[Any]:
    rows = Deadline.objects.open().order_by("subject_key", "kind")
    return list(rows.values_list("subject_key", "kind", "due_at", "not_before", "amount"))


@pytest.mark.django_db
def test_the_page_says_each_promise_and_how_many_it_decides(cast: Cast) -> None:
    gold = build(cast)
    changed(cast, Scope(gold), attention_amount=14, personal_amount=90)
    own = Customer.objects.filter(owner=cast.ana, segment=None).earliest("pk")
    changed(cast, Scope(customer=own), attention_amount=7)

    text = re.sub(r"\s+", " ", signed_in(cast.eva).get("/settings/promises/").content.decode())

    assert "Every 30 days; a call back within 4 working hours." in text
    assert "Every 14 days; in person or on video every 90 days; a call back within 4 working hours." in text
    # Twelve clients: two of the segment, one of their own, nine as everybody.
    assert re.findall(r'panel-count"\s+href="[^"]+"[^>]*>(\d+) client', text) == ["9", "2"]
    assert "Every 7 days; a call back within 4 working hours." in text and own.name in text
    assert "<q>Tried</q>" in text and "Eva" in text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["carla", "eva"])
def test_each_number_opens_the_list_of_that_count(cast: Cast, name: str) -> None:
    gold = build(cast)
    changed(cast, Scope(gold), attention_amount=14)
    own = Customer.objects.filter(owner=cast.ana, segment=gold).earliest("pk")
    changed(cast, Scope(customer=own), attention_amount=7)
    reader = getattr(cast, name)
    text = signed_in(reader).get("/settings/promises/").content.decode()

    links = re.findall(r'panel-count"\s+href="/customers/\?([^"]+)"[^>]*>(\d+)', text)

    assert len(links) == 3
    for query, number in links:
        view = read_view(QueryDict(query.replace("&amp;", "&")))
        assert Listing(view, reader, NOW).count() == (int(number), True), query


@pytest.mark.django_db
def test_a_supervisor_looks_and_sees_only_their_own_clients(cast: Cast) -> None:
    build(cast)
    foreign = Customer.objects.filter(owner=cast.diego).earliest("pk")
    changed(cast, Scope(customer=foreign), attention_amount=7)
    carla = signed_in(cast.carla)

    text = carla.get("/settings/promises/").content.decode()

    assert foreign.name not in text
    assert re.findall(r'panel-count"\s+href="[^"]+"[^>]*>(\d+) client', text) == ["8", "2"]
    assert "Change it" not in carla.get(EVERYBODY).content.decode()
    assert carla.post(EVERYBODY, said(Scope()) | {"do": "force"}).status_code == 403
    assert carla.get(f"/settings/promises/customers/{foreign.pk}/").status_code == 404


@pytest.mark.django_db
def test_what_it_does_is_shown_and_nothing_is_done(cast: Cast) -> None:
    build(cast)
    before, posted = open_dates(), said(Scope(), attention_amount=11) | {"do": "preview"}

    answer = signed_in(cast.eva).post(EVERYBODY, posted, headers=FRAGMENT)

    text = answer.content.decode()
    assert "9 clients more become overdue." in text
    assert re.findall(r'number">(?:<b>)?(\d+)', text)[:2] == ["0", "9"]
    assert "Put in force" in text
    assert open_dates() == before and PolicyChange.objects.count() == 0


@pytest.mark.django_db
def test_it_needs_a_look_and_a_reason(cast: Cast) -> None:
    build(cast)
    eva, posted = signed_in(cast.eva), said(Scope(), attention_amount=20) | {"do": "force"}

    unseen = eva.post(EVERYBODY, posted | {"seen": "", "reason": "More often"})
    assert unseen.status_code == 422 and "see what it does now" in unseen.content.decode()
    silent = eva.post(EVERYBODY, posted | {"reason": " "})
    assert silent.status_code == 422 and "Say why" in silent.content.decode()
    assert "Put in force" in silent.content.decode()
    assert PolicyChange.objects.count() == 0

    taken = eva.post(EVERYBODY, posted | {"reason": "More often"})
    change = PolicyChange.objects.get()
    assert taken.headers["Location"] == f"/settings/promises/changes/{change.pk}/"
    assert (change.reason, change.asked_by, change.done, change.total) == ("More often", cast.eva, 0, 12)


@pytest.mark.django_db
def test_two_who_change_it_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    posted = said(Scope(), attention_amount=20) | {"do": "force", "reason": "Mine"}
    changed(cast, Scope(), attention_amount=45)

    late = signed_in(cast.eva).post(EVERYBODY, posted)

    assert late.status_code == 422 and "meanwhile" in late.content.decode()
    assert Scope().current().attention_amount == 45  # type: ignore[union-attr]


@pytest.mark.django_db
def test_a_term_that_no_calendar_can_date_is_refused_beside_its_field(cast: Cast) -> None:
    build(cast)
    answer = signed_in(cast.eva).post(EVERYBODY, said(Scope(), attention_amount=3000) | {"do": "preview"})

    assert answer.status_code == 422
    assert 'id="error_1_id_attention_amount"' in answer.content.decode()


@pytest.mark.django_db
def test_the_job_dates_anew_and_undo_takes_it_back(cast: Cast) -> None:
    build(cast)
    before = open_dates()
    assert not policy_changes.waits(NOW)
    change = changed(cast, Scope(), attention_amount=20)
    page = f"/settings/promises/changes/{change.pk}/"
    eva = signed_in(cast.eva)
    assert 'hx-trigger="every 2s"' in eva.get(page).content.decode()
    assert policy_changes.waits(NOW) and open_dates() == before

    assert policy_changes.work(NOW)

    change.refresh_from_db()
    assert (change.done, change.total, change.finished_at) == (12, 12, NOW)
    assert {row[4] for row in open_dates()} == {20}
    text = eva.get(page).content.decode()
    assert "every 2s" not in text and "All 12 clients" in text

    eva.post(f"{page}undo/")
    assert policy_changes.work(NOW) and not policy_changes.work(NOW)

    back = Scope().current()
    assert back is not None
    assert (back.attention_amount, back.reason, back.changed_by) == (30, "undone", cast.eva)
    assert [row[:3] for row in open_dates()] == [row[:3] for row in before]
    change.refresh_from_db()
    assert change.undone_at == NOW
    with pytest.raises(ValidationError):
        policy_changes.undo(change, actor=cast.eva, now=NOW)


@pytest.mark.django_db
def test_undoing_the_first_promise_of_a_segment_ends_it(cast: Cast) -> None:
    gold = build(cast)
    change = changed(cast, Scope(gold), attention_amount=10)
    policy_changes.work(NOW)
    assert sorted({row[4] for row in open_dates()}) == [10, 30]

    policy_changes.undo(change, actor=cast.eva, now=NOW)
    policy_changes.work(NOW)

    assert Scope(gold).current() is None
    assert {row[4] for row in open_dates()} == {30}


@pytest.mark.django_db
def test_what_was_changed_again_since_is_not_undone(cast: Cast) -> None:
    first = changed(cast, Scope(), attention_amount=20)
    second = changed(cast, Scope(), attention_amount=40)
    eva = signed_in(cast.eva)

    assert "/undo/" not in eva.get(f"/settings/promises/changes/{first.pk}/").content.decode()
    eva.post(f"/settings/promises/changes/{first.pk}/undo/")

    assert Scope().current() == second.after
    assert "/undo/" in eva.get(f"/settings/promises/changes/{second.pk}/").content.decode()


@pytest.mark.django_db
def test_whoever_works_on_it_holds_it(cast: Cast) -> None:
    changed(cast, Scope(), attention_amount=20)
    assert jobs._claimed(PolicyChange, NOW) is not None

    assert not policy_changes.waits(NOW) and jobs._claimed(PolicyChange, NOW) is None
    assert policy_changes.waits(NOW + jobs.HOLD)


@pytest.mark.django_db
def test_a_client_of_their_own_and_back(cast: Cast) -> None:
    build(cast)
    customer = Customer.objects.filter(owner=cast.ana).earliest("pk")
    address = f"/settings/promises/customers/{customer.pk}/"
    carla = signed_in(cast.carla)
    assert address in carla.get(f"/customers/{customer.pk}/").content.decode()
    assert address not in signed_in(cast.ana).get(f"/customers/{customer.pk}/").content.decode()

    scope = Scope(customer=customer)
    assert carla.post(address, said(scope, attention_amount=9) | {"do": "force", "reason": "New"}).status_code == 302
    policy_changes.work(NOW)
    assert customer.clock.__class__.objects.get(pk=customer.pk).due_amount == 9

    assert carla.post(address, {"do": "end", "reason": "Calm again"}).status_code == 302
    policy_changes.work(NOW)
    assert customer.clock.__class__.objects.get(pk=customer.pk).due_amount == 30
    history = carla.get(address).content.decode()
    assert "Every 9 days" in history and "Until 24 Nov 2026." in history


@pytest.mark.django_db
def test_the_history_says_who_why_and_what(cast: Cast) -> None:
    changed(cast, Scope(), attention_amount=20)
    changed(cast, Scope(), call_back_hours=2)

    text = re.sub(r"\s+", " ", signed_in(cast.eva).get(EVERYBODY).content.decode())

    assert 'Attention: <s><span class="unseen">before:</span> Every 30 days</s>' in text
    assert "<b>Every 20 days</b>" in text and "<b>2 working hours</b>" in text
    assert text.count("<q>Tried</q>") >= 2


@pytest.mark.django_db
def test_the_pump_wakes_it(cast: Cast) -> None:
    build(cast)
    asks = pump._jobs["retention.tasks.change_promises"]
    assert not asks(NOW)
    changed(cast, Scope(), attention_amount=20)
    assert asks(NOW)
    policy_changes.work(NOW)
    assert not asks(NOW)


@pytest.mark.django_db
def test_what_fails_says_so_and_is_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    build(cast)
    change = changed(cast, Scope(), attention_amount=20)

    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError("no room left")

    with monkeypatch.context() as broken:
        broken.setattr(policy_changes, "recompute", fails)
        with pytest.raises(RuntimeError):
            policy_changes.work(NOW)
    assert not policy_changes.waits(NOW)
    page = signed_in(cast.eva).get(f"/settings/promises/changes/{change.pk}/").content.decode()
    assert "It stopped on the way" in page
    assert policy_changes.work(NOW + jobs.AGAIN)
    change.refresh_from_db()
    assert (change.fault, change.done) == ("", 12)


def test_sentences() -> None:
    policy = AttentionPolicy(
        attention_amount=1, attention_unit="working_days", personal_amount=1, call_back_hours=1, personal_unit="days"
    )
    assert sentence(policy) == (
        "Every working day; in person or on video every day; a call back within 1 working hour."
    )


#: Dies at the first word of progress: one person's clients are dated, the others' not.
DIES = """
import os, signal, datetime as dt
import django; django.setup()
from retention import policies, policy_changes
policies.AT_A_TIME = 1
whole = policy_changes.recompute
def dying(customers, change, now, tell):
    def die(n):
        tell(n)
        os.kill(os.getpid(), signal.SIGKILL)
    whole(customers, change, now, die)
policy_changes.recompute = dying
policy_changes.work(dt.datetime.fromisoformat({now!r}))
"""


def test_killed_on_the_way_it_is_begun_anew_with_the_same_result(transactional_db: None, cast: Cast) -> None:
    build(cast)
    before = open_dates()
    straight = changed(cast, Scope(), attention_amount=20)
    assert policy_changes.work(NOW)
    wanted = open_dates()
    policy_changes.undo(straight, actor=cast.eva, now=NOW)
    policy_changes.work(NOW)
    change = changed(cast, Scope(), attention_amount=20)

    killed_in_a_process_of_its_own()

    change.refresh_from_db()
    assert 0 < change.done < change.total and change.finished_at is None
    assert len({row[4] for row in open_dates()}) == 2
    assert not policy_changes.work(NOW)
    assert policy_changes.work(change.held_until)
    assert [row[:3] for row in open_dates()] == [row[:3] for row in wanted] != before
    change.refresh_from_db()
    assert (change.done, change.total) == (12, 12)


def killed_in_a_process_of_its_own() -> None:
    code = DIES.format(now=NOW.isoformat())
    done = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
