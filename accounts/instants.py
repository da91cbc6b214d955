"""Arithmetic with instants that gives the same result on SQLite and PostgreSQL: whole seconds, fractions cut off."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, DateField, DateTimeField, Func
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, Any]


class SecondsBetween(Func):
    """Whole seconds from the first instant to the second, negative when it lies before."""

    arity = 2
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        # Instants are stored as text, in UTC; the first 19 letters end with the seconds.
        second = "CAST(strftime('%%s', substr({}, 1, 19)) AS INTEGER)"
        return self._fill_in(compiler, f"({second.format('{1}')} - {second.format('{0}')})")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        # bigint: a numeric against a bigint column would lose the index.
        second = "FLOOR(EXTRACT(EPOCH FROM {}))::bigint"
        return self._fill_in(compiler, f"({second.format('{1}')} - {second.format('{0}')})")

    def _fill_in(self, compiler: SQLCompiler, template: str) -> Sql:
        first, second = (compiler.compile(part) for part in self.get_source_expressions())
        return template.format(first[0], second[0]), (*second[1], *first[1])


class PlusSeconds(Func):
    """An instant without fraction moved by whole seconds (negative: back)."""

    arity = 2
    output_field = DateTimeField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s || ' seconds')", **context)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        instant, seconds = (compiler.compile(part) for part in self.get_source_expressions())
        sql = f"({instant[0]} + ({seconds[0]}) * INTERVAL '1 second')"
        return sql, (*instant[1], *seconds[1])


class LocalDate(Func):
    """The date of an instant in a zone given by name."""

    arity = 2
    output_field = DateField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        # A function that Django registers with each SQLite connection.
        return self.as_sql(
            compiler, connection, template="django_datetime_cast_date(%(expressions)s, 'UTC')", **context
        )

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Sql:
        return self.as_sql(
            compiler, connection, template="((%(expressions)s)::date)", arg_joiner=" AT TIME ZONE ", **context
        )
