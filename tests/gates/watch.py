"""What requests do to the database: the statements that write, and what all tables hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import CalendarDay, User, WorkingSpan
from tests.support.browser import session_cookie

#: Signs of life of the browser, not rows of the firm.
_APART = ("django_session", "constante_cache")
_WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)"?', re.I)


class Browsers:
    """Browsers of people who signed in once: signing in writes into the person's row."""

    def __init__(self, people: dict[str, User]) -> None:
        self.cookies = {name: session_cookie(user, "")["value"] for name, user in people.items()}

    def of(self, name: str, **options: Any) -> Client:
        """A new browser of somebody; any other name is nobody's."""
        client = Client(raise_request_exception=False, **options)
        if name in self.cookies:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[name]
        return client


def plain(body: bytes) -> str:
    """A page without what is drawn anew each time: tokens of forms and keys of entries."""
    text = re.sub(r'("X-CSRFToken":"|name="csrfmiddlewaretoken" value=")\w+', r"\1…", body.decode())
    return re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "…", text)


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect the statements that write into the firm's tables."""
    found: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        table = _WRITES.match(sql)
        if table and table[1] not in _APART:
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table; of the calendars' days, which are thousands, how many."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - set(_APART)
    days = (CalendarDay._meta.db_table, WorkingSpan._meta.db_table)
    held: dict[str, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f'SELECT {"count(*)" if table in days else "*"} FROM "{table}"')
            held[table] = sorted(cursor.fetchall(), key=repr)
    return held


def changed(before: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that are not as they were, by table."""
    now = dump()
    return {
        table: [row for row in now[table] if row not in rows] for table, rows in before.items() if now[table] != rows
    }
