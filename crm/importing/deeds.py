"""Rows of activities understood: when, by whom, and what each becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from crm.importing import cells, dates, names, outcomes
from crm.importing.context import NOON, Context, digest_of, key_of
from crm.importing.folding import fold_header
from crm.importing.outcomes import Act, Becomes, Ended, Meaning
from crm.importing.records import Record, RejectedRow

#: T7: up to this far ahead a time is taken for a clock that runs fast.
TOLERANCE = timedelta(minutes=5)
_SPOKEN = (Act.CALL, Act.VISIT, Act.VIDEO)
_WHOM = (
    "contact_email",
    "contact_id",
    "contact_name",
    "contact_phone",
    "customer_id",
    "customer_name",
    "customer_domain",
)


@dataclass(frozen=True)
class Choices:
    """What the person who imports said beyond the columns.

    ``without_outcome`` is "note" or "reached"; ``act`` the kind of activity of a file that names none; ``outcomes``
    their outcome words (folded) to ours.
    """

    without_outcome: str = "note"
    act: Act | None = None
    outcomes: dict[str, Ended] | None = None


@dataclass(slots=True)
class Deed:
    """One activity, understood; ``at`` is UTC, ``due`` a local date."""

    key: str
    record: Record
    meaning: Meaning
    at: datetime
    due: date | None
    title: str
    text: str
    minutes: int | None
    who: str


class DeedReader:
    """Turns records into deeds."""

    def __init__(self, context: Context, choices: Choices) -> None:
        self._context, self._choices = context, choices

    def read(self, record: Record) -> Deed:
        """What the row tells. Raises ``RejectedRow`` for a date that can't be read, or one that is still to come."""
        act = self._act(record)
        at = self._when(record)
        meaning = self._meaning(record, act)
        if at > self._context.now + TOLERANCE:
            meaning = _still_to_come(act, meaning)
        title, text = record.text("subject"), "\n".join(text for _column, text in record.all("summary"))
        return Deed(
            key=self._key(record),
            record=record,
            meaning=meaning,
            at=at if meaning.becomes is Becomes.TASK else min(at, self._context.now).replace(microsecond=0),
            due=record.day("due"),
            title=title,
            text=text,
            minutes=self._minutes(record),
            who=record.text("by"),
        )

    def _when(self, record: Record) -> datetime:
        cell = record.all("when")
        if not cell:
            raise RejectedRow(_("It has no date."))
        column, text = cell[0]
        moment = dates.parse(text, column.order)
        if moment is None:
            raise RejectedRow(_("“%(text)s” is not a date that can be read.") % {"text": text[:40]})
        clock = dates.parse_clock(record.text("clock")) if moment.clock is None and record.text("clock") else None
        if clock:
            moment = dates.Moment(moment.day, *clock)
        at = moment.instant(self._context.home, default=NOON)
        if moment.clock is None and moment.day == self._context.now.astimezone(self._context.home).date():
            return min(at, self._context.now)  # Today without a time has been, even before noon.
        return at

    def _act(self, record: Record) -> Act | None:
        for _column, text in record.all("act"):
            if act := outcomes.read_act(text):
                return act
        return self._choices.act if not record.all("act") else None

    def _meaning(self, record: Record, act: Act | None) -> Meaning:
        ended, said, is_open = self._ended(record, act)
        way = next(
            (way for _column, text in (*record.all("way"), *record.all("act")) if (way := outcomes.read_way(text))), ""
        )
        if (
            ended is None
            and not said
            and any(outcomes.read_end(text) is Ended.MISSED for _column, text in record.all("way"))
        ):
            ended, said = Ended.MISSED, "missed"
        return outcomes.understand(
            act=act,
            ended=ended,
            way=way,
            said=said,
            words=record.text("subject"),
            without_outcome=self._choices.without_outcome,
            open_step=is_open,
        )

    def _ended(self, record: Record, act: Act | None) -> tuple[Ended | None, str, bool]:
        """How it ended, in their words, and whether a column of states says that it is still to be done."""
        told = self._choices.outcomes or {}
        states: list[str] = []
        for column, text in record.all("outcome"):
            if names.is_status(column.heading) and fold_header(text) not in told:
                states.append(text)
                continue
            ended = told.get(fold_header(text)) or outcomes.read_end(text)
            if ended is None and act not in (Act.NOTE, Act.TASK):
                self._context.tally.unknown_outcomes[text] += 1
            return ended, text, False
        for text in states:
            ended = outcomes.read_status(text, act)
            if ended is Ended.DONE and act is not Act.TASK:
                return None, "", False
            if ended is not None:
                return ended, text, ended is Ended.PLANNED
            self._context.tally.unknown_outcomes[text] += act not in (Act.NOTE, Act.TASK)
            return None, text, False
        return None, "", False

    def _minutes(self, record: Record) -> int | None:
        if seconds := record.text("seconds"):
            return (
                round(float(seconds) / 60)
                if seconds.replace(".", "", 1).isdigit() and float(seconds) < 86_400
                else None
            )
        return cells.read_minutes(record.text("minutes")) if record.text("minutes") else None

    def _key(self, record: Record) -> str:
        own = record.text("external_id")
        if own:
            return key_of(own)
        told: Sequence[str] = ("when", "clock", "act", "way", "outcome", "subject", "summary", "by", *_WHOM)
        return digest_of(text for name in told for _column, text in record.all(name))


def _still_to_come(act: Act | None, meaning: Meaning) -> Meaning:
    """T7: a planned call or meeting is a task; nothing else can have happened in the future."""
    if meaning.becomes is Becomes.TASK:
        return meaning
    if act in _SPOKEN and meaning.why not in (Ended.CANCELLED.value, Ended.MOVED.value):
        return Meaning(Becomes.TASK, channel=str(act))
    raise RejectedRow(_("It is dated in the future."))
