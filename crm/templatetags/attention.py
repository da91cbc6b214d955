"""How attention is drawn: the promise bar, its large form the ring, the states and marks in word, icon and colour.

Widths are SVG attributes, because the Content-Security-Policy allows no style attributes.
"""

from __future__ import annotations

from decimal import Decimal
from math import pi

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.look import icon
from crm.models.clock import State

register = template.Library()

# The track shows 0 to 1½ of the promise.
TRACK = 1.5
RADIUS = 41.5
CIRCLE = 2 * pi * RADIUS
BAR_TICK = mark_safe(
    '<rect class="promise-tick" x="66.67%" width="2" height="12" rx="1" transform="translate(-1)"></rect>'
)
RING_TICK = mark_safe('<path class="ring-tick" d="M81 46h11" transform="rotate(240 46 46)"></path>')

STATE_ICONS = {
    State.FINE: "circle-check",
    State.SOON: "clock",
    State.OVERDUE: "alert-circle",
    State.NO_CADENCE: "calendar-off",
}
MARKS = {
    "never": (_("never contacted"), "user-question"),
    "noowner": (_("no owner"), "user-off"),
}
CHANNEL_ICONS = {
    "call": "phone",
    "visit": "walk",
    "video": "video",
    "chat": "message-circle",
    "email": "mail",
    "letter": "mailbox",
}
OUTCOME_ICONS = {
    "reached": "check",
    "no_answer": "phone-off",
    "left_message": "message-2",
    "cancelled": "calendar-off",
    "wrong_number": "phone-x",
    "bounced": "mail-off",
    "awaiting": "hourglass",
    "answered": "check",
    "missed": "phone-x",
    "message_for_us": "message-2",
    "unanswered": "clock-exclamation",
}
SENTIMENT_ICONS = {
    "1": "mood-angry",
    "2": "mood-sad",
    "3": "mood-neutral",
    "4": "mood-smile",
    "5": "mood-happy",
}

Ratio = float | Decimal | None


def share_of_track(ratio: Ratio) -> float:
    """Return how much of the track is filled, 0 to 1; beyond 1½ of the promise it stays full."""
    if ratio is None:
        return 0.0
    return min(max(float(ratio), 0.0), TRACK) / TRACK


@register.simple_tag
def state_chip(state: str, label: str = "") -> SafeString:
    """Say a state in word, icon and colour; `label` says it more exactly ("By 10:10")."""
    known = State(state)
    return format_html(
        '<span class="state state-{}">{}{}</span>', known.value, icon(STATE_ICONS[known]), label or known.label
    )


@register.simple_tag
def state_icon(state: str) -> SafeString:
    """Draw the icon of a state alone, where its word stands beside it already."""
    return icon(STATE_ICONS[State(state)])


@register.simple_tag
def mark(name: str) -> SafeString:
    """Say one of the two marks that stand beside a state: "never" or "noowner"."""
    word, symbol = MARKS[name]
    return format_html('<span class="client-mark client-mark-{}">{}{}</span>', name, icon(symbol), word)


@register.simple_tag
def promise_bar(ratio: Ratio, state: str, words: str, label: str = "", bare: bool = False) -> SafeString:
    """Draw the time waited against the promise, with its words ("41 of 30 d") and its state.

    `ratio` is elapsed / promised; `label` replaces the state's word; `bare` leaves out the words, where they stand
    beside the bar already.
    """
    known = State(state)
    bar = format_html(
        '<svg class="promise" role="img" aria-label="{}: {}">'
        '<rect class="promise-track" y="3" width="100%" height="6" rx="3"></rect>'
        '<rect class="promise-fill fill-{}" y="3" width="{}%" height="6" rx="3"></rect>'
        "{}</svg>",
        label or known.label,
        words,
        known.value,
        f"{share_of_track(ratio) * 100:.2f}",
        "" if ratio is None else BAR_TICK,
    )
    if bare:
        return bar
    return format_html(
        '<div class="gauge"><div class="gauge-head">{}<span class="gauge-words">{}</span></div>{}</div>',
        state_chip(known, label),
        words,
        bar,
    )


@register.simple_tag
def ring(ratio: Ratio, number: object, of: str, state: str) -> SafeString:
    """Draw the promise bar's large form: the number in the middle, what it is of below, the tick at the promise."""
    known = State(state)
    text = str(number)
    return format_html(
        '<div class="ring" role="img" aria-label="{}: {} {}"><svg viewBox="0 0 92 92" aria-hidden="true">'
        '<circle class="ring-track" cx="46" cy="46" r="{}"></circle>'
        '<circle class="ring-fill fill-{}" cx="46" cy="46" r="{}" stroke-dasharray="{} {}"></circle>{}</svg>'
        '<span class="ring-text{}">{}<small>{}</small></span></div>',
        known.label,
        text,
        of,
        RADIUS,
        known.value,
        RADIUS,
        f"{share_of_track(ratio) * CIRCLE:.2f}",
        f"{CIRCLE:.2f}",
        "" if ratio is None else RING_TICK,
        " ring-long" if len(text) > 4 else "",
        text,
        of,
    )


@register.simple_tag
def share_bar(done: Ratio, to_come: Ratio, words: str) -> SafeString:
    """Draw two shares (0 to 1) of a whole, as minutes given and minutes to go; `words` say the same."""
    first = min(max(float(done or 0), 0.0), 1.0)
    both = min(first + max(float(to_come or 0), 0.0), 1.0)
    return format_html(
        '<svg class="share" role="img" aria-label="{}">'
        '<rect class="promise-track" width="100%" height="8" rx="4"></rect>'
        '<rect class="fill-part" width="{}%" height="8" rx="4"></rect>'
        '<rect class="promise-fill fill-fine" width="{}%" height="8" rx="4"></rect></svg>',
        words,
        f"{both * 100:.2f}",
        f"{first * 100:.2f}",
    )


@register.filter
def channel_icon(channel: object) -> str:
    return CHANNEL_ICONS.get(str(channel), "message")


@register.filter
def outcome_icon(outcome: object) -> str:
    return OUTCOME_ICONS.get(str(outcome), "message")


@register.filter
def sentiment_icon(step: object) -> str:
    return SENTIMENT_ICONS.get(str(step), "mood-neutral")
