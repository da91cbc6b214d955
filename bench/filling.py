"""Filling tables by one INSERT … SELECT each: columns that are not named get their defaults, also those added later."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED, Field, Model


def fill(model: type[Model], columns: dict[str, str], rows: str, values: dict[str, Any]) -> int:
    """Insert into `model` the columns (SQL over `rows`, the FROM and what follows). Returns how many rows.

    `values` fill `%(name)s` in both and must hold `now`, which columns with a default of now get.
    """
    named, params = dict(columns), dict(values)
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if column not in named and not field.primary_key and not field.generated:
            standing = _default(field, values["now"])
            if standing is not None:
                params[f"default_{column}"], named[column] = standing, f"%(default_{column})s"
    into, select = ", ".join(f'"{name}"' for name in named), ", ".join(named.values())
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({into}) SELECT {select} FROM {rows}', params)
        return int(cursor.rowcount)


def _default(field: Field[Any, Any], now: dt.datetime) -> Any:
    """What a row has in a column that nobody names; None for NULL."""
    standing = field.get_default() if field.default is not NOT_PROVIDED else None
    if standing is None and not field.null:
        return now if "Date" in field.get_internal_type() else ""
    if isinstance(standing, dt.datetime):
        return now
    return json.dumps(standing) if isinstance(standing, dict | list) else standing


def upto(model: type[Model], highest: int) -> None:
    """Let the next number of a table whose rows were given theirs come after `highest`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), GREATEST(%s, 1))", [model._meta.db_table, highest]
        )


@contextmanager
def without_indexes(*models: type[Model]) -> Iterator[None]:
    """Take the indexes and foreign keys of tables away and build them again after: minutes instead of an hour."""
    again: list[str] = []
    for model in models:
        table = model._meta.db_table
        for name, definition in _told(_KEYS, table):
            run(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
            again.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
        for name, definition in _told(_INDEXES, table):
            run(f'DROP INDEX "{name}"')
            again.insert(0, definition)
    yield
    for statement in again:
        run(statement)


#: Foreign keys and unique constraints; a primary key stays, as others refer to it.
_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'u')
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid = %s::regclass AND NOT indisprimary
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = indexrelid)
"""


def _told(statement: str, table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [table])
        return list(cursor.fetchall())


def run(statement: str) -> None:
    """Run one statement that gives nothing back."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def step(name: str, work: Callable[[], object]) -> None:
    """Do a part of a load and say how long it took."""
    begun = dt.datetime.now(dt.UTC)
    work()
    print(f"  {name}: {(dt.datetime.now(dt.UTC) - begun).total_seconds():.1f} s", flush=True)
