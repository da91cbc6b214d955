"""What was measured last at each scale, as the tables of docs/performance.md."""

from __future__ import annotations

from typing import Any

from bench.measure import last_of

SCALES = ("small", "firm", "scale")


def table() -> str:
    """A table in Markdown: a row a line, its figure at each scale, and how it grows."""
    found = {scale: last_of(scale) for scale in SCALES}
    kinds = list(dict.fromkeys(kind for scale in reversed(SCALES) for kind in found[scale]))
    lines = [
        "| Row | small | firm | scale | Budget | Floor (firm, scale) | Statements | firm → scale |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(kind, {scale: found[scale].get(kind) for scale in SCALES}) for kind in kinds]
    return "\n".join(lines)


def _line(kind: str, rows: dict[str, dict[str, Any] | None]) -> str:
    last = next(row for scale in reversed(SCALES) if (row := rows[scale]))
    budgets = dict.fromkeys(str(row["budget"]) for row in rows.values() if row and row["budget"] is not None)
    floors = [_number(row["floor"]) if row and row["floor"] else "–" for row in (rows["firm"], rows["scale"])]
    cells = [
        kind.replace("# ", "").replace(", # customers", ""),
        *(_value(rows[scale]) for scale in SCALES),
        f"{' / '.join(budgets) or '–'} {last['unit']}".strip(),
        ", ".join(floors) if floors != ["–", "–"] else "–",
        "–" if last["sql"] is None else str(last["sql"]),
        f"{last['growth']} ×" if last.get("growth") else "–",
    ]
    return f"| {' | '.join(cells)} |"


def _value(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not measured"
    said = _number(row["value"])
    return f"**{said}**" if row["ok"] is False else said


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
