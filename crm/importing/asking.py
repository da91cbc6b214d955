"""What is still to be said before a file can be imported, as the command line to complete."""

import shlex
from collections.abc import Sequence

from django.utils.translation import gettext as _

from crm.importing import outcomes
from crm.importing.columns import Column, Recognition, confidence
from crm.importing.dates import DateOrder
from crm.importing.fields import FIELDS, Kind
from crm.importing.outcomes import Act, Ended

_SPOKEN = (Act.CALL, Act.VISIT, Act.VIDEO)
_OF_CALLS = (Ended.NO_ANSWER, Ended.LEFT_MESSAGE, Ended.WRONG_NUMBER)


def guess_act(recognition: Recognition, sample: Sequence[Sequence[str]]) -> Act | None:
    """The kind of activity of a file that names none: calls, where headings or outcomes speak of them."""
    for column in recognition.columns:
        if outcomes.read_act(column.header) is Act.CALL and column.field in (
            "when",
            "outcome",
            "way",
            "contact_phone",
            "by",
        ):
            return Act.CALL
    ends = {
        outcomes.read_end(row[column.index])
        for column in recognition.of("outcome")
        for row in sample
        if len(row) > column.index
    }
    return Act.CALL if ends & set(_OF_CALLS) else None


def lacks_act(recognition: Recognition, sample: Sequence[Sequence[str]]) -> bool:
    """Whether nothing in a file of activities says of which kind they are."""
    return (
        recognition.kind is Kind.INTERACTIONS and not recognition.of("act") and guess_act(recognition, sample) is None
    )


def lacks_outcome(recognition: Recognition, sample: Sequence[Sequence[str]], told: Act | None) -> bool:
    """Whether calls and meetings are listed without a column that says how they ended."""
    if recognition.kind is not Kind.INTERACTIONS or recognition.of("outcome"):
        return False
    acts = {outcomes.read_act(row[c.index]) for c in recognition.of("act") for row in sample if len(row) > c.index}
    if not recognition.of("act"):
        acts = {told or guess_act(recognition, sample)}
    return bool(acts & set(_SPOKEN))


def questions(recognition: Recognition, sample: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """What to ask: a sentence, and the option that answers it, to be completed where it has a question mark."""
    asked: list[tuple[str, str]] = []
    for column in recognition.doubtful:
        text = _("“%(column)s” may be %(field)s, but that is not sure.") % {
            "column": column.header,
            "field": column.field,
        }
        asked.append((text, _map(column.header, column.field)))
    for group in recognition.missing:
        text = _("No column was found for %(fields)s.") % {"fields": _(" or ").join(group)}
        asked.append((text, _map(*_nearest(recognition, group))))
    for column in recognition.undated:
        asked.append((_date_question(column, sample), "--dates day-first|month-first"))
    return list({option: (text, option) for text, option in asked}.values())


def _date_question(column: Column, sample: Sequence[Sequence[str]]) -> str:
    if column.order is DateOrder.MIXED:
        return _("“%(column)s” holds dates with the day first and others with the month first.") % {
            "column": column.header
        }
    example = next((row[column.index] for row in sample if len(row) > column.index and row[column.index].strip()), "")
    return _("“%(column)s” does not tell whether the day or the month comes first (%(example)s).") % {
        "column": column.header,
        "example": example,
    }


def _nearest(recognition: Recognition, group: tuple[str, ...]) -> tuple[str, str]:
    fields = FIELDS[recognition.kind]
    best = max(
        (
            (confidence(recognition.kind, fields[name], column), column.header, name)
            for name in group
            for column in recognition.columns
            if not column.field
        ),
        default=(0.0, "", group[0]),
    )
    return (best[1], best[2]) if best[0] > 0.2 else ("?", group[0])


def _map(theirs: str, ours: str) -> str:
    return f"--map {shlex.quote(f'{theirs}={ours}')}"
