"""kill -9 at three lines: nothing is lost, nothing told twice but where the hand-over was cut off (M3).

Each kill hits a process that holds claimed rows; the test fails itself if it does not. What the SMTP
server received is the truth. Another connection holds a lock that the process needs, so that it stands
exactly where it is killed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import current_app
from django.db import connection
from django.utils import timezone

from accounts.calendar_build import rebuild
from accounts.models import WeeklySpan
from alerts.choices import DeliveryState, EventKind, Family
from alerts.models import Alert, AlertEvent, Deadline, Delivery, DeliveryItem
from alerts.sweep import run_sweep
from crm.choices import Direction, Outcome
from crm.events import Change, facts_changed
from crm.log import Entry, log_interaction
from crm.models import Customer
from tests.cast import Cast
from tests.support.mailbox import MailServer
from tests.support.processes import AppProcess, database_url

pytestmark = [
    pytest.mark.worker,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="Row locks of PostgreSQL show where it stands."),
]
#: Short, so that what a dead sender held is taken up within the test.
SHORT = {"MAIL_LEASE_SECONDS": "3", "MAIL_LIMIT_SECONDS": "2"}
CUSTOMERS = 40
Start = Callable[..., AppProcess]


@pytest.fixture
def iberia(transactional_db: None, cast: Cast) -> Cast:
    """The cast, whose calendars are open at whatever hour the test runs."""
    for calendar in (cast.madrid, cast.default.calendar):
        calendar.weekly_spans.all().delete()
        WeeklySpan.objects.bulk_create(
            WeeklySpan(calendar=calendar, weekday=day, opens=dt.time(0, 0), closes=dt.time(23, 59, 59))
            for day in range(7)
        )
        rebuild(calendar, today=timezone.now().date())
    return cast


@contextmanager
def other_connection() -> Iterator[Any]:
    """A connection of somebody else, whose locks end with the block."""
    other = psycopg2.connect(database_url())
    try:
        yield other
    finally:
        other.rollback()
        other.close()


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"It never came to this: {what}"
        time.sleep(0.05)


def waits_in(statement: str) -> Callable[[], bool]:
    """Whether a process waits for a lock in a statement that begins so."""

    def holds() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock' AND query LIKE %s",
                [statement + "%"],
            )
            return bool(cursor.fetchone()[0])

    return holds


def customers(cast: Cast) -> list[Customer]:
    added = timezone.now() - dt.timedelta(days=60)
    for number in range(CUSTOMERS):
        Customer.objects.create(name=f"Cliente {number}", owner=cast.ana, team=cast.iberia, added_at=added)
    facts_changed(Customer.objects.all(), change=Change("person"), now=added)
    return list(Customer.objects.order_by("pk"))


def missed_calls(cast: Cast) -> list[Customer]:
    """Clients who called a minute ago and whom nobody answered: told at once to their owner."""
    served = customers(cast)
    now = timezone.now()
    for customer in served:
        entry = Entry(
            customer=customer, direction=Direction.IN, outcome=Outcome.MISSED, at=now - dt.timedelta(minutes=1)
        )
        log_interaction(entry, actor=cast.bruno, now=now)
    return served


def wake(task: str) -> None:
    current_app.send_task(f"alerts.tasks.{task}")


def assert_each_opened_deadline_has_one_alert() -> None:
    opened = Deadline.objects.open().filter(opened_at__isnull=False)
    assert not opened.filter(alert__isnull=True).exists()
    assert not Deadline.objects.open().filter(opened_at__isnull=True, opens_at__lte=timezone.now()).exists()
    subjects = Counter(Alert.objects.open().values_list("family", "subject_key"))
    assert max(subjects.values()) == 1
    openings = Counter(AlertEvent.objects.filter(kind=EventKind.OPENED).values_list("alert", flat=True))
    assert set(openings.values()) == {1}


def test_killed_inside_the_sweep(iberia: Cast, start_worker: Start, smtp_server: MailServer) -> None:
    customers(iberia)
    first = start_worker(EMAIL_URL=smtp_server.url, WORKER_PROCESSES="1", **SHORT)
    with other_connection() as other:
        other.cursor().execute("LOCK TABLE alerts_alertevent IN SHARE MODE")
        wake("sweep")
        wait_until(waits_in('INSERT INTO "alerts_alertevent"'), "the sweep stands inside its transaction")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM (SELECT 1 FROM crm_clock FOR UPDATE SKIP LOCKED) AS free")
            assert cursor.fetchone()[0] == 0, "the killed process held no claimed rows"
        first.kill()
    start_worker(EMAIL_URL=smtp_server.url, WORKER_PROCESSES="1", **SHORT)
    wake("sweep")

    silences = Alert.objects.open().filter(family=Family.SILENCE)
    wait_until(lambda: silences.count() == CUSTOMERS, "every silence is open")
    assert_each_opened_deadline_has_one_alert()


@dataclass
class HeldServer(MailServer):
    """Holds the first recipient until it is let go, so that a sender stands between claim and hand-over."""

    holds: bool = True
    reached: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        self.reached.append(address)
        while self.holds:
            await asyncio.sleep(0.02)
        return await super().handle_RCPT(server, session, envelope, address, options)


def plan_mails(cast: Cast) -> int:
    """Sweep and tell, so that mails are planned; returns how many."""
    missed_calls(cast)
    run_sweep(timezone.now())
    Delivery.objects.update(window_at=timezone.now(), next_try_at=timezone.now())
    return Delivery.objects.count()


def all_settled(count: int) -> Callable[[], bool]:
    return lambda: Delivery.objects.filter(state=DeliveryState.SENT).count() == count


def send_until_settled(count: int) -> None:
    """Wake the sender as the pump would, until everything has gone."""

    def settled() -> bool:
        wake("send")
        time.sleep(0.3)
        return all_settled(count)()

    wait_until(settled, "every mail has gone")


def assert_told_once_each() -> None:
    assert not AlertEvent.objects.filter(tell=True, told_at__isnull=True).exists()
    told = Counter(DeliveryItem.objects.values_list("recipient", "event"))
    assert set(told.values()) == {1}


def test_killed_after_the_claim(iberia: Cast, start_worker: Start) -> None:
    server = HeldServer()
    server.start()
    planned = plan_mails(iberia)
    first = start_worker(EMAIL_URL=server.url, WORKER_PROCESSES="1", **SHORT)
    wake("send")
    wait_until(lambda: bool(server.reached), "the sender speaks with the server")
    held = Delivery.objects.filter(state=DeliveryState.SENDING, handed_at__isnull=True, lease_token__isnull=False)
    assert held.count() == planned, "the killed process held no claimed rows"
    first.kill()
    server.holds = False

    start_worker(EMAIL_URL=server.url, WORKER_PROCESSES="1", **SHORT)
    send_until_settled(planned)

    assert set(Counter(mail.message_id for mail in server.messages).values()) == {1}
    assert len(server.messages) == planned
    assert_told_once_each()
    server.stop()


@dataclass
class LockingServer(MailServer):
    """Says 250 to the first mail, and at that moment locks its delivery: the sender cannot say that it has gone."""

    lock: Any = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.lock is not None and not self.messages:
            self.lock.cursor().execute("SELECT 1 FROM alerts_delivery WHERE handed_at IS NOT NULL FOR UPDATE")
        return await super().handle_DATA(server, session, envelope)


def test_killed_between_250_and_commit(iberia: Cast, start_worker: Start) -> None:
    server = LockingServer()
    server.start()
    planned = plan_mails(iberia)
    first = start_worker(EMAIL_URL=server.url, WORKER_PROCESSES="1", **SHORT)
    with other_connection() as other:
        server.lock = other
        wake("send")
        server.wait_for(1)
        wait_until(waits_in('UPDATE "alerts_delivery"'), "the sender stands before its commit")
        cut = Delivery.objects.get(handed_at__isnull=False)
        assert cut.state == DeliveryState.SENDING, "the killed process held no claimed rows"
        first.kill()
        server.lock = None
    start_worker(EMAIL_URL=server.url, WORKER_PROCESSES="1", **SHORT)
    send_until_settled(planned)

    received = Counter(mail.message_id for mail in server.messages)
    assert received.pop(cut.message_id) == 2
    assert set(received.values()) <= {1}
    assert len(received) == planned - 1
    assert_told_once_each()
    server.stop()
