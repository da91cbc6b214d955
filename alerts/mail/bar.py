"""The promise bar for mails: cells of a table, since mail programs draw nothing else alike."""

from __future__ import annotations

from dataclasses import dataclass

#: The track ends at this multiple of the promise.
TRACK = 1.5
#: The tick's share of the track, in percent: about 3 pixels.
TICK = 0.6


@dataclass(frozen=True)
class Cell:
    """One stretch of the bar: `name` says what it shows, `width` is an HTML width."""

    name: str
    width: str


@dataclass(frozen=True)
class Bar:
    """The cells from left to right, and the same in words."""

    cells: list[Cell]
    label: str


def promise_bar(ratio: float, label: str) -> Bar:
    """Return the bar of a gap ratio (elapsed / promised); what is beyond the track fills it."""
    tick = (100 - TICK) / TRACK
    filled = max(0.0, min(ratio, TRACK)) * tick
    name = "late" if ratio >= 1 else "wait"
    before = [(name, min(filled, tick)), ("rest", tick - min(filled, tick))]
    after = [(name, max(filled - tick, 0)), ("rest", 100 - TICK - max(filled, tick))]
    return Bar([*_cells(before), Cell("tick", f"{TICK}%"), *_cells(after)], label)


def _cells(parts: list[tuple[str, float]]) -> list[Cell]:
    return [Cell(name, f"{percent:.1f}%") for name, percent in parts if percent >= 0.05]
