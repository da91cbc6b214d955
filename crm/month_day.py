"""A date without its year as a number that an index can hold: 26 November is 1126, the same on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, SmallIntegerField
from django.db.models.sql.compiler import SQLCompiler

LEAP_DAY = 229
_EVE_OF_MARCH = 228


class MonthDay(Func):
    """Month × 100 + day of a date; NULL without one."""

    arity = 1
    output_field = SmallIntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        template = "CAST(strftime('%%%%m%%%%d', %(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        template = "(EXTRACT(MONTH FROM %(expressions)s) * 100 + EXTRACT(DAY FROM %(expressions)s))::smallint"
        inner = self.get_source_expressions()[0]
        sql, params = compiler.compile(inner)
        return template % {"expressions": sql}, (*params, *params)


def keys_of(day: dt.date) -> list[int]:
    """The numbers that are kept on `day`: its own; on 28 February of a common year the leap day's too."""
    own = day.month * 100 + day.day
    is_common = (day + dt.timedelta(days=1)).day == 1
    return [own, LEAP_DAY] if own == _EVE_OF_MARCH and is_common else [own]
