"""What counts: the class of an interaction, from a table that the administrator edits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Subquery

from crm.choices import IN_PERSON, SPOKEN, WRITTEN, Channel, CountsAs, Direction, Outcome
from crm.models import CountingRule

_ATTEMPTS = (Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.CANCELLED)
_MARKS = (Outcome.WRONG_NUMBER, Outcome.BOUNCED)
_WAITING = (Outcome.MISSED, Outcome.MESSAGE_FOR_US, Outcome.UNANSWERED)


def seed() -> Iterator[tuple[Channel, Direction, Outcome, CountsAs]]:
    """The cells of the first table (ENGINE, "What counts")."""
    for channel in Channel:
        felt = CountsAs.PERSONAL if channel in IN_PERSON else CountsAs.ATTENTION
        yield channel, Direction.OUT, Outcome.REACHED, felt
        yield channel, Direction.IN, Outcome.ANSWERED, felt
        for outcome in _ATTEMPTS:
            yield channel, Direction.OUT, outcome, CountsAs.ATTEMPT
        for outcome in _MARKS:
            yield channel, Direction.OUT, outcome, CountsAs.MARKS_ADDRESS
        for outcome in _WAITING:
            yield channel, Direction.IN, outcome, CountsAs.INBOUND
    for channel in WRITTEN:
        yield channel, Direction.OUT, Outcome.AWAITING, CountsAs.ATTEMPT


def table() -> dict[tuple[str, str, str], str]:
    """The table as it is now: (channel, direction, outcome) → class. One query."""
    return {
        (channel, direction, outcome): counts_as
        for channel, direction, outcome, counts_as in CountingRule.objects.values_list(
            "channel", "direction", "outcome", "counts_as"
        )
    }


def cell(channel: str, direction: str, outcome: str) -> Subquery:
    """The class in one cell of the table, for a query that asks something else too; null where it is empty."""
    rule = CountingRule.objects.filter(channel=channel, direction=direction, outcome=outcome)
    return Subquery(rule.values("counts_as")[:1])


def class_of(
    channel: str, direction: str, outcome: str, *, mass: bool, rules: dict[tuple[str, str, str], str] | None = None
) -> CountsAs:
    """The class of one interaction; mass mail counts as nothing, as does an empty cell."""
    if mass:
        return CountsAs.NOTHING
    rules = table() if rules is None else rules
    return CountsAs(rules.get((channel, direction, outcome), CountsAs.NOTHING))


def counts_at(at: dt.datetime, answered_at: dt.datetime | None, counts_as: str) -> dt.datetime:
    """The instant that a written contact counts at: their reply, when it is known."""
    if answered_at is not None and counts_as in (CountsAs.ATTENTION, CountsAs.PERSONAL):
        return answered_at
    return at


def outcomes_for(channel: str, direction: str) -> list[Outcome]:
    """The outcomes that the drawer offers, in the order of their digits."""
    if direction == Direction.IN:
        if channel in SPOKEN:
            return [Outcome.ANSWERED, Outcome.MISSED, Outcome.MESSAGE_FOR_US]
        return [Outcome.ANSWERED, Outcome.UNANSWERED]
    if channel == Channel.CALL:
        return [Outcome.REACHED, Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.WRONG_NUMBER]
    if channel in SPOKEN:
        return [Outcome.REACHED, Outcome.CANCELLED, Outcome.NO_ANSWER]
    return [Outcome.AWAITING, Outcome.REACHED, Outcome.BOUNCED]
