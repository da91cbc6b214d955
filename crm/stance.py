"""Where a person of contact stood, and since when: read from their history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import User
from crm.choices import Stance
from crm.models import Contact


@dataclass(frozen=True)
class Stood:
    """One stance: `on` as it was said, else the day it was written down; `by` wrote it."""

    label: str
    on: dt.date
    why: str
    by: User | None


def stances_of(contact: Contact) -> list[Stood]:
    """Every stance they had, the latest first. One query."""
    rows = contact.history.select_related("history_user").order_by("history_date", "history_id")
    found: list[Stood] = []
    before = ("", None, "")
    for row in rows:
        now = (row.stance, row.stance_on, row.stance_why)
        if row.stance and now != before:
            label = str(Stance(row.stance).label)
            found.append(Stood(label, row.stance_on or row.history_date.date(), row.stance_why, row.history_user))
        before = now
    return found[::-1]
