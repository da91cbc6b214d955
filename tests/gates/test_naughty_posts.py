"""Nonsense in every field of every form: taken, or refused with a word; never a fault of ours (500)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from urllib.parse import quote_plus, urlencode

import pytest
from django.test import Client

from tests.cast import Cast
from tests.gates.matrix import ROWS, Row
from tests.gates.samples import Samples, build_samples
from tests.gates.watch import Browsers

# What is refused is the forms' affair, the same on both databases.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
Attempt = Callable[[], AbstractContextManager[None]]

#: Writing turned round, marks above nothing, a sign of several people.
SIGNS = "\u202egnp.exe\u2066\u0301\u0336\ufeff\u2028 \U0001f469\u200d\U0001f4bb\U000e0041"
FORM = "application/x-www-form-urlencoded"
#: As a browser sends them, or somebody who is none: percent-encoded bytes.
WORDS = {
    "a NUL": "a%00b",
    "half a surrogate pair": "a%ED%A0%80b",
    "no UTF-8": "%FF%FE",
    "turned round, with signs": quote_plus(SIGNS),
    "100 kB": "x" * 100_000,
    "lines": "%0D%0A" * 50 + "Bcc: a@b.test",
    "blanks": "%20%C2%A0%E2%80%8B",
}
NUMBERS = {
    "5,000 digits": "9" * 5000,
    "beyond a column": "9" * 25,
    "less than nothing": "-1",
    "an exponent": "1e999999",
    "no number": "NaN",
    "a digit that is none": quote_plus("²"),
    "digits of another script": quote_plus("٣٤"),
}
DAYS = {
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "the first minute": "0001-01-01T00:00",
    "the last minute": "9999-12-31T23:59",
    "a year too long": "99999-01-01",
    "no day": "2026-02-31T25:61",
}
#: What a control is likely to be broken by; one of it is drawn for each field, each in its turn.
LIKELY = {"date": DAYS, "datetime-local": DAYS, "number": NUMBERS, "hidden": NUMBERS, "choice": NUMBERS, "text": WORDS}
FIELD = re.compile(r'<(input|select|textarea)([^>]*) name="([\w-]+)"([^>]*)>')
POSTED = [
    row for row in ROWS if row.method == "POST" and "#" not in row.address and row.code("ana") not in ("404", "405")
]
#: Forms of the same fields as others, which a row is opened with: here only all fields at once.
ALIKE = ("crm:customer-edit", "crm:contact-edit")
turn = count()


@pytest.fixture(scope="module")
def samples(stage: Cast) -> Samples:
    return build_samples(stage)


def controls(row: Row, client: Client, samples: Samples) -> dict[str, str]:
    """The fields of the form at the address, each with its kind: those drawn, and those that a browser would post."""
    kinds = dict.fromkeys(samples.data(row.address), "text")
    for tag, before, name, after in FIELD.findall(client.get(samples.url(row.address)).content.decode()):
        kind = re.search(r'type="([\w-]+)"', before + after)
        said = kind[1] if kind else "text"
        kinds[name] = "choice" if tag == "select" or said in ("checkbox", "radio") else said
    return kinds


def bodies(row: Row, kinds: dict[str, str], samples: Samples) -> Iterator[str]:
    """One field broken at a time, so that the others bring it as far as to be saved; then all of them."""
    said = {name: str(value) for name, value in samples.data(row.address).items()}
    for name, kind in () if row.address in ALIKE else kinds.items():
        rest = urlencode({key: value for key, value in said.items() if key != name})
        likely = list(LIKELY.get(kind, WORDS).values())
        values = {likely[next(turn) % len(likely)]}
        if kind in ("choice", "hidden"):
            values.add(NUMBERS["beyond a column"])
        for value in values:
            yield f"{rest}&{name}={value}"
    for value in (WORDS["a NUL"], WORDS["no UTF-8"], NUMBERS["5,000 digits"], DAYS["the last minute"]):
        yield "&".join(f"{name}={value}" for name in [*kinds, "unasked"])


@pytest.mark.parametrize("row", POSTED, ids=str)
def test_nonsense_is_taken_or_refused_with_a_word(
    row: Row, browsers: Browsers, samples: Samples, attempt: Attempt
) -> None:
    client = browsers.of("nobody" if row.code("nobody") == "200" else "ana")
    with attempt():
        kinds = controls(row, client, samples)
    for body in bodies(row, kinds, samples):
        with attempt():
            code = client.post(samples.url(row.address), body, content_type=FORM).status_code
        assert code < 500, body[-200:]
