"""Statements over sets of customers, compiled once for the case of a single customer.

The ORM needs a hundredfold of the database's time to build the engine's larger statements. For one
customer, by far the most frequent set, the SQL is always the same but for a few values: it is
compiled once with stand-ins, found again among its parameters, and filled in from then on.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Hashable
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import DateTimeField, QuerySet, UUIDField
from django.db.models.sql import UpdateQuery

from crm.models import Customer

Compiled = tuple[str, tuple[Any, ...]]
#: Builds a statement for customers and named values (instants, run ids, words, numbers).
Build = Callable[..., Compiled]

_INSTANT, _UUID = DateTimeField(), UUIDField()
_PK = 7_203_940_518_273_645
_STANDINS: dict[type, Any] = {
    dt.datetime: dt.datetime(1811, 7, 5, 3, 2, 1, tzinfo=dt.UTC),
    uuid.UUID: uuid.UUID("5f0c7e1a-0b1d-4c7e-9a55-18110705c0de"),
    str: "\u2042 stand-in",
    int: 7_203_940_518_273_646,
}
_templates: dict[Hashable, tuple[str, tuple[Any, ...], dict[int, str]]] = {}


def execute(key: Hashable, build: Build, customers: QuerySet[Customer], **values: Any) -> int:
    """Run the statement that `build(customers, **values)` compiles; returns the number of rows.

    For one customer (`Customer.objects.one(pk)`) it is compiled once for each `key`. Only the
    customers and `values` may differ between two calls with the same key.
    """
    try:
        sql, params = _compiled(key, build, customers, values)
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def fetch(key: Hashable, build: Build, customers: QuerySet[Customer], **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of the query that `build` compiles (`select`), as the database gives them; as `execute`.

    For numbers and words: SQLite gives instants as text.
    """
    try:
        sql, params = _compiled(key, build, customers, values)
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _compiled(key: Hashable, build: Build, customers: QuerySet[Customer], values: dict[str, Any]) -> Compiled:
    pk = getattr(customers, "only_pk", None)
    if pk is None:
        return build(customers, **values)
    empty = frozenset(name for name, value in values.items() if value is None)
    full_key = (key, connection.vendor, connection.alias, empty)
    template = _templates.get(full_key)
    if template is None:
        template = _templates[full_key] = _template(build, values)
    sql, params, slots = template
    filled = list(params)
    for place, name in slots.items():
        filled[place] = pk if name == "" else _adapted(values[name])
    return sql, tuple(filled)


def _template(build: Build, values: dict[str, Any]) -> tuple[str, tuple[Any, ...], dict[int, str]]:
    types: dict[type, str] = {}
    standins: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            standins[name] = None
            continue
        kind = next(kind for kind in _STANDINS if isinstance(value, kind))
        assert kind not in types, "two values of one type could not be told apart"
        types[kind] = name
        standins[name] = _STANDINS[kind]
    sql, params = build(Customer.objects.filter(pk=_PK), **standins)
    marks = {_adapted(_STANDINS[kind]): name for kind, name in types.items()} | {_PK: ""}
    slots = {place: marks[param] for place, param in enumerate(params) if _hashable(param) and param in marks}
    return sql, tuple(params), slots


def _hashable(param: Any) -> bool:
    return isinstance(param, Hashable)


def _adapted(value: Any) -> Any:
    """A value as the ORM hands it to this database."""
    if isinstance(value, dt.datetime):
        return _INSTANT.get_db_prep_value(value, connection)
    if isinstance(value, uuid.UUID):
        return _UUID.get_db_prep_value(value, connection)
    return value


def select(found: QuerySet[Any, Any]) -> Compiled:
    """Compile a query of `values_list` without running it."""
    sql, params = found.query.get_compiler(connection=connection).as_sql()
    return sql, tuple(params)


def update(found: QuerySet[Any], **values: Any) -> Compiled:
    """Compile `found.update(**values)` without running it."""
    query = cast(UpdateQuery, found.query.chain(UpdateQuery))
    query.add_update_values(values)
    query.clear_ordering(force=True)
    query.annotations = {}
    sql, params = query.get_compiler(connection=connection).as_sql()
    return sql, tuple(params)
