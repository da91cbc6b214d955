"""A row of the file as the fields that it fills."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from crm.importing import cells, dates
from crm.importing.columns import Column, Recognition
from crm.importing.reading import Row


class RejectedRow(Exception):
    """A row that can't be imported; the message says why, for the person who imports."""


@dataclass(slots=True)
class Record:
    """One row; ``unread`` collects cells (by their heading) that hold something that could not be understood."""

    line: int
    cells: list[str]
    values: dict[str, list[tuple[Column, str]]]
    unread: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The first filled cell of the field ``name``; empty when there is none."""
        found = self.values.get(name)
        return found[0][1] if found else ""

    def all(self, name: str) -> Sequence[tuple[Column, str]]:
        """Every filled cell of the field ``name`` with its column."""
        return self.values.get(name, ())

    def cut(self, name: str, length: int) -> str:
        """As ``text``, at most ``length`` characters; what is too long is kept whole in ``unread``."""
        value = self.text(name)
        if len(value) > length:
            self.unread[self.values[name][0][0].header] = value
        return value[:length]

    def day(self, name: str) -> date | None:
        """The date in the field ``name``; one that can't be read is kept in ``unread``."""
        for column, value in self.all(name):
            moment = dates.parse(value, column.order)
            if moment:
                return moment.day
            self.unread[column.header] = value
        return None


class RecordReader:
    """Turns rows into records by what the columns were recognised as."""

    def __init__(self, recognition: Recognition) -> None:
        self.width = len(recognition.columns)
        self._columns = [(column.index, column) for column in recognition.columns if column.field]

    def read(self, row: Row) -> Record:
        """The record in ``row``. Raises ``RejectedRow`` when it has more filled cells than there are columns."""
        values: dict[str, list[tuple[Column, str]]] = {}
        count = len(row.cells)
        for index, column in self._columns:
            if index < count:
                text = row.cells[index].strip()
                if text and not cells.is_blank(text):
                    values.setdefault(column.field, []).append((column, text))
        return Record(row.line, row.cells, values)

    def overflows(self, row: Row) -> bool:
        """Whether cells stand beyond the last column: a separator too many has moved them."""
        return len(row.cells) > self.width and any(cell.strip() for cell in row.cells[self.width :])
