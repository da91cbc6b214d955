"""Next steps: planned, ticked as done, opened again. A promised one has a deadline, so the facts change with it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import User
from crm.events import Change, facts_changed, lock_clocks
from crm.models import Customer, Task


@transaction.atomic
def plan_task(
    customer: Customer,
    *,
    title: str,
    due_on: dt.date,
    promised: bool,
    channel: str,
    actor: User,
    now: dt.datetime,
) -> Task:
    """Write down a next step of `customer` for its owner, due on a local date (T5); without one, for who writes it."""
    task = Task.objects.create(
        customer=customer,
        title=title,
        due_on=due_on,
        promised=promised,
        channel=channel,
        owner=customer.owner or actor,
        created_at=now,
        created_by=actor,
    )
    _told(task, actor, now, forward=True)
    return task


@transaction.atomic
def mark_done(task: Task, *, actor: User, now: dt.datetime) -> bool:
    """Tick a next step as done; False when it was not open any more."""
    lock_clocks(Customer.objects.one(task.customer_id))
    found = Task.objects.open().select_for_update().filter(pk=task.pk).first()
    if found is None:
        return False
    found.done_at, found.done_by = now.replace(microsecond=0), actor
    found.save(update_fields=["done_at", "done_by"])
    _told(found, actor, now, forward=True)
    return True


@transaction.atomic
def mark_open(task: Task, *, actor: User, now: dt.datetime) -> bool:
    """Take a tick back; False when there was none."""
    lock_clocks(Customer.objects.one(task.customer_id))
    ticked = Task.objects.filter(pk=task.pk, done_at__isnull=False, cancelled_at__isnull=True)
    found = ticked.select_for_update().first()
    if found is None:
        return False
    found.done_at = found.done_by = found.done_in = None
    found.save(update_fields=["done_at", "done_by", "done_in"])
    _told(found, actor, now)
    return True


def _told(task: Task, actor: User, now: dt.datetime, *, forward: bool = False) -> None:
    if task.promised:
        change = Change(cause="person", cause_id=actor.pk, actor=actor, forward=forward)
        facts_changed(Customer.objects.one(task.customer_id), change=change, now=now, scope=False, facts=False)
