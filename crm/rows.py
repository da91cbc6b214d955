"""Rows of a list of customers: who, why in a sentence, the promise bar, the number to call. Read at once for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Clock
from crm.models.clock import Status
from crm.phone_input import calendar_region
from crm.phones import first_phones, spoken
from crm.sentence import facts_of, say
from crm.waits import Wait, waits_of


@dataclass(frozen=True)
class Phone:
    """A number to tap: as kept, and as people write it."""

    value: str
    words: str


@dataclass(frozen=True)
class Row:
    """One customer in a list. `sentence` is empty for a colleague's client, of whom only the clock is shown."""

    clock: Clock
    status: Status
    sentence: SafeString | str
    wait: Wait | None
    phone: Phone | None
    url: str
    log_url: str

    @property
    def words(self) -> str:
        """What stands beside the promise bar."""
        return str(self.wait) if self.wait else _("no cadence")

    @property
    def is_quiet(self) -> bool:
        """Whether there is no clock to draw: leaving, departed or archived."""
        return not self.clock.active


def rows_of(clocks: Sequence[Clock], *, reader: User, now: dt.datetime, whole: bool = True) -> list[Row]:
    """Make the rows; read the clocks by `crm.sentence.with_facts`. Two queries more, however many rows."""
    waits = waits_of(clocks, now)
    phones = first_phones([clock.pk for clock in clocks])
    # One address for all, filled in: a list has some fifty rows.
    page, log = reverse("crm:customer-detail", args=[0]), reverse("crm:interaction-log")
    rows = []
    for clock in clocks:
        number = phones.get(clock.pk, "")
        phone = Phone(number, spoken(number, calendar_region(clock.calendar))) if number else None
        wait = waits.get(clock.pk)
        sentence = say(facts_of(clock, reader=reader, now=now, wait=wait)) if whole else ""
        rows.append(
            Row(
                clock,
                clock.status_at(now),
                sentence,
                wait,
                phone,
                page.replace("0", str(clock.pk)),
                f"{log}?customer={clock.pk}",
            )
        )
    return rows
