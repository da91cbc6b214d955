"""The ladder in words: who is told of what, when; and what a change of it would move."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.choices import Family
from alerts.ladder_foresight import Move
from alerts.ladder_terms import MORNING, Values
from crm.day_words import moment


@dataclass(frozen=True)
class LadderLine:
    """One family of alerts: who is told first, and who when nothing happens."""

    name: str
    icon: str
    steps: list[str]


def ladder_lines(values: Values) -> list[LadderLine]:
    """Each family's ladder in force, as sentences."""
    return [
        LadderLine(str(Family.SILENCE.label), "clock-exclamation", _of_silences(values)),
        LadderLine(str(Family.CALL_BACK.label), "phone-incoming", _of_call_backs(values)),
        LadderLine(str(Family.PROMISE.label), "checks", _of_promises(values)),
        LadderLine(str(Family.REVIEW.label), "calendar-event", [_("Whoever owns the client, when the day comes.")]),
    ]


def _of_silences(values: Values) -> list[str]:
    first = ngettext(
        "Whoever owns the client, in the morning: the most pressing one a day.",
        "Whoever owns the client, in the morning: the %(n)s most pressing a day.",
        values[MORNING],
    )
    last = ngettext(
        "The administrators %(n)s working day after that, in their weekly mail.",
        "The administrators %(n)s working days after that, in their weekly mail.",
        values["silence_3"],
    )
    return [
        first % {"n": values[MORNING]},
        _supervisor(values["silence_2"]) % {"n": values["silence_2"]},
        last % {"n": values["silence_3"]},
    ]


def _supervisor(days: int) -> str:
    return ngettext(
        "The supervisor %(n)s working day after they were told.",
        "The supervisor %(n)s working days after they were told.",
        days,
    )


def _of_call_backs(values: Values) -> list[str]:
    supervisor = ngettext(
        "The supervisor %(n)s working hour after it was due.",
        "The supervisor %(n)s working hours after it was due.",
        values["call_back_2"],
    )
    administrators = ngettext(
        "The administrators %(n)s working day after it was due.",
        "The administrators %(n)s working days after it was due.",
        values["call_back_3"],
    )
    return [
        _("Whoever owns the client, at once, and again when it is due."),
        supervisor % {"n": values["call_back_2"]},
        administrators % {"n": values["call_back_3"]},
    ]


def _of_promises(values: Values) -> list[str]:
    supervisor = ngettext(
        "The supervisor %(n)s working day after it was due.",
        "The supervisor %(n)s working days after it was due.",
        values["promise_2"],
    )
    return [_("Whoever promised it, when it is due."), supervisor % {"n": values["promise_2"]}]


def move_words(move: Move, zone: ZoneInfo, now: dt.datetime) -> str:
    """ "12 alerts climb tomorrow at 9:00 instead of on Thursday at 9:00." """
    said = {"n": move.count, "before": moment(move.before, zone, now)}
    if move.after is None:
        text = ngettext(
            "%(n)s alert climbs at once instead of %(before)s.",
            "%(n)s alerts climb at once instead of %(before)s.",
            move.count,
        )
        return text % said
    text = ngettext(
        "%(n)s alert climbs %(after)s instead of %(before)s.",
        "%(n)s alerts climb %(after)s instead of %(before)s.",
        move.count,
    )
    return text % (said | {"after": moment(move.after, zone, now)})
