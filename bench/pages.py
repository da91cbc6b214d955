"""The pages' rows: logging a call, lists, search, Today, a customer, at risk, the first page cold."""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
import uuid
from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.middleware.csrf import _get_new_csrf_string, _mask_cipher_secret
from django.test import Client

from accounts.models import User
from bench.measure import Results, milliseconds, p95, queries, sql_floor
from crm.models import Customer


class Visitor:
    """Somebody signed in, over one kept connection to the real web server."""

    def __init__(self, user: User, port: int) -> None:
        self.user = user
        self._secret = _get_new_csrf_string()
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._cookies = f"{settings.SESSION_COOKIE_NAME}={_session(user)}; {settings.CSRF_COOKIE_NAME}={self._secret}"
        self.client = Client(headers={"HX-Request": "true"}, SERVER_NAME="localhost")
        self.client.force_login(user)

    def get(self, path: str, *, htmx: bool = False) -> bytes:
        return self._ask("GET", path, None, {"HX-Request": "true"} if htmx else {})

    def post(self, path: str, data: dict[str, str]) -> bytes:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": _mask_cipher_secret(self._secret),
            "HX-Request": "true",
        }
        return self._ask("POST", path, urlencode(data), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> bytes:
        headers = {"Cookie": self._cookies, **headers}
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server lets go of a connection that was idle while something else was measured.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path} answered {answer.status}: {text[:300]!r}")
        return text


def _session(user: User) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def page_rows(results: Results, port: int) -> None:
    owner = User.objects.get(email="person0-1@bench.example")
    supervisor = User.objects.get(email="person0-0@bench.example")
    manager, boss = Visitor(owner, port), Visitor(supervisor, port)
    customer = Customer.objects.filter(owner=owner).order_by("pk")[0]
    fifty = sql_floor(
        "SELECT c.id, c.name, k.due_at FROM crm_clock k JOIN crm_customer c ON c.id = k.customer_id"
        " WHERE k.owner_id = %s AND k.active ORDER BY k.due_at LIMIT 50",
        [owner.pk],
    )
    views: list[tuple[str, Visitor, str, float, float | None]] = [
        ("customer list of 50, by due", manager, "/customers/?sort=due", 40, fifty),
        ("customer list of 50, a supervisor's, by name", boss, "/customers/?sort=name", 40, fifty),
        ("customer list of 50, overdue, by value", boss, "/customers/?state=overdue&sort=value", 40, fifty),
        ("search by name", boss, "/find/?q=ferreteria+12", 60, None),
        ("search by phone digits", boss, "/find/?q=600000", 60, None),
        ("Today", manager, "/", 60, None),
        ("customer page", manager, f"/customers/{customer.pk}/", 60, None),
        ("alerts", boss, "/alerts/", 60, None),
        ("at risk, a supervisor's team", boss, "/at-risk/", 80, None),
    ]
    for name, visitor, path, budget, floor in views:
        taken = milliseconds(
            lambda visitor=visitor, path=path: visitor.get(path, htmx=path.startswith("/find/")), times=60
        )  # type: ignore[misc]
        results.add(f"{name} (p95)", p95(taken), "ms", budget=budget, floor=floor, sql=_count(visitor, path))
    log_rows(results, manager)


def _count(visitor: Visitor, path: str) -> int:
    return queries(lambda: visitor.client.get(path))


def log_call(visitor: Visitor) -> Callable[[], bytes]:
    """Log a call of one client after the other, as the drawer does."""
    clients = iter(list(Customer.objects.filter(owner=visitor.user).order_by("-pk").values_list("pk", flat=True)) * 50)

    def log() -> bytes:
        return visitor.post("/log/", log_form(next(clients)))

    return log


def log_form(customer: int) -> dict[str, str]:
    """What the drawer sends for a call that reached them."""
    now = dt.datetime.now(dt.UTC)
    return {
        "customer": str(customer), "channel": "call", "direction": "out", "outcome": "reached", "summary": "Bench",
        "idempotency_key": str(uuid.uuid4()), "opened_at": now.isoformat(),
    }  # fmt: skip


def log_rows(results: Results, visitor: Visitor) -> None:
    taken = milliseconds(log_call(visitor), times=100, warm=5)
    customer = Customer.objects.filter(owner=visitor.user).order_by("pk")[1]
    count = queries(lambda: visitor.client.post("/log/", log_form(customer.pk)))
    results.add("log a call (POST, p95)", p95(taken), "ms", budget=40, sql=count)


def first_page_bytes(port: int) -> int:
    """Bytes over the wire of the sign-in page with all that it loads, compressed, without a cache."""
    import re

    connection = http.client.HTTPConnection("127.0.0.1", port)

    def fetch(path: str) -> tuple[bytes, int]:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        answer = connection.getresponse()
        body = answer.read()
        return body, len(body)

    path = "/accounts/login/"
    while True:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        answer = connection.getresponse()
        page = answer.read()
        if answer.status == 200:
            break
        # With no administrator yet, the first page is the one that makes them.
        path = answer.headers["Location"]
    text = gzip.decompress(page) if answer.headers.get("Content-Encoding") == "gzip" else page
    paths = set(re.findall(rb'(?:href|src)="(/static/[^"]+\.(?:css|js|woff2|svg))', text))
    return len(page) + sum(fetch(path.decode())[1] for path in paths)
