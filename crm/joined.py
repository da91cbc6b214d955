"""Words of many rows in one column, on both databases."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, TextField, Value

#: Stands between the words; no form lets it in.
BETWEEN = "\x1f"


class Joined(Aggregate):
    """The texts of a group with BETWEEN between them, in no order; NULL for none."""

    function = "STRING_AGG"
    name = "Joined"
    output_field = TextField()

    def __init__(self, column: str, **extra: Any) -> None:
        super().__init__(column, Value(BETWEEN), **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, function="GROUP_CONCAT", **context)


def parted(text: str | None) -> list[str]:
    """The words of such a column, in order."""
    return sorted(text.split(BETWEEN), key=str.casefold) if text else []
