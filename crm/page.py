"""All that the page of one customer shows, read at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date

from accounts.models import User
from crm.attachments_shown import NEWEST, put_files_beside
from crm.joined import parted
from crm.models import AgreedDate, Clock, Contact, ContactPoint, Customer, NoFollowUp, Task
from crm.occasions import occasions_in
from crm.panels import badges_for, panels_for
from crm.permissions import may_change_interaction
from crm.phone_input import calendar_region
from crm.phones import spoken
from crm.rhythm import rhythm_of
from crm.rows import Phone
from crm.sentence import facts_of, say
from crm.silence import last_felt, with_silences
from crm.their_time import their_time
from crm.timeline import chips, history_of, read_edge
from crm.waits import wait_of

#: Next steps and people shown before "all of them".
MOST = 40


@dataclass(frozen=True)
class Person:
    """A person of contact with the numbers and addresses that work, and those that do not."""

    contact: Contact
    phones: list[Phone]
    emails: list[str]
    bad: list[str]
    quiet: bool = False


def page_context(clock: Clock, user: User, now: dt.datetime, params: QueryDict) -> dict[str, Any]:
    """The context of the customer page. A fixed number of queries."""
    customer = clock.customer
    wishes = _wishes(clock)
    # The sentence reads them from there.
    vars(customer)["no_follow_up_now"] = wishes
    context = history_context(clock, user, now, params)
    files = put_files_beside((line.moment for line in context["lines"]), customer, newest=True)
    people, own = _people(customer, calendar_region(clock.calendar), now)
    wait = wait_of(clock, now)
    numbers = [*own.phones, *(phone for person in people if not person.contact.left_on for phone in person.phones)]
    return (
        context
        | {
            "status": clock.status_at(now),
            "wait": wait,
            "sentence": say(facts_of(clock, reader=user, now=now, wait=wait), linked=True),
            "phone": numbers[0] if numbers else None,
            "other_phones": numbers[1:],
            "people": people,
            "own_points": own,
            "tasks": _open_tasks(customer),
            "today": now.astimezone(clock.calendar.tz).date(),
            "agreed": _standing(clock),
            "no_follow_up": next(iter(wishes), None),
            "panels": panels_for(clock, user, now),
            "badges": badges_for(clock, user, now),
            "occasions": occasions_in(
                (person.contact for person in people), [customer], now.astimezone(user.zone).date()
            ),
            "rhythm": rhythm_of(clock, wait, now),
            "quiet": [person.contact for person in people if person.quiet],
            "against": [person.contact for person in people if person.contact.is_against],
            "their_time": their_time(customer.time_zone, user.zone, now),
            "tags": parted(clock.tag_names),  # type: ignore[attr-defined]
            "files": files[:NEWEST],
            "more_files": len(files) > NEWEST,
            "referrer": customer.referred_by if clock.sees_referrer else None,  # type: ignore[attr-defined]
            "reader": user,
        }
    )


def history_context(clock: Clock, user: User, now: dt.datetime, params: QueryDict) -> dict[str, Any]:
    """The history with its chips; `show`, `older` and `felt` come from the address."""
    show = params.get("show", "")
    known = dict(chips())
    show = show if show in known else ""
    edge = read_edge(params.get("older", ""))
    felt = _date(params.get("felt", ""))
    stretch = history_of(clock.customer, reader=user, now=now, show=show, edge=edge)
    lines = list(with_silences(stretch.moments, clock, now=now, felt_after=felt, present=clock.active))
    for line in lines:
        if line.moment.template:
            line.moment.object.may_change = may_change_interaction(user, line.moment.object, clock)
    felt_last = last_felt(stretch.moments, felt)
    return {
        "clock": clock,
        "customer": clock.customer,
        "lines": lines,
        "chips": [(name, label, name == show) for name, label in known.items()],
        "show": show,
        "older": stretch.older,
        "felt": felt_last.isoformat() if felt_last else "",
        "is_first": edge is None,
        "this_year": now.astimezone(user.zone).year,
    }


def _date(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _people(customer: Customer, region: str, now: dt.datetime) -> tuple[list[Person], Person]:
    """People still known of, those who left last; and the points of the customer itself. Two queries."""
    points: dict[int | None, list[ContactPoint]] = {}
    for point in ContactPoint.objects.filter(customer=customer):
        points.setdefault(point.contact_id, []).append(point)
    contacts = customer.contacts.filter(archived_at=None).order_by("left_on", "id")
    rows = sorted(contacts[:MOST], key=lambda contact: (contact.left_on is not None, contact.pk))
    own = Contact(customer=customer, name=customer.name)
    found = [_person(row, points.get(row.pk, []), region, quiet=row.is_quiet(now)) for row in rows]
    return found, _person(own, points.get(None, []), region)


def _person(contact: Contact, points: list[ContactPoint], region: str, *, quiet: bool = False) -> Person:
    good = [point for point in points if point.bad_since is None]
    return Person(
        contact,
        [Phone(point.value, spoken(point.value, region)) for point in good if point.kind == "phone"],
        [point.value for point in good if point.kind == "email"],
        [point.value for point in points if point.bad_since is not None],
        quiet,
    )


def _open_tasks(customer: Customer) -> list[Task]:
    rows = Task.objects.filter(customer=customer, done_at=None, cancelled_at=None)
    return list(rows.select_related("owner").order_by("due_on", "pk")[:MOST])


def _standing(clock: Clock) -> AgreedDate | None:
    """The agreed date that stands: no attention on its day, after it, or for it (S3)."""
    if clock.due_at is None:
        return None
    agreed = AgreedDate.objects.filter(customer=clock.pk, withdrawn_at=None).first()
    if agreed is None or (clock.last_attention_on is not None and clock.last_attention_on >= agreed.day):
        return None
    return None if agreed.fulfilled_by.filter(deleted_at=None).exists() else agreed


def _wishes(clock: Clock) -> list[NoFollowUp]:
    """No follow-up wanted, which is all that leaves a clock without a date (S1)."""
    if clock.due_at is not None:
        return []
    return list(NoFollowUp.objects.filter(customer=clock.pk, until_at=None))
