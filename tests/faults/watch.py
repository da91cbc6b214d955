"""What the database says about who does what: open transactions, locks waited for, and traps that make them wait."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import psycopg2

_BACKENDS = """
SELECT pid, client_port, backend_xid IS NOT NULL, query, coalesce(%(trap)s = ANY(pg_blocking_pids(pid)), false)
FROM pg_stat_activity
WHERE datname = current_database() AND client_port > 0 AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Backend:
    """A transaction that is open: `writes` says that it holds locked or written rows."""

    pid: int
    port: int
    writes: bool
    query: str
    is_caught: bool


class Watch:
    """Looks at the database from outside, and may hold a lock that others then wait for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._looking: Any = None
        self._trap: Any = None
        self.trap_pid = 0

    def _look(self) -> Any:
        if self._looking is None or self._looking.closed:
            self._looking = psycopg2.connect(self.url, application_name="faults")
            self._looking.autocommit = True
        return self._looking.cursor()

    def backends(self) -> list[Backend]:
        """Every open transaction of the app."""
        try:
            with self._look() as cursor:
                cursor.execute(_BACKENDS, {"trap": self.trap_pid})
                return [Backend(*row) for row in cursor.fetchall() if row[0] != self.trap_pid]
        except psycopg2.Error:
            self.close()
            return []

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._look() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def open_trap(self) -> None:
        """Begin the transaction whose locks are waited for."""
        self.spring()
        self._trap = psycopg2.connect(self.url, application_name="faults")
        self.trap_pid = self._trap.info.backend_pid

    def lock_table(self, table: str) -> None:
        """Let everybody wait who wants to write into the table."""
        with self._trap.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")

    def lock_mail(self, message_id: str) -> None:
        """Let the sender wait who wants to say that this mail has gone."""
        with self._trap.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute("SELECT 1 FROM alerts_delivery WHERE message_id = %s FOR UPDATE", (message_id,))

    def spring(self) -> None:
        """Let everybody go on."""
        if self._trap is not None:
            with contextlib.suppress(psycopg2.Error):
                self._trap.rollback()
                self._trap.close()
            self._trap, self.trap_pid = None, 0

    def close(self) -> None:
        self.spring()
        if self._looking is not None:
            with contextlib.suppress(psycopg2.Error):
                self._looking.close()
            self._looking = None
