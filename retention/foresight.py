"""What a promise would mean before it is made: the customers' dues by it, counted without touching a clock (A8).

Those to whom the same is owed from the same date are one row: however many customers there are, as many dues are
reckoned as there are dates, and by the engine's own statement (alerts.dating).
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import connection, transaction
from django.db.models import QuerySet

from alerts.choices import Kind
from alerts.dating import compile_due
from alerts.models import Wanted
from crm.models import Customer
from crm.planner import look_at
from retention.models import AttentionPolicy
from retention.providers.attention import foreseen

#: What a due is reckoned from: kind, calendar, anchor date, days, agreed day, first days.
_Asked = tuple[str, int, dt.date, int | None, dt.date | None, int | None]


def foresee(customers: QuerySet[Customer], policy: AttentionPolicy, now: dt.datetime) -> dict[str, int]:
    """How many active customers would be overdue at `now`, and due within 7 and 30 days, were `policy` theirs."""
    alike = list(foreseen(customers, policy))
    asked: list[list[_Asked]] = []
    for calendar, agreed, attention_on, attention_days, first, personal_on, personal_days, _clients in alike:
        of_both: list[_Asked] = [(Kind.ATTENTION, calendar, attention_on, attention_days, agreed, first)]
        if personal_days is not None:
            of_both.append((Kind.PERSONAL, calendar, personal_on, personal_days, agreed, None))
        asked.append(of_both)
    dues = _dated({one for of_both in asked for one in of_both}, policy, now)
    week, month = now + dt.timedelta(days=7), now + dt.timedelta(days=30)
    counts = {"overdue": 0, "week": 0, "month": 0}
    for of_both, row in zip(asked, alike, strict=True):
        # A clock shows the silence that is due first.
        due, clients = min(dues[one] for one in of_both), row[-1]
        counts["overdue"] += clients if due <= now else 0
        counts["week"] += clients if now < due <= week else 0
        counts["month"] += clients if now < due <= month else 0
    return counts


def _dated(asked: set[_Asked], policy: AttentionPolicy, now: dt.datetime) -> dict[_Asked, dt.datetime]:
    """The due of each, by the statement that dates promises, in scratch rows that are gone after it."""
    run, order = uuid.uuid4(), list(asked)
    with transaction.atomic():
        Wanted.objects.bulk_create(
            (_scratch(number, one, policy, run, now) for number, one in enumerate(order)), batch_size=1000
        )
        look_at(Wanted, grown_by=len(order))
        with connection.cursor() as cursor:
            cursor.execute(*compile_due(run))
        rows = Wanted.objects.filter(run=run)
        dues = dict(rows.values_list("subject_id", "due_at"))
        rows.delete()
    # What no calendar dates would be refused when it is made; it falls due after all that is counted.
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    return {one: dues[number] or never for number, one in enumerate(order)}


def _scratch(number: int, asked: _Asked, policy: AttentionPolicy, run: uuid.UUID, now: dt.datetime) -> Wanted:
    kind, calendar, anchor_on, days, agreed, first = asked
    attention = kind == Kind.ATTENTION
    return Wanted(
        run=run,
        kind=kind,
        subject_key=f"foreseen:{number}",
        subject_id=number,
        calendar_id=calendar,
        unit=policy.attention_unit if attention else policy.personal_unit,
        source="preview",
        anchor_at=now,
        anchor_date=anchor_on,
        days=days,
        # S3: an agreed day is the due of the attention; the personal moment waits for it.
        day=agreed if attention else None,
        not_before_day=None if attention else agreed,
        first_days=first,
    )
