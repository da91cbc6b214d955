"""M4: what the links of a mail carry: signed, for one delivery, one reader, one alert and one act. Nothing is kept.

The secret is in the mail alone: what is stored of it leads to the signed-in page of the alert, and a link is put in its
place when the mail leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from alerts.mail import links

#: No letter of a token is one: it ends a signature visibly, and breaks no line of a mail.
DOT = "."


class Act(StrEnum):
    """What one link is for; another one's token does not fit."""

    CALL = "call"
    SNOOZE = "snooze"
    OPEN = "open"


#: What the header List-Unsubscribe of a morning mail is for.
LINES = "lines"


def _signer(what: str) -> signing.Signer:
    return signing.Signer(salt=f"alerts.mail.{what}", sep=DOT)


def token_of(act: Act, *, delivery: int, reader: int, alert: int) -> str:
    """Return the token of a link; old ones stay good while SECRET_KEY, or a fallback of it, does."""
    return _signer(act).sign_object([delivery, reader, alert])


def read(token: str, act: Act) -> tuple[int, int, int] | None:
    """Return delivery, reader and alert of a token; None if it was not made here for this act."""
    try:
        delivery, reader, alert = _signer(act).unsign_object(token)
    except signing.BadSignature:
        return None
    return delivery, reader, alert


def address_of(act: Act, token: str) -> str:
    """Return the path at which a token acts."""
    return reverse(f"alerts:mail-{act}", args=[token])


def lines_address(*, delivery: int, reader: int) -> str:
    """Return the path at which the reader of a morning mail switches off what may be switched off."""
    return reverse("alerts:mail-lines", args=[_signer(LINES).sign_object([delivery, reader])])


def read_lines(token: str) -> tuple[int, int] | None:
    """Return delivery and reader of a token of List-Unsubscribe; None if it was not made here."""
    try:
        delivery, reader = _signer(LINES).unsign_object(token)
    except signing.BadSignature:
        return None
    return delivery, reader


def stand_in(act: Act, alert: int) -> str:
    """Return what a stored mail says in place of a link: the alert's page, for who is signed in."""
    return links.page("alerts:alert-detail", alert, fragment=act)


def with_links(text: str, *, delivery: int, reader: int) -> str:
    """Return the text as it leaves, with a link in each place that was kept for one."""
    site = re.escape(settings.SITE_URL)
    path = re.escape(reverse("alerts:alert-detail", args=[0])).replace("0", r"(\d+)")
    return re.sub(rf"{site}{path}#({'|'.join(Act)})\b", _linked(delivery, reader), text)


def _linked(delivery: int, reader: int) -> Callable[[re.Match[str]], Any]:
    def link(found: re.Match[str]) -> str:
        act = Act(found[2])
        token = token_of(act, delivery=delivery, reader=reader, alert=int(found[1]))
        return settings.SITE_URL + address_of(act, token)

    return link
