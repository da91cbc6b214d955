"""The engine's rows: the sweep, a morning, sending, a policy change, the audit."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time

from django.conf import settings
from django.db import connection
from django.db.models import F

from alerts.admission import admit_due
from alerts.models import Alert, Deadline, Delivery, Morning
from alerts.mornings import ensure_mornings
from alerts.send import send_due
from alerts.sweep import detect, run_sweep
from bench.measure import Results, milliseconds, p50, queries, seconds, sql_floor, undone
from config.environment import MailTransport
from crm.models import Customer, Segment
from retention.policies import Scope, change_policy, preview_change

#: The people of a morning: those of a firm and its teams' queues.
MORNINGS = 315


def sweep_rows(results: Results, now: dt.datetime) -> None:
    first = Deadline.objects.open().filter(wake_at__isnull=False).order_by("wake_at")[0].wake_at
    assert first is not None
    before = first - dt.timedelta(hours=1)
    floor = sql_floor(
        "SELECT id FROM alerts_deadline WHERE met_at IS NULL AND cancelled_at IS NULL AND wake_at <= %s", [before]
    )
    idle = milliseconds(lambda: detect(before), times=50)
    results.add("sweep, nothing due (p50)", p50(idle), "ms", budget=5, floor=floor, sql=queries(lambda: detect(before)))

    # A base that has been alive for a while: some alerts are open, and the planner knows of them.
    before_that = 1_000
    due = min(10_000, Deadline.objects.open().filter(opened_at__isnull=True).count() - before_that)

    def sweep() -> float:
        make_due(before_that)
        detect(now)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        make_due(due)
        return seconds(lambda: detect(now))

    results.add(f"sweep, {due:,} due", undone(sweep), "s", budget=3, floor=_floor_of_opening(due, now))


def make_due(count: int) -> None:
    """Let so many more promises be long past their due, and not opened yet."""
    waiting = Deadline.objects.open().filter(opened_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    Deadline.objects.filter(pk__in=list(waiting[:count])).update(
        due_at=F("anchor_at") + dt.timedelta(seconds=1), wake_at=F("anchor_at"), opens_at=F("anchor_at")
    )


def next_workday(now: dt.datetime) -> dt.datetime:
    """Ten o'clock (UTC) of a coming working day: at night, nobody has a morning."""
    day = now + dt.timedelta(days=1)
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    return day.replace(hour=10, minute=0, second=0, microsecond=0)


def _floor_of_opening(due: int, now: dt.datetime) -> float:
    """INSERT … SELECT of as many alerts and a mark on their deadlines, in seconds; undone."""

    def write() -> float:
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO alerts_alert (family, subject_key, customer_id, rung, opened_at, oldest_due_at,"
                " oldest_kind, snooze_dates_used, dismissals, reopened_once, close_reason, error)"
                " SELECT 'floor', subject_key || id, customer_id, 0, %s, due_at, kind, 0, 0, false, '', ''"
                " FROM alerts_deadline WHERE customer_id IS NOT NULL ORDER BY id LIMIT %s",
                [now, due],
            )
            cursor.execute(
                "UPDATE alerts_deadline SET opened_at = %s"
                " WHERE id IN (SELECT id FROM alerts_deadline ORDER BY id LIMIT %s)",
                [now, due],
            )
        return time.perf_counter() - begun

    return undone(write)


def morning_rows(results: Results, now: dt.datetime) -> None:
    at = next_workday(now)
    admitted = planned = count = 0

    def morning() -> float:
        nonlocal admitted, planned, count
        make_due(5_000)
        detect(at)
        ensure_mornings(at)
        # A firm has 300 people: at scale it is the morning of some of them.
        first = Morning.objects.order_by("pk")[:MORNINGS].values("pk")
        people = Morning.objects.filter(pk__in=list(first.values_list("pk", flat=True)))
        Morning.objects.update(next_at=at + dt.timedelta(days=1))
        people.update(next_at=at, last_on=None)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        before = Alert.objects.open().admitted().count(), Delivery.objects.count()
        taken = seconds(lambda: admit_due(at))
        admitted, planned = Alert.objects.open().admitted().count() - before[0], Delivery.objects.count() - before[1]
        count = people.count()
        return taken

    taken = undone(morning)
    # The budget is that of 300 people.
    budget = round(10 * count / 300, 2)
    results.add(f"a morning: {count} people, {admitted} admitted, {planned} mails", taken, "s", budget=budget)


