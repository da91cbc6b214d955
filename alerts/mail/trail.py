"""What became of a mail, step by step, in words: planned, why, tries, handed over, how it ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts import recheck
from alerts.choices import DeliveryState, Purpose
from alerts.models import Delivery
from alerts.morning_mail import NOT_BY_ITSELF

TONES = {
    DeliveryState.PLANNED: "none",
    DeliveryState.SENDING: "brand",
    DeliveryState.SENT: "fine",
    DeliveryState.PERHAPS_SENT: "soon",
    DeliveryState.WITHHELD: "none",
    DeliveryState.REFUSED: "up",
}
ICONS = {
    DeliveryState.PLANNED: "clock",
    DeliveryState.SENDING: "send",
    DeliveryState.SENT: "mail-check",
    DeliveryState.PERHAPS_SENT: "mail-forward",
    DeliveryState.WITHHELD: "mail-off",
    DeliveryState.REFUSED: "mail-off",
}


@dataclass(frozen=True)
class Step:
    """One step; `at` is empty where only the fact is known."""

    words: str
    at: dt.datetime | None = None


def reason_words(reason: str) -> str:
    """Say a stored reason in the reader's language."""
    said = {
        # After the state: "Not sent: demo".
        recheck.DEMO: _("demo"),
        recheck.INACTIVE: _("the reader works here no more"),
        recheck.NOT_THEIRS: _("the client is not theirs to see any more"),
        recheck.CLOSED: _("somebody attended to the client in the meantime"),
        recheck.SNOOZED: _("it was snoozed in the meantime"),
        recheck.DISMISSED: _("it was accepted in the meantime"),
        recheck.CHANGED: _("it changed in the meantime"),
        recheck.REOPENED: _("it is open again"),
        recheck.RESTARTED: _("it started again in the meantime"),
        recheck.SWITCHED_OFF: _("its reader switched such lines off"),
        recheck.EMPTY: _("nothing was left to tell"),
        "refused by their server": _("their mail server refused it"),
        "given up after three days": _("their mail server did not take it for three days"),
    }
    return str(said.get(reason, reason))


def ended_words(state: str, reason: str) -> str:
    """Say how a mail ended and why; the demo's reason says both."""
    if not reason or reason == recheck.DEMO:
        return reason_words(reason) or state
    return f"{state}: {reason_words(reason)}"


def trail_of(delivery: Delivery) -> list[Step]:
    """Return the steps of a mail, oldest first."""
    steps = [Step(_("Planned"), delivery.created_at)]
    if delivery.state == DeliveryState.PLANNED and not delivery.attempts:
        if delivery.next_try_at == NOT_BY_ITSELF:
            steps.append(Step(_("Goes with the next morning mail"), delivery.window_at))
        else:
            steps.append(Step(_("Goes when the reader's hours begin"), delivery.window_at))
    if delivery.attempts:
        n = delivery.attempts
        steps.append(Step(ngettext("Tried once", "Tried %(n)s times", n) % {"n": n}))
    if delivery.handed_at:
        steps.append(Step(_("Handed over to the mail server"), delivery.handed_at))
    if delivery.last_error:
        steps.append(Step(_("The server said: %(error)s") % {"error": delivery.last_error}))
    if delivery.state == DeliveryState.PLANNED and delivery.attempts:
        steps.append(Step(_("Next try"), delivery.next_try_at))
    if delivery.settled_at:
        ended = ended_words(str(delivery.get_state_display()), delivery.reason)
        steps.append(Step(ended[:1].upper() + ended[1:], delivery.settled_at))
    return steps


def title_of(delivery: Delivery) -> str:
    """Return what a list calls a mail: its subject, or its kind until it is put into words."""
    return delivery.subject or str(Purpose(delivery.purpose).label).capitalize()
