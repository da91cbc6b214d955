"""Logging an interaction: saved with its facts, deadlines and alerts in one transaction; undone; previewed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.attachments import Kept, attach, follow
from crm.choices import Channel, CountsAs, Direction
from crm.counting import cell, counts_at
from crm.effects import Effect, effect_of, reading_before
from crm.events import Change, facts_changed, lock_clocks
from crm.models import AgreedDate, Clock, Contact, ContactPoint, Customer, Interaction, Task
from crm.quiet import date_quiet, hear
from crm.stale import Overtaken, claim_version

#: T7: up to this far ahead a time is taken for a clock that runs fast.
TOLERANCE = dt.timedelta(minutes=5)
#: Twice any promise is longer: who was heard since is dated at night, others at once (W8).
QUIET_SOON = dt.timedelta(days=1)
#: W7: how long the toast's undo holds.
UNDO_WINDOW = dt.timedelta(minutes=10)


class FutureTime(ValidationError):
    """T7: dated more than five minutes ahead; it may be saved as a planned task instead."""


@dataclass(frozen=True)
class NextStep:
    title: str
    due_on: dt.date
    promised: bool = False
    channel: str = ""


@dataclass(frozen=True)
class Entry:
    """What a person enters about one interaction. Instants are aware; `at` is when it happened."""

    customer: Customer
    outcome: str
    at: dt.datetime
    channel: str = Channel.CALL
    direction: str = Direction.OUT
    answered_at: dt.datetime | None = None
    minutes: int | None = None
    participants: list[Contact] = field(default_factory=list)
    summary: str = ""
    sentiment: int | None = None
    solved: str = ""
    mass: bool = False
    next_step: NextStep | None = None
    fulfils: AgreedDate | None = None
    done_tasks: list[Task] = field(default_factory=list)
    #: Contents that are in the store already (crm.attachments.kept).
    files: list[Kept] = field(default_factory=list)
    by: User | None = None
    idempotency_key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Logged:
    """What was saved; `effect` is read from the rows when it is first asked for."""

    interaction: Interaction
    created: bool
    read: Callable[[], Effect] = field(repr=False)

    @cached_property
    def effect(self) -> Effect:
        return self.read()


def log_interaction(entry: Entry, *, actor: User, now: dt.datetime, whole_effect: bool = False) -> Logged:
    """Save `entry` and all that follows from it. The same idempotency key saves once.

    `whole_effect` tells what changed in the apps above too (alerts closed): the drawer's line asks for it.

    Raises FutureTime (T7) for a time more than five minutes ahead of `now`.
    """
    at = _event_time(entry.at, now)
    answered_at = _event_time(entry.answered_at, now) if entry.answered_at else None
    try:
        with transaction.atomic():
            clock, counts = _lock(entry)
            before = reading_before(entry.customer, clock, whole=whole_effect)
            interaction = _save(replace(entry, at=at, answered_at=answered_at), clock, counts, actor, now)
            _after(interaction, entry, actor, now)
            change = Change("interaction", interaction.pk, actor, felt=interaction.sentiment is not None)
            customers = Customer.objects.one(entry.customer.pk)
            facts_changed(customers, change=change, now=now, scope=False, locked=True)
            return Logged(interaction, True, partial(effect_of, before, interaction, whole=whole_effect))
    except IntegrityError:
        # Saved before, or by the other of two clicks.
        saved = Interaction.objects.filter(idempotency_key=entry.idempotency_key).first()
        if saved is None:
            raise
        if (saved.customer_id, saved.entered_by_id) != (entry.customer.pk, actor.pk) or saved.deleted_at:
            # The key of something else (a form sent again for another client, or after an undo): this is new.
            key = uuid.uuid5(entry.idempotency_key, f"{saved.pk}/{entry.customer.pk}/{actor.pk}")
            fresh = replace(entry, idempotency_key=key)
            return log_interaction(fresh, actor=actor, now=now, whole_effect=whole_effect)
        before = reading_before(saved.customer, _lock(entry)[0], whole=whole_effect)
        return Logged(saved, False, partial(effect_of, before, saved, whole=whole_effect))


def preview(entry: Entry, *, actor: User, now: dt.datetime) -> Effect:
    """What saving `entry` will do, by the save itself, rolled back. Raises as log_interaction does."""
    with transaction.atomic():
        fresh = replace(entry, idempotency_key=uuid.uuid4())
        effect = log_interaction(fresh, actor=actor, now=now, whole_effect=True).effect
        transaction.set_rollback(True)
    return effect


def undo_interaction(interaction: Interaction, *, actor: User, now: dt.datetime) -> bool:
    """W7: take back what was just logged, as if it had never been; False when the 10 minutes are over.

    Only who entered it may; the next step it brought goes with it.
    """
    with transaction.atomic():
        lock_clocks(Customer.objects.one(interaction.customer_id))
        mine = Interaction.objects.filter(
            pk=interaction.pk,
            entered_by=actor,
            deleted_at__isnull=True,
            entered_at__gte=now - UNDO_WINDOW,
        ).update(deleted_at=now, deleted_by=actor, undone=True, version=F("version") + 1)
        if not mine:
            return False
        Task.objects.filter(from_interaction=interaction, done_at__isnull=True).update(cancelled_at=now)
        Task.objects.filter(done_in=interaction).update(done_at=None, done_by=None, done_in=None)
        _removed(interaction, Change("interaction", interaction.pk, actor, undo=True), now)
    return True


def delete_interaction(interaction: Interaction, *, actor: User, now: dt.datetime) -> None:
    """W7: remove an interaction; what it met is met by the next one, else opens again.

    As it is now: what somebody else changed of it meanwhile stays in its history. Twice is as good as once.
    """
    with transaction.atomic():
        lock_clocks(Customer.objects.one(interaction.customer_id))
        kept = Interaction.objects.filter(pk=interaction.pk, customer=interaction.customer_id, deleted_at=None)
        version = kept.values_list("version", flat=True).select_for_update().first()
        if version is None:
            return
        interaction.version = version
        interaction.deleted_at, interaction.deleted_by = now, actor
        interaction.version += 1
        interaction.save(update_fields=["deleted_at", "deleted_by", "version"])
        _removed(interaction, Change("interaction", interaction.pk, actor, removal=True), now)


def edit_interaction(
    interaction: Interaction, entry: Entry, *, actor: User, now: dt.datetime, version: int | None = None
) -> Logged:
    """Change an interaction; `entered_at` stays. Another customer, time or outcome is a removal and a new log.

    Raises Overtaken when it is no longer at `version` (its own, unless said), or was removed meanwhile.
    """
    with transaction.atomic():
        both_pks = {interaction.customer_id, entry.customer.pk}
        both = Customer.objects.filter(pk__in=both_pks)
        # Both clocks in their one order: two edits that cross between two clients wait for each other.
        lock_clocks(both)
        read_at = interaction.version if version is None else version
        if not claim_version(Interaction, interaction.pk, read_at):
            raise Overtaken
        clock, counts = _lock(entry)
        before = reading_before(entry.customer, clock, whole=False)
        felt = {interaction.sentiment, entry.sentiment} != {None}
        answered_at = _event_time(entry.answered_at, now) if entry.answered_at else None
        _fill(interaction, replace(entry, at=_event_time(entry.at, now), answered_at=answered_at), clock, counts)
        interaction.version = read_at + 1
        interaction.save()
        if len(both_pks) > 1:
            follow(interaction)
        heard = set(interaction.participants.values_list("pk", flat=True))
        interaction.participants.set(entry.participants)
        hear(sorted(heard | {contact.pk for contact in entry.participants}))
        change = Change("interaction", interaction.pk, actor, removal=True, felt=felt)
        facts_changed(both, change=change, now=now, scope=False, locked=True)
        return Logged(interaction, False, partial(effect_of, before, interaction, whole=False))


def _lock(entry: Entry) -> tuple[Clock, CountsAs]:
    """The customer's clock with its calendar, and what `entry` counts as; asked in one.

    The clock is locked where there is a transaction (clock first, always).
    """
    clocks = Clock.objects.select_related("calendar").annotate(cell=cell(entry.channel, entry.direction, entry.outcome))
    if connection.in_atomic_block:
        clocks = clocks.select_for_update(of=("self",))
    clock: Any = clocks.get(pk=entry.customer.pk)
    return clock, CountsAs.NOTHING if entry.mass else CountsAs(clock.cell or CountsAs.NOTHING)


def _event_time(at: dt.datetime, now: dt.datetime) -> dt.datetime:
    if at > now + TOLERANCE:
        raise FutureTime(_("This time is still to come. Save it as a next step instead?"), code="future")
    # Whole seconds: fractions of a promise stay exact on both databases.
    return min(at, now).replace(microsecond=0)


def _fill(interaction: Interaction, entry: Entry, clock: Clock, counts: CountsAs) -> None:
    for name in (
        "customer", "channel", "direction", "outcome", "at", "answered_at", "minutes", "summary",
        "sentiment", "solved", "mass", "fulfils",
    ):  # fmt: skip
        setattr(interaction, name, getattr(entry, name))
    interaction.counts_as = counts
    interaction.counts_at = counts_at(entry.at, entry.answered_at, counts)
    interaction.local_date = interaction.counts_at.astimezone(clock.calendar.tz).date()
    interaction.with_whom = ", ".join(contact.name for contact in entry.participants)[:300]


def _save(entry: Entry, clock: Clock, counts: CountsAs, actor: User, now: dt.datetime) -> Interaction:
    interaction = Interaction(
        entered_at=now.replace(microsecond=0),
        entered_by=actor,
        by=entry.by or actor,
        idempotency_key=entry.idempotency_key,
    )
    _fill(interaction, entry, clock, counts)
    interaction.save()
    if entry.participants:
        interaction.participants.add(*entry.participants)
    return interaction


def _after(interaction: Interaction, entry: Entry, actor: User, now: dt.datetime) -> None:
    """What saving brings beside the clock: next step, ticked promises, a marked address, W8's fact."""
    if entry.next_step:
        Task.objects.create(
            customer=entry.customer,
            title=entry.next_step.title,
            due_on=entry.next_step.due_on,
            promised=entry.next_step.promised,
            channel=entry.next_step.channel,
            owner=entry.customer.owner or actor,
            from_interaction=interaction,
            created_at=now,
            created_by=actor,
        )
    _tick(entry.done_tasks, interaction, actor)
    if entry.files:
        attach(entry.customer, entry.files, interaction=interaction, actor=actor, now=interaction.entered_at)
    if interaction.counts_as == CountsAs.MARKS_ADDRESS:
        kind = "phone" if entry.channel in (Channel.CALL, Channel.VIDEO, Channel.CHAT) else "email"
        points = ContactPoint.objects.filter(customer=entry.customer, kind=kind, bad_since__isnull=True)
        if entry.participants:
            points = points.filter(contact__in=entry.participants)
        first = points.first()
        if first is not None:
            first.bad_since = now
            first.save(update_fields=["bad_since"])
    if interaction.is_attention and entry.participants:
        Contact.objects.filter(pk__in=[c.pk for c in entry.participants]).exclude(
            last_attention_at__gt=interaction.counts_at
        ).update(last_attention_at=interaction.counts_at, quiet_at=None)
        if interaction.counts_at < interaction.entered_at - QUIET_SOON:
            date_quiet([contact.pk for contact in entry.participants])


def _tick(tasks: list[Task], interaction: Interaction, actor: User) -> None:
    """Tick what is still open of `tasks`; who was faster keeps their tick."""
    if not tasks:
        return
    for task in Task.objects.open().select_for_update().filter(pk__in=[task.pk for task in tasks]).order_by("pk"):
        task.done_at, task.done_by, task.done_in = interaction.entered_at, actor, interaction
        task.save(update_fields=["done_at", "done_by", "done_in"])


def _removed(interaction: Interaction, change: Change, now: dt.datetime) -> None:
    customer = Customer.objects.one(interaction.customer_id)
    hear(list(Contact.objects.filter(interactions=interaction).values_list("pk", flat=True)))
    change = replace(change, felt=interaction.sentiment is not None)
    facts_changed(customer, change=change, now=now, scope=False)
