"""A person's mails as a story that can be read: when, what, why each line."""

from __future__ import annotations

import re

import time_machine
from django.utils import translation

from accounts.models import User
from alerts.mail.trail import ended_words
from alerts.mail.why import items_of, why_of
from alerts.models import Delivery


def story_of(person: User) -> str:
    """All mails to a person in the order in which they ended, in the person's own language and on their clock."""
    mails = Delivery.objects.filter(to_user=person).order_by("settled_at", "pk")
    about = (person.name, person.get_role_display(), person.time_zone, person.language, f"{person.digest_hour:%H:%M}")
    return "\n\n".join([", ".join(map(str, about)), *(_told(mail, person) for mail in mails)]) + "\n"


def _told(mail: Delivery, person: User) -> str:
    at = mail.settled_at or mail.window_at
    local = at.astimezone(person.zone)
    with time_machine.travel(at, tick=False), translation.override(person.language):
        why = why_of(mail, items_of(mail), at)
        ended = ended_words(str(mail.get_state_display()), mail.reason)
        purpose = str(mail.get_purpose_display())
    head = f"=== {local:%A %d %B %Y, %H:%M} · {purpose} · {ended}"
    body = "\n".join(f"    {line}".rstrip() for line in _neutral(mail.text_body).splitlines())
    reasons = "\n".join(f"  - {line}" for line in why.lines)
    parts = (head, f"  {mail.subject}", body, f"  why: {why.window}", reasons)
    return "\n".join(part for part in parts if part.strip())


def _neutral(text: str) -> str:
    """The text without what differs from run to run: hosts, numbers of rows and queries in addresses."""
    text = re.sub(r"https?://[^/\s]+(/[^\s?]*)(\?\S*)?", lambda found: re.sub(r"\d+", "N", found[1]), text)
    return re.sub(r"\n{2,}", "\n", text.strip())
