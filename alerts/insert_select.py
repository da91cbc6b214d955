"""INSERT … SELECT by the ORM's own SELECT: rows go from query to table without passing through Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet, Value


def insert_select(model: type[models.Model], columns: dict[str, Any], source: QuerySet[Any]) -> int:
    """Insert into `model` what `source` selects: `columns` maps attribute names to expressions over it.

    Returns the number of rows. Every column without a default in the database must be named.
    """
    names = list(columns)
    # An annotation may not carry a field's own name: "to_" keeps them apart.
    query = source.annotate(**{f"to_{name}": columns[name] for name in names})
    return insert_union(model, names, [query.values_list(*(f"to_{name}" for name in names))])


def insert_union(
    model: type[models.Model],
    names: Sequence[str],
    sources: Iterable[QuerySet[Any]],
    constants: dict[str, Any] | None = None,
) -> int:
    """Insert the rows of several SELECTs, whose columns come in the order of `names`, by one statement.

    `constants` are the same in every row.
    """
    fields = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    constants = constants or {}
    selects: list[str] = []
    params: list[Any] = []
    for source in sources:
        for name, value in constants.items():
            field = model._meta.get_field(name)
            assert isinstance(field, models.Field)
            constant = Value(value, field)
            source = source.annotate(**{f"all_{name}": constant})
        try:
            sql, values = source.order_by().query.sql_with_params()
        except EmptyResultSet:
            # The ORM sees by itself that this one selects nothing.
            continue
        selects.append(sql)
        params.extend(values)
    if not selects:
        return 0
    target = connection.ops.quote_name(model._meta.db_table)
    into = ", ".join(connection.ops.quote_name(fields[name]) for name in (*names, *constants))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {target} ({into}) " + " UNION ALL ".join(selects), params)
        return int(cursor.rowcount)
