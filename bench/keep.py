"""A database with its load: kept from run to run, made anew when the load, the size or the migrations are others."""

from __future__ import annotations

import datetime as dt
import hashlib
import os

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bench.filling import run
from bench.load import VERSION, Scale, load

#: Kept so long; later, too much of it has fallen due.
FRESH = dt.timedelta(days=3)


def prepare(scale: Scale, now: dt.datetime) -> None:
    """Have the database hold the load of `scale`.

    With KEEP=1 in the environment, new migrations are run over a load that is kept. Raises SystemExit where the
    database holds what is not a load: it is not thrown away.
    """
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if os.environ.get("KEEP") == "1" and _mark() is not None:
        call_command("migrate", verbosity=0)
        return
    if not pending and _is_kept(scale, now):
        return
    if _tables() and _mark() is None:
        raise SystemExit("The database is not empty and holds no load: give the bench one of its own.")
    run("DROP SCHEMA public CASCADE")
    run("CREATE SCHEMA public")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    load(scale, now)
    run("CREATE TABLE bench_load (mark text, made_at timestamptz)")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_load VALUES (%s, %s)", [_version(scale), now])


def _is_kept(scale: Scale, now: dt.datetime) -> bool:
    found = _mark()
    return found is not None and found[0] == _version(scale) and now - found[1] < FRESH


def _mark() -> tuple[str, dt.datetime] | None:
    """The version of the load that the database holds, and when it was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench_load') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT mark, made_at FROM bench_load")
        mark, made_at = cursor.fetchone()
    return mark, made_at


def _tables() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'")
        return int(cursor.fetchone()[0])


def _version(scale: Scale) -> str:
    """The load's version, its size and the migrations: another one of these, another load."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(app || name, ',' ORDER BY app, name) FROM django_migrations")
        migrations = str(cursor.fetchone()[0])
    return f"{VERSION} {scale} {hashlib.sha256(migrations.encode()).hexdigest()[:16]}"
