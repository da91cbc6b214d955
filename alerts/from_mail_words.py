"""What the pages behind a mail's links say, in the language of whom the mail was sent to."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import reckoning
from alerts.actions import FREE_SNOOZES
from alerts.from_mail import Dead
from alerts.models import Alert, AlertEvent
from crm.choices import FELT, CountsAs, Outcome
from crm.day_words import by_day, local_day, moment
from crm.forms.log_words import outcome_words
from crm.models import Clock, Interaction
from crm.models.clock import State


def dead_words(why: Dead | None) -> tuple[str, str]:
    """Return title and text of a link that acts no more; None is one that never did."""
    said = {
        None: (
            _("This link leads nowhere"),
            _("It is not whole, or it was never one of ours. Open it from the mail again, or sign in."),
        ),
        Dead.LEFT: (
            _("This link is closed"),
            _("Whoever it was sent to does not work here any more. A colleague who signs in finds the client."),
        ),
        Dead.OLD: (
            _("This link has grown old"),
            _("Links in our mails work for 14 days. Sign in, and you see how things are now."),
        ),
        Dead.HANDED_OVER: (
            _("Somebody else looks after this client now"),
            _("The client was handed over since this mail left. Sign in to see those that are yours."),
        ),
        Dead.SETTLED: (
            _("This is settled"),
            _("What this mail was about needs nobody any more. Sign in to see how the client is now."),
        ),
    }
    return said[why]


def pauses(alert: Alert, now: dt.datetime) -> list[tuple[int, str]]:
    """Return the pauses that need no reason: days, and until when in words."""
    calendar = alert.customer.clock.calendar
    today = reckoning.local_date(calendar, now)
    days = [(n, by_day(today + dt.timedelta(days=n), today)) for n in FREE_SNOOZES]
    until = pgettext("end of a pause, the day with its article", "Until %(day)s")
    return [(n, until % {"day": day}) for n, day in days]


def logged_words(interaction: Interaction, clock: Clock, now: dt.datetime) -> tuple[str, list[str]]:
    """Return title and lines of what a link logged, and what that did."""
    name, zone = clock.customer.name, clock.calendar.tz
    outcome = outcome_words(Outcome(interaction.outcome), interaction.channel, interaction.direction)
    when = moment(interaction.entered_at, zone, now)
    said = _("You logged this for %(name)s %(when)s.") % {"name": name, "when": when}
    return _("Logged: %(outcome)s") % {"outcome": outcome}, [said, _effect(interaction, clock, now)]


def _effect(interaction: Interaction, clock: Clock, now: dt.datetime) -> str:
    counts = interaction.counts_as
    if counts in FELT and clock.status_at(now).state == State.FINE and clock.soon_at:
        zone = clock.calendar.tz
        day = by_day(local_day(clock.soon_at, zone), local_day(now, zone))
        return _("%(name)s is fine until %(day)s.") % {"name": clock.customer.name, "day": day}
    if counts == CountsAs.ATTEMPT:
        return _("An attempt: the clock goes on.")
    if counts == CountsAs.MARKS_ADDRESS:
        return _("The number or address is marked as wrong. The clock goes on.")
    return _("It stands in their history.")


def paused_words(event: AlertEvent, clock: Clock, now: dt.datetime) -> tuple[str, list[str]]:
    """Return title and lines of a pause that stands, or stood."""
    zone = clock.calendar.tz
    until = dt.datetime.fromisoformat(event.data["until"])
    about = {"name": clock.customer.name, "when": moment(event.at, zone, now)}
    said = _("You paused %(name)s %(when)s.") % about
    if until <= now:
        return _("The pause is over"), [said]
    day = by_day(local_day(until, zone), local_day(now, zone))
    return _("Paused until %(day)s") % {"day": day}, [said, _("Until then nobody is told about it.")]
