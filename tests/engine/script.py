"""What is drawn for an operation: when, for whom, which contact, how long ago."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
#: (direction, outcome) for every channel: the cells of "What counts".
OUTCOMES = (
    [("out", name) for name in ("reached", "no_answer", "left_message", "cancelled", "wrong_number", "bounced")]
    + [("out", "awaiting")]
    + [("in", name) for name in ("answered", "missed", "message_for_us", "unanswered")]
)
USUAL = [
    ("out", "reached"),
    ("out", "reached"),
    ("out", "no_answer"),
    ("in", "missed"),
    ("in", "missed"),
    ("in", "answered"),
]
CHANNELS = ("call", "visit", "video", "chat", "email", "letter")
#: How long ago what is logged happened; up to five minutes ahead is a clock that runs fast (T7).
AGO = [-4 * MINUTE, 0 * MINUTE, 0 * MINUTE, MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 9 * DAY, 40 * DAY, 400 * DAY]
WAITS = [MINUTE, 7 * MINUTE, HOUR, 6 * HOUR, 15 * HOUR, 2 * DAY, 5 * DAY]
SWEEP_AFTER = [MINUTE, 2 * HOUR, 16 * HOUR, 3 * DAY, 8 * DAY, 20 * DAY, 33 * DAY]
TERMS: list[dict[str, Any]] = [
    {"attention_amount": 3, "attention_unit": "working_days"},
    {"attention_amount": 9, "attention_unit": "days"},
    {"attention_amount": 8, "attention_unit": "working_days"},
    {"attention_amount": 40, "attention_unit": "days"},
    {"attention_amount": 15, "attention_unit": "working_days"},
    {"personal_amount": 5, "personal_unit": "working_days"},
    {"personal_amount": 25, "personal_unit": "days"},
    {"personal_amount": None},
    {"call_back_hours": 1},
    {"call_back_hours": 13},
    {"welcome_days": 2},
    {"grace_days": 2},
    {"grace_days": 0},
]


@dataclass(frozen=True)
class Step:
    """One operation with all that was drawn for it; `pick` and `more` choose among what there is."""

    name: str
    wait: dt.timedelta
    pick: int
    more: int
    channel: str
    outcome: tuple[str, str]
    ago: dt.timedelta
    flag: bool


def scripts(names: list[str], *, longest: int) -> st.SearchStrategy[list[Step]]:
    """What happens one after the other. `names` are the operations, each as often as it weighs.

    Steps are dealt from a number, evenly: hypothesis would repeat what it likes. It makes scripts smaller
    step by step: a zero leaves one out, and the others stay as they are.
    """

    kept = st.lists(st.integers(0, 19), min_size=longest // 2, max_size=longest)
    return st.builds(lambda number, kept: dealt(number, names, kept), st.integers(0, 2**40), kept)


def dealt(number: int, names: list[str], kept: list[int]) -> list[Step]:
    """The script of a number, without the steps that are not kept."""
    cards = random.Random(number)
    return [step for keep in kept for step in [_step(cards, names)] if keep]


def _step(cards: random.Random, names: list[str]) -> Step:
    return Step(
        name=cards.choice(names),
        wait=cards.choice(WAITS),
        pick=cards.randrange(6),
        more=cards.randrange(60),
        channel=cards.choice(CHANNELS),
        outcome=cards.choice(OUTCOMES + 3 * USUAL),
        ago=cards.choice(AGO),
        flag=cards.random() < 0.5,
    )
