"""Timing, counting queries, and the lines that a run prints."""

from __future__ import annotations

import datetime as dt
import json
import re
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
    """The rows of one run: name, value, unit, budget, floor and the ratio to it, statements, whether it holds.

    `growth` is the value against that of the last run at firm, at scale only.
    """

    scale: str
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
        firm = last_of("firm").get(kind_of(name)) if self.scale == "scale" else None
        row = {
            "name": name, "value": round(value, 3), "unit": unit, "budget": budget,
            "floor": None if floor is None else round(floor, 3), "ratio": round(value / floor, 2) if floor else None,
            "sql": sql, "ok": holds, "growth": round(value / firm["value"], 2) if firm and firm["value"] else None,
        }  # fmt: skip
        self.rows.append(row)
        print(_line(row), flush=True)

    def save(self) -> None:
        """Append the rows to bench/results.jsonl."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="minutes")
        with RESULTS.open("a") as file:
            for row in self.rows:
                file.write(json.dumps({"scale": self.scale, "at": at, **row}) + "\n")


def last_of(scale: str) -> dict[str, dict[str, Any]]:
    """The last row of each kind that was measured at a scale, in the order of the run."""
    found: dict[str, dict[str, Any]] = {}
    for line in RESULTS.read_text().splitlines() if RESULTS.exists() else []:
        row = json.loads(line)
        if row["scale"] == scale:
            found[kind_of(row["name"])] = row
    return found


def kind_of(name: str) -> str:
    """What a row measures, without the numbers that differ from scale to scale."""
    return re.sub(r"\d[\d,]*", "#", name)


def _line(row: dict[str, Any]) -> str:
    said = {True: "ok", False: "MISSED", None: ""}[row["ok"]]
    floor, value = row["floor"], row["value"]
    ratio = f"{value / floor:8.1f}×" if floor else " " * 9
    growth = f"  {row['growth']}× firm" if row["growth"] else ""
    sql = "–" if row["sql"] is None else row["sql"]
    measured = f"{row['name']:<52}{value:>12} {row['unit']:<5}"
    against = f"budget {row['budget'] or '–':>7}  floor {floor or '–':>8}{ratio} sql {sql:>3}{growth}"
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


def sql_floor(statement: str, params: list[Any] | None = None, *, times: int = 20, warm: int = 3) -> float:
    """The median milliseconds of one statement alone, rows fetched: what the database itself needs."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            if cursor.description:
                cursor.fetchall()

    return p50(milliseconds(run, times=times, warm=warm))
