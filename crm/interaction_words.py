"""An interaction in words, as the history says it: "We spoke · call by Ana · 12 min"."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from crm.choices import FELT, Channel, CountsAs, Direction, Outcome
from crm.models import Interaction


@dataclass(frozen=True)
class Said:
    """`headline` is what happened, `about` the rest of the line; `icon` and `tone` draw it."""

    headline: str
    about: str
    icon: str
    tone: str


def said(interaction: Interaction, reader: User) -> Said:
    """Say an interaction to `reader`. Read `by` with it."""
    return Said(_headline(interaction), _about(interaction, reader), _icon(interaction), _tone(interaction))


def _headline(interaction: Interaction) -> str:
    inbound = interaction.direction == Direction.IN
    if inbound:
        return _their_side(interaction)
    if interaction.outcome == Outcome.REACHED:
        return {
            Channel.CALL: _("We spoke"),
            Channel.VISIT: _("Visit"),
            Channel.VIDEO: _("Video call"),
            Channel.CHAT: _("Chat"),
            Channel.EMAIL: _("Mail, answered"),
            Channel.LETTER: _("Letter, answered"),
        }[Channel(interaction.channel)]
    if interaction.mass:
        return _("Mass mail")
    return str(Outcome(interaction.outcome).label)


def _their_side(interaction: Interaction) -> str:
    wrote = interaction.channel in (Channel.CHAT, Channel.EMAIL, Channel.LETTER)
    if interaction.outcome == Outcome.ANSWERED:
        came = interaction.channel == Channel.VISIT
        return _("They came") if came else _("They wrote") if wrote else _("They called")
    if interaction.outcome == Outcome.MESSAGE_FOR_US:
        return _("They left a message")
    return _("They wrote, not answered yet") if wrote else _("They called, we missed it")


def _about(interaction: Interaction, reader: User) -> str:
    parts = [_by(interaction, reader)]
    if interaction.minutes:
        parts.append(_("%(minutes)s min") % {"minutes": interaction.minutes})
    return " · ".join(part for part in parts if part)


def _by(interaction: Interaction, reader: User) -> str:
    who = interaction.by
    channel = "" if _named_above(interaction) else str(Channel(interaction.channel).label).lower()
    if who is None:
        return channel
    name = _("you") if who.pk == reader.pk else who.get_short_name()
    if interaction.direction == Direction.IN:
        if interaction.counts_as in FELT:
            return _("answered by %(name)s") % {"name": name}
        return _("written down by %(name)s") % {"name": name}
    if not channel:
        return _("by %(name)s") % {"name": name}
    return _("%(channel)s by %(name)s") % {"channel": channel, "name": name}


def _named_above(interaction: Interaction) -> bool:
    """Whether the headline says the channel already: "Chat · by Ana", but "We spoke · call by Ana"."""
    if interaction.direction == Direction.IN:
        return False
    return interaction.mass or (interaction.outcome == Outcome.REACHED and interaction.channel != Channel.CALL)


def _icon(interaction: Interaction) -> str:
    if interaction.direction == Direction.IN and interaction.channel == Channel.CALL:
        return "phone-incoming" if interaction.outcome == Outcome.ANSWERED else "phone-x"
    if interaction.channel == Channel.CALL:
        return {
            Outcome.REACHED: "phone-check",
            Outcome.NO_ANSWER: "phone-off",
            Outcome.LEFT_MESSAGE: "message-2",
            Outcome.WRONG_NUMBER: "phone-x",
        }.get(Outcome(interaction.outcome), "phone")
    return {
        Channel.VISIT: "walk",
        Channel.VIDEO: "video",
        Channel.CHAT: "message-circle",
        Channel.EMAIL: "mail-off" if interaction.outcome == Outcome.BOUNCED else "mail",
        Channel.LETTER: "mailbox",
    }[Channel(interaction.channel)]


def _tone(interaction: Interaction) -> str:
    if interaction.counts_as == CountsAs.INBOUND:
        return "bad"
    if interaction.direction == Direction.IN:
        return "in"
    return "ok" if interaction.counts_as in FELT else ""
