"""Many hands at once, on PostgreSQL: nobody sees a deadlock, nothing is saved twice, every deadline is right."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from alerts import actions
from alerts.alert_trail import trail_of
from alerts.models import Alert, DeliveryItem
from alerts.mornings import ensure_mornings
from alerts.reassign import reassign
from alerts.recheck import recheck
from alerts.sweep import run_sweep
from alerts.tell import tell_events
from config.again import Again
from crm.log import Entry, log_interaction, undo_interaction
from crm.models import Attachment, Customer, Interaction, Task
from crm.tasks import mark_done, mark_open, plan_task
from retention.audit import audit
from retention.policies import Scope, change_policy
from tests.cast import Cast
from tests.crm.test_attachments import contents
from tests.portfolio import MADRID, base_of_call, client_of, logged
from tests.support.files import upload

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all works at the same time, each on a connection of its own; what came of them, errors included."""
    start, results = threading.Barrier(len(works)), [object()] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        try:
            start.wait()
            results[place] = work()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def errors(results: list[object]) -> list[object]:
    return [one for one in results if isinstance(one, Exception)]


def signed_in(user: Any) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    return client


def overdue(cast: Cast, name: str = "Ferretería Solís") -> Customer:
    customer = client_of(cast.ana, name, cast.iberia)
    logged(customer, cast.ana, "10-01 11:00")
    return customer


def post(browser: Client, customer: Customer, **fields: object) -> Callable[[], int]:
    data = {"customer": customer.pk, "channel": "call", "direction": "out", "outcome": "reached"} | fields
    return lambda: browser.post(reverse("crm:interaction-log"), data).status_code


def change(browser: Client, way: str, pk: int, data: dict[str, str]) -> Callable[[], int]:
    return lambda: browser.post(reverse(f"crm:interaction-{way}", args=[pk]), data).status_code


def test_ten_clicks_with_one_key_save_once(cast: Cast) -> None:
    customer, key = overdue(cast), uuid.uuid4()
    clicks = [post(signed_in(cast.ana), customer, idempotency_key=str(key)) for _ in range(10)]

    assert at_once(*clicks) == [204] * 10

    assert Interaction.objects.filter(idempotency_key=key).count() == 1


def test_ten_clicks_with_a_photo_keep_it_once(cast: Cast) -> None:
    customer, key, before = overdue(cast), uuid.uuid4(), contents()
    fields = [{"idempotency_key": str(key), "uploads": upload("a.png"), "whole": "1"} for _ in range(10)]

    assert at_once(*(post(signed_in(cast.ana), customer, **one) for one in fields)) == [204] * 10

    assert Interaction.objects.get(attachments__isnull=False).idempotency_key == key
    assert len(contents() - before) == 1


def test_files_that_come_at_once_stay_within_the_limit_of_their_client(cast: Cast, settings: Any) -> None:
    customer, before = overdue(cast), contents()
    settings.ATTACHMENTS_PER_CLIENT = 3_500
    fields = [{"uploads": upload(f"{n}.txt", f"{n}".encode() * 1_000), "whole": "1"} for n in range(6)]

    codes = at_once(*(post(signed_in(cast.ana), customer, **one) for one in fields))

    assert sorted(codes, key=str) == [204] * 3 + [422] * 3
    assert sum(Attachment.objects.values_list("size", flat=True)) == 3_000
    assert len(contents() - before) == 3


def test_everything_at_once(cast: Cast) -> None:
    customers = [overdue(cast, f"Client {n}") for n in range(4)]
    browsers = [signed_in(user) for user in [cast.ana, cast.bruno, cast.carla, cast.ana] * 2]
    ids = [one.pk for one in customers]
    now = timezone.now()

    def calls(browser: Client) -> list[int]:
        return [post(browser, one, minutes=n)() for n in range(2) for one in customers]

    def hand_over() -> None:
        for owner in (cast.bruno, cast.ana, None, cast.ana):
            reassign(Customer.objects.filter(pk__in=ids), owner=owner, actor=cast.carla, now=timezone.now())

    def promise() -> None:
        for days in (20, 40, 30):
            terms: dict[str, object] = {"attention_amount": days}
            change_policy(Scope(), terms, actor=cast.eva, reason="", now=timezone.now())

    def sweep() -> None:
        for day in range(3):
            run_sweep(now + dt.timedelta(days=day))

    done = at_once(*[lambda b=b: calls(b) for b in browsers], sweep, sweep, hand_over, promise)

    assert errors(done) == []
    assert {code for codes in done[:8] for code in codes} == {204}  # type: ignore[attr-defined]
    assert audit(timezone.now()) == []
    keys = list(Alert.objects.open().values_list("family", "subject_key"))
    assert len(keys) == len(set(keys))


def test_ticks_calls_and_hand_overs_wait_for_each_other(cast: Cast) -> None:
    customer = overdue(cast)
    about = {"title": "Offer", "due_on": dt.date(2026, 12, 1), "promised": True, "channel": "", "actor": cast.ana}
    task: Task = plan_task(customer, now=timezone.now(), **about)  # type: ignore[arg-type]
    browsers = [signed_in(cast.ana) for _ in range(3)]

    def tick() -> None:
        for _ in range(8):
            mark_done(task, actor=cast.ana, now=timezone.now())
            mark_open(task, actor=cast.ana, now=timezone.now())

    def hand_over() -> None:
        for owner in [cast.bruno, cast.ana] * 3:
            reassign(Customer.objects.filter(pk=customer.pk), owner=owner, actor=cast.carla, now=timezone.now())

    def calls(browser: Client) -> list[int]:
        return [post(browser, customer, done_tasks=task.pk)() for _ in range(5)]

    done = at_once(*[lambda b=b: calls(b) for b in browsers], tick, tick, hand_over)

    assert errors(done) == []
    assert audit(timezone.now()) == []


