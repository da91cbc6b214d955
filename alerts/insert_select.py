"""INSERT … SELECT by the ORM's own SELECT: rows go from query to table without passing through Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet, Value

from crm.prepared import Compiled


def insert_select(model: type[models.Model], columns: dict[str, Any], source: QuerySet[Any]) -> int:
    """Insert into `model` what `source` selects: `columns` maps attribute names to expressions over it.

    Returns the number of rows. Every column without a default in the database must be named.
    """
    try:
        sql, params = compile_insert(model, columns, source)
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def compile_insert(model: type[models.Model], columns: dict[str, Any], source: QuerySet[Any]) -> Compiled:
    """The statement of `insert_select`, not run."""
    names = list(columns)
    # An annotation may not carry a field's own name: "to_" keeps them apart.
    query = source.annotate(**{f"to_{name}": columns[name] for name in names})
    return compile_union(model, names, [query.values_list(*(f"to_{name}" for name in names))])


def compile_union(
    model: type[models.Model],
    names: Sequence[str],
    sources: Iterable[QuerySet[Any]],
    constants: dict[str, Any] | None = None,
) -> Compiled:
    """Insert the rows of several SELECTs, whose columns come in the order of `names`, by one statement.

    `constants` are the same in every row. Raises EmptyResultSet when none can select anything.
    """
    fields = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    constants = constants or {}
    selects: list[str] = []
    params: list[Any] = []
    for source in sources:
        for name, value in constants.items():
            field = model._meta.get_field(name)
            assert isinstance(field, models.Field)
            source = source.annotate(**{f"all_{name}": Value(value, field)})
        try:
            sql, values = source.order_by().query.sql_with_params()
        except EmptyResultSet:
            # The ORM sees by itself that this one selects nothing.
            continue
        selects.append(sql)
        params.extend(values)
    if not selects:
        raise EmptyResultSet
    target = connection.ops.quote_name(model._meta.db_table)
    into = ", ".join(connection.ops.quote_name(fields[name]) for name in (*names, *constants))
    return f"INSERT INTO {target} ({into}) " + " UNION ALL ".join(selects), tuple(params)
