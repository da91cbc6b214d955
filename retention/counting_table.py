"""What counts, as a table in words: which cells there are, what each may count as, changing one and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from accounts.models import SettingChange, User
from accounts.setting_history import Line, Told, history_of, note_change, said_why
from crm.choices import IN_PERSON, SPOKEN, WRITTEN, Channel, CountsAs, Direction, Outcome
from crm.counting import table
from crm.models import CountingRule

AREA = "what-counts"


@dataclass(frozen=True)
class Cell:
    """One cell of the table."""

    channel: Channel
    direction: Direction
    outcome: Outcome
    counts_as: CountsAs = CountsAs.NOTHING

    @property
    def subject(self) -> str:
        """The cell as one word, as its history is kept under."""
        return f"{self.channel}/{self.direction}/{self.outcome}"

    @property
    def name(self) -> str:
        """What happened, in words: "Call, we to them: No answer"."""
        return _("%(channel)s, %(direction)s: %(outcome)s") % {
            "channel": self.channel.label,
            "direction": str(self.direction.label).lower(),
            "outcome": self.outcome.label,
        }

    @property
    def icon(self) -> str:
        return ICONS[self.counts_as]


@dataclass(frozen=True)
class Part:
    """One part of the table: an outcome a line, a channel a column."""

    title: str | Promise
    channels: tuple[Channel, ...]
    direction: Direction
    outcomes: tuple[Outcome, ...]


#: Every outcome that somebody can log or import, by who spoke or wrote to whom; others have no cell.
PARTS = (
    Part(
        gettext_lazy("We call, visit, meet"),
        SPOKEN,
        Direction.OUT,
        (Outcome.REACHED, Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.CANCELLED, Outcome.WRONG_NUMBER),
    ),
    Part(
        gettext_lazy("They call, come, meet us"),
        SPOKEN,
        Direction.IN,
        (Outcome.ANSWERED, Outcome.MISSED, Outcome.MESSAGE_FOR_US),
    ),
    Part(
        gettext_lazy("We write"),
        WRITTEN,
        Direction.OUT,
        (Outcome.REACHED, Outcome.AWAITING, Outcome.BOUNCED),
    ),
    Part(gettext_lazy("They write"), WRITTEN, Direction.IN, (Outcome.ANSWERED, Outcome.UNANSWERED)),
)

ICONS = {
    CountsAs.ATTENTION: "heart-check",
    CountsAs.PERSONAL: "heart-handshake",
    CountsAs.ATTEMPT: "hourglass",
    CountsAs.INBOUND: "clock-exclamation",
    CountsAs.MARKS_ADDRESS: "phone-x",
    CountsAs.NOTHING: "circle-dashed",
}

#: What each class does, for the legend and beside each choice.
MEANINGS: dict[CountsAs, str | Promise] = {
    CountsAs.ATTENTION: gettext_lazy("They felt it: their time without us starts again."),
    CountsAs.PERSONAL: gettext_lazy("Attention, face to face: the time without a personal moment starts again too."),
    CountsAs.ATTEMPT: gettext_lazy("We tried: their time goes on, and the next person is told two working days later."),
    CountsAs.INBOUND: gettext_lazy("They wait for us: a call back is owed within its hours."),
    CountsAs.MARKS_ADDRESS: gettext_lazy("The number or address is marked as wrong; their time goes on."),
    CountsAs.NOTHING: gettext_lazy("It stands in the history and does nothing."),
}

_REACHED = (Outcome.REACHED, Outcome.ANSWERED)
_WRONG = (Outcome.WRONG_NUMBER, Outcome.BOUNCED)


def cell_of(channel: str, direction: str, outcome: str) -> Cell | None:
    """A cell as it stands, None where there is none. One query."""
    for part in PARTS:
        if channel in part.channels and direction == part.direction and outcome in part.outcomes:
            counts = table().get((channel, direction, outcome), CountsAs.NOTHING)
            return Cell(Channel(channel), part.direction, Outcome(outcome), CountsAs(counts))
    return None


def rows_of(part: Part, rules: dict[tuple[str, str, str], str]) -> list[tuple[Outcome, list[Cell]]]:
    """The lines of one part, each an outcome with its cells."""
    return [
        (
            outcome,
            [
                Cell(
                    channel, part.direction, outcome, CountsAs(rules.get((channel, part.direction, outcome), "nothing"))
                )
                for channel in part.channels
            ],
        )
        for outcome in part.outcomes
    ]


def choices_of(cell: Cell) -> tuple[CountsAs, ...]:
    """What a cell may count as: nothing that the clock could not make sense of."""
    if cell.outcome in _REACHED:
        felt = (CountsAs.ATTENTION, CountsAs.PERSONAL)
        return (
            (*felt, CountsAs.ATTEMPT, CountsAs.NOTHING)
            if cell.direction == Direction.OUT
            else (*felt, CountsAs.NOTHING)
        )
    if cell.direction == Direction.IN:
        return (CountsAs.INBOUND, CountsAs.NOTHING)
    if cell.outcome in _WRONG:
        return (CountsAs.MARKS_ADDRESS, CountsAs.ATTEMPT, CountsAs.NOTHING)
    return (CountsAs.ATTEMPT, CountsAs.ATTENTION, CountsAs.NOTHING)


def doubt_of(cell: Cell, counts_as: CountsAs) -> str:
    """Why a choice wants to be confirmed; empty for what goes without saying."""
    if cell.outcome in _REACHED:
        if counts_as in (CountsAs.NOTHING, CountsAs.ATTEMPT):
            return _("They were there and answered, yet their time without us would go on.")
        if counts_as == CountsAs.PERSONAL and cell.channel not in IN_PERSON:
            return _("Nobody saw the other, yet no personal moment would be owed.")
        return ""
    if counts_as == CountsAs.ATTENTION:
        return _("They would not have felt it, yet nobody would be told that they wait.")
    if counts_as == CountsAs.NOTHING and cell.direction == Direction.IN:
        return _("They wait for an answer, yet no call back would be owed.")
    return ""


@transaction.atomic
def change_cell(
    cell: Cell, counts_as: CountsAs, *, base: str, confirmed: bool, actor: User, reason: str, now: dt.datetime
) -> SettingChange:
    """Let a cell count otherwise from now on. `base`: what it counted as when the person looked.

    Raises ValidationError: beside `counts_as` for what makes no sense or wants to be confirmed (code "doubt"), beside
    `reason` where none is given; changed by another meanwhile; the same as before.
    """
    rule = _locked(cell)
    if rule.counts_as != base:
        raise ValidationError(
            _("Somebody changed this meanwhile: it counts as “%(class)s” now.")
            % {"class": CountsAs(rule.counts_as).label}
        )
    if counts_as not in choices_of(cell):
        raise ValidationError({"counts_as": _("This cannot count so.")})
    if counts_as == rule.counts_as:
        raise ValidationError({"counts_as": _("It counts so already.")})
    doubt = doubt_of(cell, counts_as)
    if doubt and not confirmed:
        raise ValidationError({"counts_as": ValidationError(doubt, code="doubt")})
    reason = said_why(reason)
    return _written(rule, cell, counts_as, actor, reason, now)


@transaction.atomic
def undo_change(change: SettingChange, *, actor: User, now: dt.datetime) -> SettingChange:
    """Let a cell count again as before a change. Raises ValidationError where it was changed again since."""
    cell = cell_of(*change.subject.split("/"))
    assert cell is not None, change.subject
    rule = _locked(cell)
    before, after = classes_of(change)
    latest = SettingChange.objects.filter(area=AREA, subject=change.subject).first()
    if latest != change or rule.counts_as != after:
        raise ValidationError(_("This was changed again since then; change it as it stands now."))
    return _written(rule, cell, before, actor, pgettext("reason", "undone"), now)


def classes_of(change: SettingChange) -> tuple[CountsAs, CountsAs]:
    """What the cell of a change counted as before and after it."""
    by_word = {word: counts for counts, word in _words().items()}
    line = change.lines[0]
    return by_word[line["before"]], by_word[line["after"]]


def history(subject: str | None = None) -> list[Told]:
    """The changes of the table, or of one cell, the latest first, with the cells in the reader's words."""
    return [Told(told.change, _named(told)) for told in history_of(AREA, subject)]