def test_undo_edit_and_delete_at_once(cast: Cast) -> None:
    customer = overdue(cast)
    browsers = [signed_in(cast.ana) for _ in range(5)]
    for _ in range(4):
        post(browsers[0], customer)()
        pk = Interaction.objects.latest("pk").pk
        entry = {"channel": "call", "direction": "out", "outcome": "no_answer", "at": "2026-11-24T09:10"}
        entry["base"] = base_of_call(Interaction.objects.get(pk=pk), cast.ana)
        ways = [("undo", {}), ("undo", {}), ("edit", entry), ("delete", {})]
        works = [change(b, way, pk, data) for b, (way, data) in zip(browsers, ways, strict=False)]
        works.append(post(browsers[4], customer))
        codes = at_once(*works)
        assert set(codes) <= {204, 404}, codes
    assert audit(timezone.now()) == []


def test_two_snoozes_and_a_call_at_once(cast: Cast) -> None:
    customer = overdue(cast)
    now = timezone.now()
    run_sweep(now)
    one = Alert.objects.open().get(customer=customer)
    snooze = lambda: actions.snooze(one, days=3, actor=cast.ana, now=now)  # noqa: E731

    on_it = lambda: actions.acknowledge(one, actor=cast.ana, now=now)  # noqa: E731
    done = at_once(snooze, snooze, post(signed_in(cast.ana), customer), on_it)

    assert {type(error).__name__ for error in errors(done)} <= {"NotAllowed"}
    one.refresh_from_db()
    assert not one.is_open
    assert one.snooze_dates_used <= 3
    assert audit(timezone.now()) == []


def test_what_is_being_told_just_now_cannot_be_taken_back(cast: Cast) -> None:
    customer, now = overdue(cast), timezone.now()
    run_sweep(now)
    alert = Alert.objects.open().get(customer=customer)
    done = actions.dismiss(alert, reason="Closed in winter", actor=cast.ana, now=now)
    results: list[list[object]] = []
    take_back = lambda: actions.undo(done.event.pk, actor=cast.ana, now=now)  # noqa: E731
    click = threading.Thread(target=lambda: results.append(at_once(take_back)))

    with transaction.atomic():
        tell_events(now)
        click.start()
        # Either it has its answer, or it waits for this transaction to end.
        click.join(timeout=1)
    click.join()

    assert results == [[False]]
    assert DeliveryItem.objects.filter(event=done.event, recipient=cast.carla).exists()
    alert.refresh_from_db()
    assert alert.dismissed_until is not None


def test_what_is_being_taken_back_is_not_told(cast: Cast) -> None:
    customer, now = overdue(cast), timezone.now()
    run_sweep(now)
    alert = Alert.objects.open().get(customer=customer)
    tell_events(now)
    done = actions.dismiss(alert, reason="Closed in winter", actor=cast.ana, now=now)

    with transaction.atomic():
        assert actions.undo(done.event.pk, actor=cast.ana, now=now)
        assert at_once(lambda: tell_events(now)) == [0]

    assert not DeliveryItem.objects.filter(event=done.event.pk).exists()


def test_a_call_is_taken_back_while_its_news_is_being_told(cast: Cast) -> None:
    """Bruno's call closes Ana's alert, which is a line in her morning mail; his undo comes in between."""
    customer, now = overdue(cast), timezone.now()
    ensure_mornings(now)
    User.objects.filter(pk=cast.ana.pk).update(first_signed_in_at=now)
    run_sweep(now)
    Alert.objects.update(admitted_at=now, rung=1, rung_at=now, reached_at=now)
    tell_events(now)
    spoken = log_interaction(Entry(customer=customer, outcome="reached", at=now), actor=cast.bruno, now=now).interaction
    results: list[list[object]] = []
    take_back = lambda: undo_interaction(spoken, actor=cast.bruno, now=now)  # noqa: E731
    click = threading.Thread(target=lambda: results.append(at_once(take_back)))

    with transaction.atomic():
        assert tell_events(now) == 1
        click.start()
        click.join(timeout=1)
    click.join()

    assert results == [[True]]
    item = DeliveryItem.objects.select_related("event__alert").get(recipient=cast.ana, event__kind="closed")
    assert item.event.alert.is_open
    assert recheck(cast.ana, [item.event]) == {item.event_id: "open again in the meantime"}
    assert trail_of(item.event.alert, reader=cast.ana, zone=MADRID)[0].words == "Closed, and taken back"


def test_a_circle_of_waiting_is_done_again(cast: Cast) -> None:
    meet = threading.Barrier(2, timeout=5)
    tries: list[int] = []

    def view(_request: object, first: int, second: int) -> HttpResponse:
        tries.append(first)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=first)
            if len(tries) < 3:
                meet.wait()
            User.objects.select_for_update().get(pk=second)
        return HttpResponse("saved")

    do = Again(lambda _request: HttpResponse()).process_view
    pks = cast.ana.pk, cast.bruno.pk
    done = at_once(*[lambda pair=pair: do(HttpRequest(), view, pair, {}) for pair in (pks, pks[::-1])])

    assert errors(done) == []
    assert len(tries) == 3