def mail_rows(results: Results, now: dt.datetime, port: int) -> None:
    """Mails rendered and handed to a real SMTP server on loopback by one process."""
    settings.EMAIL_TRANSPORT = MailTransport(
        host="127.0.0.1", port=port, username="", password="", use_tls=False, use_ssl=False, timeout=15
    )

    at = next_workday(now)

    def send() -> float:
        make_due(5_000)
        ensure_mornings(at)
        Morning.objects.update(next_at=at + dt.timedelta(days=1))
        some = list(Morning.objects.order_by("pk").values_list("pk", flat=True)[:MORNINGS])
        Morning.objects.filter(pk__in=some).update(next_at=at, last_on=None)
        run_sweep(at)
        Delivery.objects.filter(state="planned").update(window_at=at, next_try_at=at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        # The first batch loads templates and addresses.
        send_due(at)
        begun, sent = time.perf_counter(), 0
        while batch := send_due(at):
            sent += batch
            if sent >= 200:
                break
        return sent / (time.perf_counter() - begun)

    results.add("mail rendered and handed over, one process", undone(send), "1/s", budget=60, at_least=True)


def policy_rows(results: Results, now: dt.datetime) -> None:
    """At scale the change of a segment's 250,000 clients; else of everybody's, its budget by their number."""
    terms: dict[str, object] = {"attention_amount": 25}
    segment = Segment.objects.filter(name="A").first() if results.scale == "scale" else None
    scope = Scope(segment)
    count = scope.customers().count()
    preview = undone(lambda: seconds(lambda: preview_change(scope, terms, now=now)))
    asked = queries(lambda: preview_change(scope, terms, now=now))
    change = undone(lambda: seconds(lambda: change_policy(scope, terms, actor=None, reason="bench", now=now)))
    budget, floor = round(20 * count / 250_000, 2), undone(lambda: _floor_of_dating(scope))
    results.add(f"policy preview, {count:,} customers", preview, "s", budget=2, sql=asked)
    results.add(f"policy change, {count:,} customers", change, "s", budget=budget, floor=floor)


def _floor_of_dating(scope: Scope) -> float:
    """One UPDATE by join of as many clocks, in seconds."""
    segment = scope.segment.pk if scope.segment else None

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE crm_clock k SET due_at = k.due_at - interval '5 days', soon_at = k.soon_at - interval '4 days'"
                " FROM crm_customer c WHERE c.id = k.customer_id AND c.segment_id IS NOT DISTINCT FROM %s",
                [segment],
            )

    return seconds(write)


def night_rows(results: Results, now: dt.datetime) -> None:
    """The audit and the evening's snapshot of all, in a process of their own, whose memory is theirs alone."""
    floor = seconds(lambda: sql_floor(
        "SELECT COUNT(*), MAX(n) FROM (SELECT customer_id, COUNT(*) n, MAX(counts_at) FROM crm_interaction"
        " GROUP BY customer_id) all_of_them", times=1, warm=0,
    ))  # fmt: skip
    output = subprocess.run(
        [sys.executable, "-m", "bench.night", now.isoformat()], check=True, capture_output=True, text=True
    ).stdout
    night = json.loads(output.splitlines()[-1])
    count = f"{Customer.objects.count():,} customers"
    results.add(f"nightly audit, {count}", night["audit"], "s", budget=180)
    results.add(f"nightly snapshot, {count}", night["snapshot"], "s", budget=180)
    together = night["audit"] + night["snapshot"]
    results.add(f"audit and snapshot together, {count}", together, "s", budget=180, floor=floor)
    results.add(f"memory of both, {count}", night["mebibytes"], "MiB", budget=1024)
    results.add(f"findings of the audit, {count}", night["findings"], "", budget=0.5)
