"""The drawer's words: they depend on channel and direction ("You called", "They wrote", "We met")."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.choices import WRITTEN, Channel, Outcome
from crm.counting import outcomes_for

CHANNEL_WORDS: list[tuple[str, str | Promise]] = [(channel.value, channel.label) for channel in Channel]

#: Of each channel: we to them, they to us.
DIRECTION_WORDS: dict[Channel, tuple[str | Promise, str | Promise]] = {
    Channel.CALL: (_("You called"), _("They called")),
    Channel.VISIT: (_("You visited"), _("They came")),
    Channel.VIDEO: (_("You called"), _("They called")),
    Channel.CHAT: (_("You wrote"), _("They wrote")),
    Channel.EMAIL: (_("You wrote"), _("They wrote")),
    Channel.LETTER: (_("You wrote"), _("They wrote")),
}

FEELINGS: list[tuple[str, str | Promise]] = [
    ("1", _("Angry")),
    ("2", _("Unhappy")),
    ("3", _("Neutral")),
    ("4", _("Content")),
    ("5", _("Delighted")),
]

_SPOKE = {Channel.CALL: _("We spoke"), Channel.VIDEO: _("We spoke"), Channel.VISIT: _("We met")}


def outcome_words(outcome: Outcome, channel: str, direction: str) -> str | Promise:
    """Return what an outcome is called where it is offered."""
    known = Channel(channel)
    if outcome == Outcome.REACHED:
        return _("They replied") if known in WRITTEN else _SPOKE[known]
    if outcome == Outcome.ANSWERED:
        return _("You replied") if known in WRITTEN else _SPOKE[known]
    if outcome == Outcome.MISSED and known == Channel.VISIT:
        return _("Nobody was here")
    return outcome.label


def outcome_choices(channel: str, direction: str) -> list[tuple[str, str | Promise]]:
    """Return what the drawer offers, in the order of the digits."""
    return [(outcome.value, outcome_words(outcome, channel, direction)) for outcome in outcomes_for(channel, direction)]
