"""History of rows written in bulk: one ``INSERT … SELECT`` a model, without reading a row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model


def keep_history(
    model: type[Model], ids: Collection[int], *, sign: str, now: datetime, why: str, by: int | None = None
) -> None:
    """Write the present state of the rows ``ids`` into the history of ``model``.

    ``sign`` is "+" for created and "~" for changed rows, ``why`` the reason kept with them, ``by`` the number of who
    changed them (nobody for a command). Many-to-many rows that the history tracks are kept too.
    """
    if not ids:
        return
    tracker: Any = model.history.model  # type: ignore[attr-defined]
    quote = connection.ops.quote_name
    own = {"history_id", "history_date", "history_type", "history_user_id", "history_change_reason"}
    names = [f.column for f in tracker._meta.concrete_fields if f.column not in own]
    listed = ", ".join(quote(name) for name in names)
    wanted = _listed(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(tracker._meta.db_table)}"
            f" ({listed}, history_date, history_type, history_change_reason, history_user_id)"
            f" SELECT {listed}, %s, %s, %s, {'NULL' if by is None else int(by)}"
            f" FROM {quote(model._meta.db_table)} WHERE id IN ({wanted})",
            [_param(now), sign, why[:100]],
        )
        for field in tracker._history_m2m_fields:
            _keep_links(cursor, model, field.name, wanted)


def _keep_links(cursor: Any, model: type[Model], many: str, wanted: str) -> None:
    """The many-to-many rows of the states just written, the latest of each row, tied to them."""
    tracker: Any = model.history.model  # type: ignore[attr-defined]
    through: Any = getattr(model, many).through
    linked = _links_of(tracker, through)
    quote = connection.ops.quote_name
    columns = [f.column for f in through._meta.concrete_fields]
    mine = next(f.column for f in through._meta.concrete_fields if f.is_relation and f.related_model is model)
    listed = ", ".join(quote(name) for name in columns)
    picked = ", ".join(f"t.{quote(name)}" for name in columns)
    cursor.execute(
        f"INSERT INTO {quote(linked._meta.db_table)} ({listed}, history_id)"
        f" SELECT {picked}, h.history_id FROM {quote(through._meta.db_table)} t"
        f" JOIN (SELECT id, MAX(history_id) AS history_id FROM {quote(tracker._meta.db_table)}"
        f" WHERE id IN ({wanted}) GROUP BY id) h ON h.id = t.{quote(mine)}"
        f" WHERE t.{quote(mine)} IN ({wanted})"
    )


def _links_of(tracker: Any, through: Any) -> Any:
    return next(
        relation.related_model
        for relation in tracker._meta.get_fields()
        if relation.one_to_many
        and relation.related_model._meta.db_table.endswith(through._meta.db_table.split("_")[-1])
    )


def _listed(ids: Collection[int]) -> str:
    # Numbers of our own, never text from a file: they may stand in the statement itself, of any length.
    return ", ".join(str(int(one)) for one in ids)


def _param(now: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(now)
