"""What the migrations put into the database, put back after each test that commits: Django empties every table then."""

from dataclasses import dataclass

import pytest
from django.apps import apps
from django.db import connection, models, transaction

# Django itself fills these again after emptying the tables.
REFILLED = {"contenttypes.ContentType", "auth.Permission"}
COMMITTING_FIXTURES = {"transactional_db", "live_server", "django_db_reset_sequences"}


@dataclass(frozen=True)
class Seeds:
    """Rows by model, as they were before the first test that commits."""

    rows: dict[type[models.Model], list[models.Model]]

    @classmethod
    def take(cls) -> "Seeds":
        """Read them all."""
        tables = set(connection.introspection.table_names())
        kept = [
            model
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed and model._meta.label not in REFILLED and model._meta.db_table in tables
        ]
        return cls({model: rows for model in kept if (rows := list(model._base_manager.all()))})

    def put_back(self) -> None:
        """Write them again where their tables are empty. Keys point at each other, so they are checked at the end."""
        with transaction.atomic():
            for model, rows in self.rows.items():
                if not model._base_manager.exists():
                    model._base_manager.bulk_create(rows)


def commits(item: pytest.Item) -> bool:
    """Return whether the test commits what it writes, so that everything is emptied after it."""
    marker = item.get_closest_marker("django_db")
    if marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])):
        return True
    return bool(COMMITTING_FIXTURES & set(getattr(item, "fixturenames", ())))
