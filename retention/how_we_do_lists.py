"""The lists behind the numbers of "How we do": the very rows that were counted, the newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise

from accounts.models import User
from crm.interaction_words import Said, said
from crm.keyset import Key, Stretch, whole
from crm.models import Segment
from retention.how_we_do_words import HOW, promise_words, time_words
from retention.models import MeasuredAlert, MeasuredContact

PAGE_SIZE = 50
ALERT_ORDER = [Stretch(Q(), (Key("alert_id", whole, down=True), Key("pk", whole, down=True)))]
CONTACT_ORDER = [Stretch(Q(), (Key("interaction_id", whole, down=True), Key("pk", whole, down=True)))]


@dataclass(frozen=True)
class AlertRow:
    """One alert in a week: what it was about, what became of it, after how much working time."""

    measured: MeasuredAlert
    about: str
    how: str | Promise
    after: str


@dataclass(frozen=True)
class ContactRow:
    """One contact as it was logged."""

    measured: MeasuredContact
    said: Said


def alert_rows(pks: Iterable[int]) -> list[AlertRow]:
    """The rows of these keys, in their order. Two queries."""
    wanted = list(pks)
    found = MeasuredAlert.objects.select_related("alert", "customer", "owner").in_bulk(wanted)
    segments = {str(pk): name for pk, name in Segment.objects.values_list("pk", "name")}
    return [
        AlertRow(
            one,
            promise_words(one.kind, one.promise, segments),
            HOW[one.how],
            "" if one.seconds is None else time_words(one.seconds),
        )
        for one in (found[pk] for pk in wanted)
    ]


def contact_rows(pks: Iterable[int], reader: User) -> list[ContactRow]:
    """The rows of these keys, in their order. One query."""
    wanted = list(pks)
    found = MeasuredContact.objects.select_related("interaction__by", "customer", "person").in_bulk(wanted)
    return [ContactRow(found[pk], said(found[pk].interaction, reader)) for pk in wanted]
