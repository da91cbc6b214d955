"""Writing a customer or one of its people: history, clock, search text and version in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Calendar, User
from crm.archive import enter_stage, locked_customer
from crm.events import Change, facts_changed
from crm.models import Contact, Customer, Tag
from crm.models.contact import PointKind
from crm.ownership import primary_team, reassign
from crm.points import set_points
from crm.quiet import date_quiet
from crm.scope import calendar_of
from crm.search import plain, reindex
from crm.stale import Overtaken, claim_version


@dataclass(frozen=True)
class Extras:
    """What a form brings beside the customer's own columns."""

    tags: Sequence[str] = ()
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FirstContact:
    """The person of contact that comes with a new customer."""

    name: str
    role: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)


@transaction.atomic
def create_customer(
    customer: Customer, extras: Extras, first: FirstContact | None, *, actor: User, now: dt.datetime
) -> Customer:
    """Save a new customer; without a team they get their owner's."""
    if customer.team is None and customer.owner is not None:
        customer.team = primary_team(customer.owner)
    customer.added_at = now.replace(microsecond=0)
    customer.added_on = now.date()
    customer.save()
    _date_in_own_calendar(customer)
    _save_extras(customer, extras)
    if first and first.name:
        contact = Contact.objects.create(customer=customer, name=first.name, role=first.role)
        set_points(customer, contact, PointKind.PHONE, first.phones)
        set_points(customer, contact, PointKind.EMAIL, first.emails)
    reindex([customer.pk])
    facts_changed(_only(customer), change=_by(actor), now=now)
    return customer


def _date_in_own_calendar(customer: Customer) -> None:
    """`added_on` is the local date in the calendar that the customer now has (T5)."""
    pk = Customer.objects.filter(pk=customer.pk).annotate(cal=calendar_of()).values_list("cal", flat=True).get()
    local = customer.added_at.astimezone(Calendar.objects.get(pk=pk).tz).date()
    if local != customer.added_on:
        customer.added_on = local
        Customer.objects.filter(pk=customer.pk).update(added_on=local)


@transaction.atomic
def save_customer(
    customer: Customer, extras: Extras, fields: Iterable[str], *, version: int, actor: User, now: dt.datetime
) -> None:
    """Write `fields` of an edited customer that was read at `version`.

    Stage and owner go their own way (A12, A9). Raises Overtaken when somebody saved in between.
    """
    if not claim_version(Customer, customer.pk, version):
        raise Overtaken
    before = locked_customer(customer.pk)
    customer.version = version + 1
    written = [*fields, "version", "changed_at", "name_key"]
    if customer.stage != before.stage:
        stage, customer.stage = customer.stage, before.stage
        written += enter_stage(customer, stage, actor=actor, now=now)
    new_owner = customer.owner
    moves_owner = customer.owner_id != before.owner_id
    moves_team = moves_owner and customer.team_id == before.team_id
    if moves_owner:
        customer.owner = before.owner
    if customer.team is None and new_owner is not None:
        customer.team = primary_team(new_owner)
    customer.save(update_fields=list(dict.fromkeys(written)))
    _save_extras(customer, extras)
    reindex([customer.pk])
    # A8: another segment or another calendar promises differently; nothing falls due by that at once.
    is_gentle = (customer.segment_id, customer.team_id) != (before.segment_id, before.team_id)
    facts_changed(_only(customer), change=_by(actor, gentle=is_gentle), now=now)
    if moves_owner:
        reassign(_only(customer), owner=new_owner, actor=actor, now=now, move_team=moves_team)


@transaction.atomic
def save_care_note(customer: Customer, text: str) -> None:
    """Write how they like to be treated, alone."""
    locked = locked_customer(customer.pk)
    if locked.care_note == text:
        return
    locked.care_note = text
    locked.version += 1
    locked.save(update_fields=["care_note", "version", "changed_at"])


@transaction.atomic
def save_contact(
    contact: Contact, phones: list[str], emails: list[str], fields: Iterable[str], *, version: int | None
) -> None:
    """Write a person of contact; `version` is the one that an existing one was read at.

    Raises Overtaken when somebody saved in between.
    """
    if version is None:
        contact.save()
    else:
        if not claim_version(Contact, contact.pk, version):
            raise Overtaken
        contact.version = version + 1
        contact.save(update_fields=[*fields, "version", "changed_at"])
    set_points(contact.customer, contact, PointKind.PHONE, phones)
    set_points(contact.customer, contact, PointKind.EMAIL, emails)
    reindex([contact.customer_id])
    date_quiet([contact.pk])


@transaction.atomic
def set_left(contact: Contact, day: dt.date | None) -> None:
    """Say that a person has left the customer, or that they are there after all."""
    locked = Contact.objects.select_for_update(no_key=True, of=("self",)).get(pk=contact.pk)
    if locked.left_on == day:
        return
    locked.left_on = day
    locked.version += 1
    locked.save(update_fields=["left_on", "version", "changed_at"])
    date_quiet([locked.pk])


def _save_extras(customer: Customer, extras: Extras) -> None:
    tags = _tags(extras.tags)
    if {tag.pk for tag in tags} != set(customer.tags.values_list("pk", flat=True)):
        customer.tags.set(tags)
    set_points(customer, None, PointKind.PHONE, extras.phones)
    set_points(customer, None, PointKind.EMAIL, extras.emails)


def _tags(names: Sequence[str]) -> list[Tag]:
    """The tags of these names, those that exist whatever their case, made where they miss."""
    if not names:
        return []
    known = {plain(tag.name): tag for tag in Tag.objects.all()}
    return [known.get(plain(name)) or Tag.objects.create(name=name) for name in names]


def _only(customer: Customer) -> QuerySet[Customer]:
    return Customer.objects.one(customer.pk)


def _by(actor: User, *, gentle: bool = False) -> Change:
    return Change(cause="person", cause_id=actor.pk, actor=actor, gentle=gentle)
