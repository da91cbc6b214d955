"""How attention is drawn: widths from the ratio, words and icons from the state."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from crm.choices import Channel, Outcome
from crm.models.clock import State
from crm.templatetags.attention import (
    CHANNEL_ICONS,
    MARKS,
    OUTCOME_ICONS,
    SENTIMENT_ICONS,
    STATE_ICONS,
    Ratio,
    mark,
    promise_bar,
    ring,
    share_bar,
    state_chip,
)

PACKAGE = Path(__file__).resolve().parent.parent.parent / "package.json"


@pytest.mark.parametrize(
    ("ratio", "width"),
    [(0, "0.00"), (Decimal("0.75"), "50.00"), (1.0, "66.67"), (1.5, "100.00"), (1.9, "100.00"), (-1, "0.00")],
)
def test_the_fill_is_the_ratio_on_a_track_of_one_and_a_half_promises(ratio: Ratio, width: str) -> None:
    assert f'fill-fine" y="3" width="{width}%"' in promise_bar(ratio, "fine", "9 of 30 d")


def test_the_tick_stands_at_the_promise_where_there_is_one() -> None:
    assert 'x="66.67%"' in promise_bar(1.2, "overdue", "36 of 30 d")
    assert "promise-tick" not in promise_bar(None, "nocadence", "review 5 Mar")


def test_a_bar_says_its_state_and_words_to_who_cannot_see_it() -> None:
    assert 'role="img" aria-label="Overdue: 41 of 30 d"' in promise_bar(1.37, "overdue", "41 of 30 d")
    assert 'aria-label="By 10:10: 3 h 10"' in promise_bar(0.9, "soon", "3 h 10", label="By 10:10")


def test_a_bare_bar_leaves_out_the_words_that_stand_beside_it() -> None:
    assert "gauge-words" not in promise_bar(1.37, "overdue", "41 of 30 d", bare=True)


@pytest.mark.parametrize("state", State)
def test_a_state_is_word_icon_and_colour(state: State) -> None:
    chip = state_chip(state.value)
    assert f"state-{state.value}" in chip
    assert f"#{STATE_ICONS[state]}" in chip
    assert str(state.label) in chip


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="late"):
        state_chip("late")


def test_the_ring_is_full_at_one_and_a_half_promises_and_keeps_points_in_spanish() -> None:
    with translation.override("es"):
        drawn = ring(0.75, 15, "de 20 d", "fine")
    length, whole = (float(part) for part in re.search(r'stroke-dasharray="([\d.]+) ([\d.]+)"', drawn).groups())  # type: ignore[union-attr]
    assert length / whole == pytest.approx(0.5, abs=0.001)


def test_a_long_number_in_the_ring_is_set_smaller() -> None:
    assert "ring-long" in ring(1.5, "1,171", "of 90 d", "overdue")
    assert "ring-long" not in ring(1.5, 171, "of 90 d", "overdue")


def test_words_of_a_client_are_escaped() -> None:
    assert "<script>" not in promise_bar(1, "overdue", "<script>", label="<script>") + ring(1, "<script>", "x", "fine")


def test_two_shares_never_pass_the_whole() -> None:
    assert re.findall(r'width="([\d.]+)%" height="8"', share_bar(0.7, 0.6, "words"))[1:] == ["100.00", "70.00"]


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_is_word_icon_and_colour(name: str) -> None:
    assert f"client-mark-{name}" in mark(name)
    assert f"#{MARKS[name][1]}" in mark(name)


def test_every_channel_outcome_and_feeling_has_an_icon_of_the_sprite() -> None:
    listed = set(json.loads(PACKAGE.read_text(encoding="utf-8"))["constante"]["icons"])
    assert set(CHANNEL_ICONS) == set(Channel.values)
    assert set(OUTCOME_ICONS) == set(Outcome.values)
    named = {
        *CHANNEL_ICONS.values(),
        *OUTCOME_ICONS.values(),
        *SENTIMENT_ICONS.values(),
        *STATE_ICONS.values(),
        *(icon for _word, icon in MARKS.values()),
    }
    assert named - listed == set()
