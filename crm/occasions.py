"""Birthdays of contacts and anniversaries of the relationship, a week ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.day_words import day_words
from crm.models import Contact, Customer
from crm.month_day import keys_of

#: Today and the days after it that are told.
AHEAD = 7


@dataclass(frozen=True)
class Occasion:
    """One day to think of somebody. `words` say what, `day` when; `wish` is what one may log, `plan` what to plan."""

    on: dt.date
    day: str
    customer: Customer
    words: str
    wish: str
    plan: str
    is_birthday: bool

    @property
    def log_url(self) -> str:
        asked: dict[str, str] = {"customer": str(self.customer.pk), "summary": self.wish}
        return reverse("crm:interaction-log") + "?" + urlencode(asked)

    @property
    def plan_url(self) -> str:
        asked: dict[str, str] = {"title": self.plan, "due_on": self.on.isoformat(), "channel": "call"}
        return reverse("crm:task-create", args=[self.customer.pk]) + "?" + urlencode(asked)


def week_of(today: dt.date) -> dict[int, dt.date]:
    """The days from `today` on by their month and day; a leap day is kept on 28 February in common years."""
    days = [today + dt.timedelta(days=ahead) for ahead in range(AHEAD)]
    return {key: day for day in reversed(days) for key in keys_of(day)}


def occasions_in(
    people: Iterable[Contact], customers: Iterable[Customer], today: dt.date, *, most: int | None = None
) -> list[Occasion]:
    """Those of the week among these people (with their customer) and customers, soonest first. No query."""
    week = week_of(today)
    found = [
        _birthday(one, week[one.birthday_key], today)
        for one in people
        if one.birthday_key in week and not one.left_on and not one.archived_at
    ]
    for customer in customers:
        day = week.get(customer.since_key) if customer.since_key else None
        if day and customer.client_since and (years := day.year - customer.client_since.year) > 0:
            found.append(_anniversary(customer, years, day, today))
    found.sort(key=lambda one: (one.on, one.customer.name, one.words))
    return found[:most]


def _birthday(contact: Contact, day: dt.date, today: dt.date) -> Occasion:
    name = {"name": contact.name}
    return Occasion(
        day,
        day_words(day, today),
        contact.customer,
        _("Birthday of %(name)s") % name,
        _("Wished %(name)s a happy birthday.") % name,
        _("Wish %(name)s a happy birthday") % name,
        is_birthday=True,
    )


def _anniversary(customer: Customer, years: int, day: dt.date, today: dt.date) -> Occasion:
    return Occasion(
        day,
        day_words(day, today),
        customer,
        ngettext("A year with us", "%(n)s years with us", years) % {"n": years},
        ngettext("Thanked them for a year with us.", "Thanked them for %(n)s years with us.", years) % {"n": years},
        ngettext("Thank them for a year with us", "Thank them for %(n)s years with us", years) % {"n": years},
        is_birthday=False,
    )
