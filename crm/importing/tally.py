"""What an import did, row by row: created, updated, unchanged or rejected, which add up to the rows."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from crm.importing.records import Record


@dataclass
class Tally:
    """Counts, and who was touched; ``rows`` is the sum of the four by construction of the import."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rows: int = 0
    became: Counter[str] = field(default_factory=Counter)
    customers: set[int] = field(default_factory=set)
    reindex: set[int] = field(default_factory=set)
    unread: int = 0
    unknown_outcomes: Counter[str] = field(default_factory=Counter)
    rejections: list[tuple[int, str, list[str]]] = field(default_factory=list)

    def reject(self, record: Record, reason: str) -> None:
        """Count a row as rejected, with the reason that goes into the file beside the imported one."""
        self.rejected += 1
        self.rejections.append((record.line, reason, record.cells))

    def add(self, other: "Tally") -> None:
        """Take over what one batch counted, once it is committed; its rejections go to the file, not here."""
        for name in ("created", "updated", "unchanged", "rejected", "rows", "unread"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.became += other.became
        self.unknown_outcomes += other.unknown_outcomes
        self.customers |= other.customers
        self.reindex |= other.reindex

    def count(self, fate: str) -> None:
        """Count one row: "created", "updated" or "unchanged"."""
        setattr(self, fate, getattr(self, fate) + 1)

    @property
    def adds_up(self) -> bool:
        return self.created + self.updated + self.unchanged + self.rejected == self.rows


class Rejects:
    """The rejected rows, in a file beside the imported one: line, reason, and the row as it was.

    The file is made with the first rejected row; one of an earlier run is taken away when there is none.
    """

    def __init__(self, path: Path, headers: list[str], *, dry: bool) -> None:
        self.path = path.with_name(path.name + ".rejected.csv")
        self._headers, self._dry = headers, dry
        self._file: TextIO | None = None
        self._writer: Any = None
        self.examples: list[tuple[int, str]] = []

    def add(self, line: int, reason: str, cells: list[str]) -> None:
        if len(self.examples) < 5:
            self.examples.append((line, reason))
        if self._dry:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["line", "reason", *self._headers])
        self._writer.writerow([line, reason, *cells])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        elif not self._dry:
            self.path.unlink(missing_ok=True)
