"""The pages' rows: logging a call, lists, search, Today, a customer, at risk, the first page cold."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import http.client
import re
import time
import uuid
from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.middleware.csrf import _get_new_csrf_string, _mask_cipher_secret
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.models.user import Role
from bench.measure import Results, milliseconds, p95, queries, sql_floor, undone
from crm.models import Customer
from retention.firm_board import renew


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
    head = Visitor(_administrator(), port)
    big = results.scale == "scale"
    of_list, of_search, of_page = (80, 100, 80) if big else (40, 60, 60)
    deep = _further(boss, "/customers/?sort=name", pages=20)
    by_ratio = f"/customers/?owner={owner.pk}&sort=ratio"
    views: list[tuple[str, Visitor, str, float, float | None]] = [
        ("customer list of 50, by due", manager, "/customers/?sort=due", of_list, fifty),
        ("customer list of 50, a supervisor's, by name", boss, "/customers/?sort=name", of_list, fifty),
        ("customer list of 50, a supervisor's, page 21", boss, deep, of_list, fifty),
        ("customer list of 50, a supervisor's, by last attention", boss, "/customers/?sort=last", of_list, fifty),
        ("customer list of 50, a supervisor's, by value", boss, "/customers/?sort=value", of_list, fifty),
        ("customer list of 50, a supervisor's, by renewal", boss, "/customers/?sort=renewal", of_list, fifty),
        ("customer list of 50, overdue, by value", boss, "/customers/?state=overdue&sort=value", of_list, fifty),
        (
            "customer list of 50, one owner's, by ratio",
            boss,
            by_ratio,
            of_list,
            fifty,
        ),
        ("customer list of 50, all clients, by due", head, "/customers/?sort=due", of_list, fifty),
        ("customer list of 50, all clients, by name", head, "/customers/?sort=name", of_list, fifty),
        ("customer list of 50, all clients, by value", head, "/customers/?sort=value", of_list, fifty),
        ("search by name", boss, "/find/?q=ferreteria+12", of_search, None),
        ("search by phone digits", boss, "/find/?q=600000", of_search, None),
        ("search by name, of all clients", head, "/find/?q=notaria+53", of_search, None),
        ("Today", manager, "/", of_page, None),
        ("Today, a supervisor's", boss, "/", of_page, None),
        ("customer page", manager, f"/customers/{customer.pk}/", of_page, None),
        ("alerts", boss, "/alerts/", of_page, None),
        ("at risk, a supervisor's team", boss, "/at-risk/", 80, None),
        ("at risk, the whole firm, as counted beside the pages", head, "/at-risk/", 80, None),
    ]
    _count_beside(results, head)
    for name, visitor, path, budget, floor in views:
        taken = _asked(visitor, path)
        results.add(f"{name} (p95)", p95(taken), "ms", budget=budget, floor=floor, sql=_count(visitor, path))
    log_rows(results, manager)


def _count_beside(results: Results, head: Visitor) -> None:
    """Look at the whole firm, and count it as a worker would: the page then reads what was counted."""
    head.get("/at-risk/")
    begun = time.perf_counter()
    while renew(timezone.now):
        pass
    results.add("at risk, the whole firm, counted by a worker", time.perf_counter() - begun, "s", budget=60)


#: Seconds that one row may take; a slow page is asked fewer times.
_PATIENCE = 30.0


def _asked(visitor: Visitor, path: str) -> list[float]:
    """The milliseconds of 60 requests, of fewer where they are slow."""

    def ask() -> bytes:
        return visitor.get(path, htmx=path.startswith("/find/"))

    slow = milliseconds(ask, times=1, warm=1)[0] / 1000
    return milliseconds(ask, times=max(3, min(60, int(_PATIENCE / max(slow, 0.001)))), warm=2)


def _further(visitor: Visitor, path: str, *, pages: int) -> str:
    """The address of a page further down a list, by its own links."""
    for _ in range(pages):
        found = re.search(r'href="([^"]*[?&;]after=[^"]*)"', visitor.client.get(path).content.decode())
        if found is None:
            break
        path = html.unescape(found[1])
        path = path if path.startswith("/") else "/customers/" + path
    return path


def _administrator() -> User:
    """Somebody who sees all clients."""
    email = "head@bench.example"
    return User.objects.get_or_create(
        email=email,
        defaults={"name": "Head", "role": Role.ADMINISTRATOR, "first_signed_in_at": dt.datetime.now(dt.UTC)},
    )[0]


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


#: A contact as large as the last one, and the clock moved to it.
_LOGGED = """
WITH made AS (INSERT INTO crm_interaction (customer_id, channel, direction, outcome, at, summary, with_whom, solved,
  mass, by_id, counts_as, counts_at, local_date, entered_at, idempotency_key, undone, import_source, external_id,
  version)
SELECT customer_id, channel, direction, outcome, now(), summary, with_whom, solved, mass, by_id, counts_as, now(),
  local_date, now(), gen_random_uuid(), undone, import_source, external_id, version
FROM crm_interaction WHERE customer_id = %s ORDER BY at DESC LIMIT 1 RETURNING id, customer_id)
UPDATE crm_clock k SET last_attention_at = now(), last_attention_id = made.id FROM made
 WHERE k.customer_id = made.customer_id
"""


def log_rows(results: Results, visitor: Visitor) -> None:
    taken = milliseconds(log_call(visitor), times=100, warm=5)
    customer = Customer.objects.filter(owner=visitor.user).order_by("pk")[1]
    count = queries(lambda: visitor.client.post("/log/", log_form(customer.pk)))
    floor = undone(lambda: sql_floor(_LOGGED, [customer.pk]))
    results.add("log a call (POST, p95)", p95(taken), "ms", budget=40, floor=floor, sql=count)


def first_page_bytes(port: int) -> int:
    """Bytes over the wire of the sign-in page with all that it loads, compressed, without a cache."""
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
