"""Every address for everybody: what they get, that a refusal leaves no trace, that reading writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.test import Client

from accounts import absences
from accounts.models import Absence
from tests.cast import Cast
from tests.gates.matrix import ACTORS, ROWS, Row, addresses
from tests.gates.samples import Samples, build_samples
from tests.gates.watch import Browsers, changed, dump, plain, writes
from tests.portfolio import NOW

pytestmark = pytest.mark.django_db
Attempt = Callable[[], AbstractContextManager[None]]
#: Who may read and write there gets one of these; all else is a refusal.
TAKEN = ("200", "302")
#: The row stands in the query or the form, or there is none.
UNNUMBERED = ("accounts:first-start", "crm:interaction-log", "crm:interaction-preview")
#: Pages about clients: who covers for their owner sees them whole (A10).
OF_CLIENTS = ("crm:", "alerts:alert-")
WRITTEN_BY_THE_OWNER = ("crm:interaction-edit", "crm:interaction-delete")
DAY = dt.timedelta(days=1)
#: Sign-in's own forms take PUT for POST; nothing is kept at the others.
PUT_IS_POST = ("account_",)
#: Their right is the token in the address, which no other site knows: no cookie adds to it, so there is none to abuse.
TOKEN_IN_ADDRESS = ("alerts:mail-",)


@pytest.fixture(scope="module")
def samples(stage: Cast) -> Samples:
    return build_samples(stage)


@pytest.fixture(scope="module")
def before(samples: Samples, browsers: Browsers) -> dict[str, Any]:
    return dump()


def code_of(response: Any) -> str:
    """The code, or "in" for the way to the sign-in page."""
    to = response.headers.get("Location", "")
    is_sign_in = to.partition("?")[0] == resolve_url(settings.LOGIN_URL) and "next=" in to
    return "in" if is_sign_in else str(response.status_code)


def ask(row: Row, client: Client, samples: Samples) -> HttpResponse:
    if row.method == "GET":
        return client.get(samples.url(row.address))  # type: ignore[return-value]
    return client.post(samples.url(row.address), samples.data(row.address))  # type: ignore[return-value]


def test_every_address_stands_in_the_table_for_reading_and_for_writing() -> None:
    listed = {(row.name, row.method) for row in ROWS if "#" not in row.address}

    assert listed == {(name, method) for name in addresses() for method in ("GET", "POST")}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everybody_gets_what_the_table_says(
    row: Row, browsers: Browsers, samples: Samples, before: dict[str, Any], attempt: Attempt
) -> None:
    got = {}
    for actor in ACTORS:
        with attempt(), writes() as written:
            got[actor] = code_of(ask(row, browsers.of(actor), samples))
            if row.method == "GET" or got[actor] not in TAKEN:
                # A preview writes and takes back what it wrote.
                assert not written or not changed(before), f"{actor}: {got[actor]}, and it left a trace"

    assert got == dict(zip(ACTORS, row.codes, strict=True))


@pytest.mark.parametrize("row", [row for row in ROWS if row.name.startswith(OF_CLIENTS)], ids=str)
def test_a_cover_sees_and_logs_until_two_working_days_after_the_return(
    row: Row, browsers: Browsers, samples: Samples, stage: Cast, attempt: Attempt
) -> None:
    def code(back: dt.datetime) -> str:
        with attempt():
            absence = Absence(user=stage.ana, cover=stage.bruno, starts_at=NOW - 7 * DAY, ends_at=back)
            absences.save(absence, actor=stage.ana)
            return code_of(ask(row, browsers.of("bruno"), samples))

    # What the owner wrote down stays theirs and their supervisor's to change.
    wanted = "403" if row.code("carla") in TAKEN and row.address in WRITTEN_BY_THE_OWNER else row.code("carla")
    assert code(NOW + DAY) == wanted
    assert code(NOW - DAY) == wanted
    assert code(NOW - 5 * DAY) == row.code("bruno")


@pytest.mark.parametrize("row", [row for row in ROWS if "404" in row.codes and row.name not in UNNUMBERED], ids=str)
def test_what_is_not_theirs_looks_as_if_it_did_not_exist(
    row: Row, browsers: Browsers, samples: Samples, attempt: Attempt
) -> None:
    key = samples.key(row.address)
    there = samples.url(row.address)
    name, pk = next(iter(key.items()))
    nowhere = there.replace(f"/{pk}/", "/987654321/")
    assert nowhere != there, name
    for actor in (actor for actor in ACTORS if row.code(actor) == "404"):
        client = browsers.of(actor)
        ask_there = client.get if row.method == "GET" else client.post
        with attempt():
            foreign, missing = ask_there(there), ask_there(nowhere)
        assert missing.status_code == 404
        assert plain(foreign.content).replace(there, "") == plain(missing.content).replace(nowhere, ""), actor


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS if not row.name.startswith(TOKEN_IN_ADDRESS)}))
def test_nothing_is_taken_without_the_token_of_the_form(
    name: str, browsers: Browsers, samples: Samples, attempt: Attempt
) -> None:
    for actor in ("nobody", "ana", "eva"):
        client = browsers.of(actor, enforce_csrf_checks=True)
        for method in (client.post, client.put, client.patch, client.delete):
            with attempt(), writes() as written:
                answer = method(samples.url(name), samples.data(name) if method == client.post else b"")
                assert answer.status_code == 403, (actor, method.__name__)
                assert not written


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS}))
def test_other_methods_are_not_known(name: str, browsers: Browsers, samples: Samples, attempt: Attempt) -> None:
    for actor in ("nobody", "ana", "diego", "eva"):
        client = browsers.of(actor)
        methods = [client.put, client.patch, client.delete]
        for method in methods[1:] if name.startswith(PUT_IS_POST) else methods:
            with attempt(), writes() as written:
                answer = method(samples.url(name))
                allowed = ("in", "405") if actor == "nobody" else ("405", "404" if "first-start" in name else "405")
                assert code_of(answer) in allowed or name.startswith(PUT_IS_POST), (actor, method.__name__)
                assert not written
