"""What counts, applied to history: seen first, done by a job, as if it had always counted so, and undone as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from alerts.models import Alert, Deadline
from alerts.sweep import run_sweep
from crm.choices import FELT, Channel, CountsAs, Outcome
from crm.models import Clock, Contact, CountingRule, Interaction
from retention import recounts
from retention.models import Recount, Recounted
from tests import portfolio
from tests.cast import Cast
from tests.portfolio import client_of, logged, person_at

pytestmark = pytest.mark.django_db
NOW = portfolio.NOW.astimezone(dt.UTC)
PAGE = "/settings/what-counts/history/"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def build(cast: Cast) -> None:
    """Of three people: one client called in October and left a message since, one called last week, one on chat."""
    for owner in (cast.ana, cast.bruno, cast.diego):
        team = cast.andes if owner == cast.diego else cast.iberia
        waits = client_of(owner, f"Waits {owner}", team)
        logged(waits, owner, "10-20 11:00")
        logged(waits, owner, "11-12 11:00", Outcome.LEFT_MESSAGE)
        calm = client_of(owner, f"Calm {owner}", team)
        logged(calm, owner, "11-19 11:00", participants=[person_at(calm, f"Julia {owner}")])
        chats = client_of(owner, f"Chats {owner}", team)
        logged(chats, owner, "09-10 11:00")
        logged(chats, owner, "11-16 11:00", channel=Channel.CHAT)
    run_sweep(NOW)


def count(outcome: str, counts_as: str, *channels: str) -> None:
    rules = CountingRule.objects.filter(outcome=outcome, direction="out")
    (rules.filter(channel__in=channels) if channels else rules).update(counts_as=counts_as)


def asked(cast: Cast) -> Recount:
    seen = recounts.signature(recounts.rules_now())
    return recounts.ask(seen=seen, actor=cast.eva, reason="Nobody felt it", now=NOW)


def applied(cast: Cast) -> Recount:
    run = asked(cast)
    assert recounts.work(NOW)
    run.refresh_from_db()
    return run


def facts() -> list[Any]:
    names = ("pk", "last_attention_at", "last_attention_id", "last_personal_at", "last_attempt_at", "attempts_since")
    return list(Clock.objects.order_by("pk").values_list(*names, "due_at"))


def walked() -> list[Any]:
    """The last attention and the attempts since, client by client, by a walk over what was logged."""
    found = []
    for pk in Clock.objects.order_by("pk").values_list("pk", flat=True):
        rows = list(Interaction.objects.filter(customer=pk, deleted_at=None).order_by("counts_at", "pk"))
        felt = [row for row in rows if row.counts_as in FELT]
        last = felt[-1] if felt else None
        tries = [row for row in rows if row.counts_as == "attempt"]
        since = [row for row in tries if last is None or row.counts_at > last.counts_at]
        found.append((pk, last and last.counts_at, last and last.pk, len(since)))
    return found


def owed() -> list[Any]:
    rows = Deadline.objects.open().order_by("subject_key", "kind")
    return list(rows.values_list("subject_key", "kind", "anchor_at", "due_at"))


def open_alerts() -> list[int]:
    return list(Alert.objects.open().order_by("pk").values_list("pk", flat=True))


def test_seen_first_and_nothing_is_done(cast: Cast) -> None:
    build(cast)
    count(Outcome.REACHED, CountsAs.NOTHING, Channel.CHAT)
    count(Outcome.LEFT_MESSAGE, CountsAs.ATTENTION)
    before = (facts(), owed(), open_alerts(), Interaction.history.count())

    seen = recounts.preview(now=NOW)

    assert (seen.contacts, seen.clients, seen.looked_at) == (6, 6, 6)
    assert (seen.earlier, seen.later, seen.overdue, seen.no_more, seen.closing) == (3, 3, 3, 3, 3)
    assert (facts(), owed(), open_alerts(), Interaction.history.count()) == before
    assert not Recount.objects.exists()


def test_afterwards_all_is_as_if_it_had_always_counted_so(cast: Cast) -> None:
    build(cast)
    count(Outcome.LEFT_MESSAGE, CountsAs.ATTENTION)
    count(Outcome.REACHED, CountsAs.NOTHING, Channel.CHAT)

    run = applied(cast)

    assert (run.total, run.done, run.finished_at) == (6, 6, NOW)
    assert not recounts.changing(recounts.rules_now()).exists()
    assert [(row[0], row[1], row[2], row[5]) for row in facts()] == walked()
    assert {alert.customer.name[:5] for alert in Alert.objects.open().select_related("customer")} == set()
    last = Interaction.history.filter(history_change_reason=recounts.WHY)
    assert (last.count(), last.earliest("pk").history_user) == (6, cast.eva)


def test_what_falls_due_by_it_is_spread_and_says_why(cast: Cast) -> None:
    build(cast)
    count(Outcome.REACHED, CountsAs.NOTHING, Channel.CHAT)
    run = applied(cast)

    fallen = Deadline.objects.open().filter(customer__name__startswith="Chats", kind="attention")

    assert fallen.count() == 3
    for row in fallen:
        assert (row.cause, row.cause_id) == ("counting", run.pk)
        assert row.due_at <= NOW and row.not_before and row.not_before > NOW + dt.timedelta(days=6)
    before = open_alerts()
    run_sweep(NOW)
    assert open_alerts() == before


def test_undone_as_a_whole(cast: Cast) -> None:
    build(cast)
    before = (facts(), owed())
    classes = dict(Interaction.objects.values_list("pk", "counts_as"))
    count(Outcome.LEFT_MESSAGE, CountsAs.ATTENTION)
    count(Outcome.REACHED, CountsAs.NOTHING, Channel.CHAT)
    run = applied(cast)

    back = recounts.undo(run, actor=cast.eva, now=NOW)
    assert recounts.work(NOW) and not recounts.work(NOW)

    assert (facts(), owed()) == before
    assert dict(Interaction.objects.values_list("pk", "counts_as")) == classes
    back.refresh_from_db()
    assert (back.undoes_id, back.done) == (run.pk, 6)
    with pytest.raises(ValidationError):
        recounts.undo(run, actor=cast.eva, now=NOW)


def test_what_somebody_edited_since_stays_as_they_left_it(cast: Cast) -> None:
    build(cast)
    count(Outcome.LEFT_MESSAGE, CountsAs.NOTHING)
    run = applied(cast)
    edited = Interaction.objects.filter(outcome=Outcome.LEFT_MESSAGE).earliest("pk")
    Interaction.objects.filter(pk=edited.pk).update(outcome=Outcome.REACHED, counts_as=CountsAs.ATTENTION)

    recounts.undo(run, actor=cast.eva, now=NOW)
    recounts.work(NOW)

    assert Interaction.objects.get(pk=edited.pk).counts_as == CountsAs.ATTENTION
    assert Interaction.objects.filter(counts_as=CountsAs.ATTEMPT).count() == 2


def test_the_people_who_were_there_are_reached_no_more(cast: Cast) -> None:
    build(cast)
    count(Outcome.REACHED, CountsAs.NOTHING, Channel.CALL)
    assert Contact.objects.filter(last_attention_at__isnull=False).count() == 3
    applied(cast)
    assert not Contact.objects.filter(last_attention_at__isnull=False).exists()


def test_a_reply_counts_when_it_came(cast: Cast) -> None:
    customer = client_of(cast.ana, "Escribe", cast.iberia)
    call = logged(customer, cast.ana, "11-16 11:00", channel=Channel.EMAIL)
    Interaction.objects.filter(pk=call.pk).update(answered_at=portfolio.at("11-17 09:00"), counts_as=CountsAs.NOTHING)
    run = asked(cast)
    assert recounts.work(NOW)
    row = Interaction.objects.get(pk=call.pk)
    assert (row.counts_as, row.counts_at, row.local_date) == (
        CountsAs.ATTENTION, portfolio.at("11-17 09:00"), dt.date(2026, 11, 17),
    )  # fmt: skip
    assert run.total == 1


def test_stopped_between_two_owners_it_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    build(cast)
    count(Outcome.LEFT_MESSAGE, CountsAs.ATTENTION)
    monkeypatch.setattr("retention.policies.AT_A_TIME", 1)
    run, real = asked(cast), recounts._apply

    def dies(*args: Any) -> int:
        if Recounted.objects.exists():
            raise RuntimeError("no room left")
        return real(*args)

    monkeypatch.setattr(recounts, "_apply", dies)
    with pytest.raises(RuntimeError):
        recounts.work(NOW)
    assert Recounted.objects.count() == 1 and not recounts.waits(NOW)

    monkeypatch.setattr(recounts, "_apply", real)
    assert recounts.work(NOW + dt.timedelta(minutes=10))
    run.refresh_from_db()
    assert (run.done, run.fault, Recounted.objects.count()) == (3, "", 3)
    assert not recounts.changing(recounts.rules_now()).exists()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_needs_a_look_a_reason_and_something_to_do(cast: Cast) -> None:
    build(cast)
    eva = signed_in(cast.eva)
    assert "counts so already" in eva.post(PAGE, {"do": "preview"}).content.decode()
    count(Outcome.LEFT_MESSAGE, CountsAs.NOTHING)
    seen = {"do": "force", "seen": recounts.signature(recounts.rules_now())}

    assert "see what it does now" in eva.post(PAGE, seen | {"seen": "x", "reason": "So"}).content.decode()
    silent = eva.post(PAGE, seen)
    assert silent.status_code == 422 and "Say why" in silent.content.decode()
    assert not Recount.objects.exists()

    taken = eva.post(PAGE, seen | {"reason": "So"})
    run = Recount.objects.get()
    assert taken.headers["Location"] == f"{PAGE}{run.pk}/"
    again = eva.post(PAGE, seen | {"reason": "So"})
    assert again.status_code == 422 and "under way" in again.content.decode()
    assert 'hx-trigger="every 2s"' in eva.get(f"{PAGE}{run.pk}/").content.decode()
    recounts.work(NOW)
    assert "All 3 contacts" in eva.get(f"{PAGE}{run.pk}/").content.decode()
