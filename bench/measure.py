"""Timing, counting queries, and the lines that a run prints."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

RESULTS = Path(__file__).parent / "results.jsonl"


class RolledBack(Exception):
    """Undoes what was measured."""


@dataclass
class Results:
    """The rows of one run: name, value, unit, budget, floor, number of queries, whether it holds."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        budget: float | None = None,
        floor: float | None = None,
        sql: int | None = None,
        at_least: bool = False,
    ) -> None:
        """Keep a figure; it holds when it is not above its budget (`at_least`: not below)."""
        holds = None if budget is None else (value >= budget if at_least else value <= budget)
        row = {
            "name": name, "value": round(value, 3), "unit": unit, "budget": budget,
            "floor": None if floor is None else round(floor, 3), "sql": sql, "ok": holds,
        }  # fmt: skip
        self.rows.append(row)
        print(_line(row), flush=True)

    def save(self, scale: str) -> None:
        """Append the rows to bench/results.jsonl."""
        with RESULTS.open("a") as file:
            for row in self.rows:
                file.write(json.dumps({"scale": scale, **row}) + "\n")


def _line(row: dict[str, Any]) -> str:
    said = {True: "ok", False: "MISSED", None: ""}[row["ok"]]
    floor, value = row["floor"], row["value"]
    ratio = f"{value / floor:8.1f}×" if floor else " " * 9
    sql = "–" if row["sql"] is None else row["sql"]
    measured = f"{row['name']:<52}{value:>12} {row['unit']:<5}"
    against = f"budget {row['budget'] or '–':>7}  floor {floor or '–':>8}{ratio} sql {sql:>3}"
    return f"{measured}{against}  {said}"


def milliseconds(work: Callable[[], object], *, times: int = 20, warm: int = 3) -> list[float]:
    """Run `work` some times after warming up; the milliseconds of each, sorted."""
    for _ in range(warm):
        work()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)


def p95(taken: list[float]) -> float:
    return taken[min(len(taken) - 1, round(len(taken) * 0.95))]


def p50(taken: list[float]) -> float:
    return taken[len(taken) // 2]


def queries(work: Callable[[], object]) -> int:
    """How many statements `work` sends, without those that begin and end transactions."""
    with CaptureQueriesContext(connection) as captured:
        work()
    words = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")
    return sum(not query["sql"].startswith(words) for query in captured.captured_queries)


def undone(work: Callable[[], float]) -> float:
    """Measure something that changes the data, and undo it."""
    value = 0.0
    try:
        with transaction.atomic():
            value = work()
            raise RolledBack
    except RolledBack:
        return value


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def sql_floor(statement: str, params: list[Any] | None = None, *, times: int = 20) -> float:
    """The median milliseconds of one statement alone, rows fetched: what the database itself needs."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            if cursor.description:
                cursor.fetchall()

    return p50(milliseconds(run, times=times))
