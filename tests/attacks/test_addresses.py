"""Nonsense in addresses: a page or a "not found" answers it, never a fault."""

from __future__ import annotations

import base64
import json

import pytest
from django.test import Client

from tests.cast import Cast
from tests.portfolio import client_of, logged

pytestmark = pytest.mark.django_db

MOMENTS = [
    "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+00:00",
    "2026-11-24T00:00:00+23:59", "2026-11-24",
]  # fmt: skip


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


DEEP = base64.urlsafe_b64encode(b"[0," + b"[" * 50_000).decode()
CURSORS = [
    DEEP, "====", "é", cursor(), cursor(0, "\0", 1), cursor(0, "\ud800", "1"), cursor(0, float("inf"), 1),
    cursor(0, {}, []), cursor(0, 1, "9" * 30), cursor(0, "1e999999", 1), cursor(0, "EUR", "1e99999", "1"),
    cursor(0, "\0\0\0", "1", "1"), cursor(-1, 1), cursor(True, "x", 1), *(cursor(0, at, "1") for at in MOMENTS),
]  # fmt: skip


@pytest.fixture
def ana(cast: Cast) -> Client:
    logged(client_of(cast.ana, "Ferretería Solís", cast.iberia), cast.ana, "10-01 11:00")
    browser = Client()
    browser.force_login(cast.ana)
    return browser


@pytest.mark.parametrize("sort", ["name", "due", "last", "value", "renewal", "ratio"])
def test_a_cursor_that_is_none_begins_at_the_start(ana: Client, cast: Cast, sort: str) -> None:
    for text in CURSORS:
        for side in ("after", "before"):
            answer = ana.get("/customers/", {"sort": sort, "team": str(cast.iberia.pk), side: text})
            assert answer.status_code == 200, text


@pytest.mark.parametrize("at", MOMENTS)
def test_a_list_as_of_an_impossible_moment(ana: Client, cast: Cast, at: str) -> None:
    more: dict[str, str]
    for more in ({"due_within": "999"}, {"promises": "broken"}, {"ratio_from": "1", "team": str(cast.iberia.pk)}):
        assert ana.get("/customers/", {"as_of": at, **more}).status_code == 200


@pytest.mark.parametrize("path", ["/customers/", "/find/", "/alerts/", "/sent-mail/", "/log/"])
@pytest.mark.parametrize("name", ["q", "currency", "owner", "tab", "kind", "after", "state", "customer", "summary"])
def test_nul_and_numbers_beyond_columns(ana: Client, path: str, name: str) -> None:
    for text in ("\0\0\0", "a\0bc", "9" * 40, "-1", "²", "x" * 3000):
        answer = ana.get(path, {name: text}, headers={"HX-Request": "true"})
        assert answer.status_code in (200, 404), text


def test_an_edge_of_the_history_that_is_none(ana: Client, cast: Cast) -> None:
    customer = client_of(cast.ana, "Óptica Prisma", cast.iberia)
    for at in MOMENTS:
        older = base64.urlsafe_b64encode(f"{at}/1/{'9' * 30}".encode()).decode()
        assert ana.get(f"/customers/{customer.pk}/", {"older": older}).status_code == 200
        assert ana.get(f"/customers/{customer.pk}/changes/", {"older": f"{at}~1~{'9' * 30}"}).status_code == 200
