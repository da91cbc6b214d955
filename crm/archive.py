"""Archiving, and the stages in which a client goes and comes back (A12). Each keeps its history and tells the clock."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.choices import GOING, Stage
from crm.events import Change, facts_changed
from crm.models import AgreedDate, Clock, Customer, NoFollowUp


def archive(customer: Customer, *, actor: User, now: dt.datetime) -> bool:
    """Put a customer away: nothing is owed any more, nothing is lost. False when they were already."""
    return _set_archived(customer, now.replace(microsecond=0), actor, now)


def unarchive(customer: Customer, *, actor: User, now: dt.datetime) -> bool:
    """Take a customer back as they were: old anchor, old missed calls (A12). False when they were not archived."""
    return _set_archived(customer, None, actor, now)


@transaction.atomic
def _set_archived(customer: Customer, archived_at: dt.datetime | None, actor: User, now: dt.datetime) -> bool:
    locked = locked_customer(customer.pk)
    if (locked.archived_at is None) == (archived_at is None):
        return False
    locked.archived_at = archived_at
    _save(locked, ["archived_at"], now)
    _told(locked, actor, now)
    return True


@transaction.atomic
def change_stage(customer: Customer, stage: str, *, actor: User, now: dt.datetime) -> None:
    """Move a customer to another stage, with what a departure ends and a return begins.

    Raises ValidationError for a departed client who is said to be leaving.
    """
    locked = locked_customer(customer.pk)
    if locked.stage == stage:
        return
    changed = enter_stage(locked, stage, actor=actor, now=now)
    _save(locked, changed, now)
    _told(locked, actor, now)


def enter_stage(customer: Customer, stage: str, *, actor: User, now: dt.datetime) -> list[str]:
    """Set `stage` and its dates on an instance that the caller saves and tells; returns the fields it set.

    A departure ends the agreed date and "no follow-up wanted"; a return is dated, the departure stays known.
    """
    before, customer.stage = customer.stage, stage
    at = now.replace(microsecond=0)
    if stage == Stage.DEPARTED and before != Stage.DEPARTED:
        customer.departed_at = at
        AgreedDate.objects.filter(customer=customer, withdrawn_at=None).update(withdrawn_at=at, withdrawn_by=actor)
        NoFollowUp.objects.filter(customer=customer, until_at=None).update(until_at=at, ended_by=actor)
        return ["stage", "departed_at"]
    if before == Stage.DEPARTED:
        if stage in GOING:
            raise ValidationError(_("They have already left. Choose the stage they come back to."), code="stage")
        calendar = Clock.objects.select_related("calendar").get(pk=customer.pk).calendar
        customer.returned_at, customer.returned_on = at, at.astimezone(calendar.tz).date()
        return ["stage", "returned_at", "returned_on"]
    return ["stage"]


def locked_customer(pk: int) -> Customer:
    """Lock a row for writing. No key lock, so that whoever holds the clock may still refer to it."""
    return Customer.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)


def _save(customer: Customer, fields: list[str], now: dt.datetime) -> None:
    customer.version += 1
    # The history's date: when it happened, also for a past that is told later (the demo's).
    customer._history_date = now  # type: ignore[attr-defined]
    customer.save(update_fields=[*fields, "version", "changed_at"])


def _told(customer: Customer, actor: User, now: dt.datetime) -> None:
    change = Change(cause="person", cause_id=actor.pk, actor=actor)
    facts_changed(Customer.objects.one(customer.pk), change=change, now=now)