def _named(told: Told) -> list[Line]:
    name = name_of(told.change.subject)
    return [Line(name, line.before, line.after) for line in told.differences]


def name_of(subject: str) -> str:
    """The cell that a history is kept under, in words."""
    channel, direction, outcome = subject.split("/")
    return Cell(Channel(channel), Direction(direction), Outcome(outcome)).name


def _locked(cell: Cell) -> CountingRule:
    key = {"channel": cell.channel, "direction": cell.direction, "outcome": cell.outcome}
    CountingRule.objects.get_or_create(**key, defaults={"counts_as": CountsAs.NOTHING})
    return CountingRule.objects.select_for_update().get(**key)


def _written(
    rule: CountingRule, cell: Cell, counts_as: CountsAs, actor: User, reason: str, now: dt.datetime
) -> SettingChange:
    words = _words()
    line = Line(label=cell.subject, before=words[CountsAs(rule.counts_as)], after=words[counts_as])
    rule.counts_as = counts_as
    rule.save(update_fields=["counts_as"])
    return note_change(AREA, subject=cell.subject, lines=[line], actor=actor, reason=reason, now=now)


def _words() -> dict[CountsAs, str]:
    """Each class in English, as the history keeps it: it is translated for its reader."""
    with override("en"):
        return {counts: str(counts.label) for counts in CountsAs}


def legend() -> Sequence[tuple[CountsAs, str, str | Promise]]:
    """Each class with its icon and what it does."""
    return [(counts, ICONS[counts], MEANINGS[counts]) for counts in CountsAs]
