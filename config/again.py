"""A request that the database refused to break a circle of waiting is done again, without the person noticing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse

#: How often a view is tried in all.
TRIES = 4
#: What PostgreSQL calls a deadlock, and a transaction that another one overtook.
REFUSED = frozenset({"40P01", "40001"})


class Again:
    """The last middleware: what it does again is the view alone, whose transactions were all rolled back or kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse:
        for left in reversed(range(TRIES)):
            try:
                return view(request, *args, **kwargs)
            except OperationalError as error:
                if not left or connection.in_atomic_block or not was_refused(error):
                    raise
                time.sleep(random.uniform(0.02, 0.2))
        raise AssertionError("the last try returns or raises")


def was_refused(error: OperationalError) -> bool:
    """Whether the database gave up this transaction for another's sake: nothing of it is kept."""
    cause = error.__cause__
    return (getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)) in REFUSED
