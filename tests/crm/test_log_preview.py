"""The line that says what saving will do is the save itself, rolled back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from alerts.models import Alert, Deadline
from crm.models import AgreedDate, Clock, Customer, Interaction, Task
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, clock_of, logged, tell

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    logged(customer, cast.ana, "10-14 11:00")
    return customer


def line(client: Client, customer: Customer | None, **said: Any) -> str:
    fields = {"channel": "call", "direction": "out", "outcome": "reached", "shown": "call-out"}
    fields |= {"customer": str(customer.pk)} if customer else {}
    answer = client.post("/log/preview/", fields | said, headers=HTMX)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def alert_of(customer: Customer) -> Alert:
    deadline = Deadline.objects.open().get(customer=customer, kind="attention")
    alert = Alert.objects.create(
        family="silence", subject_key=f"customer:{customer.pk}", customer=customer, opened_at=deadline.due_at,
        oldest_due_at=deadline.due_at, oldest_kind="attention",
    )  # fmt: skip
    Deadline.objects.filter(pk=deadline.pk).update(alert=alert, opened_at=deadline.due_at, breached_at=deadline.due_at)
    return alert


def test_attention_says_what_closes_and_what_is_due_next(client: Client, cast: Cast, solis: Customer) -> None:
    alert_of(solis)
    client.force_login(cast.ana)

    assert "This counts as attention. One alert closes, and the next contact is due by 24 Dec." in line(client, solis)


def test_a_visit_is_a_personal_moment(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    said = line(client, solis, channel="visit", shown="visit-out")

    assert "This counts as a personal moment. The next contact is due by 24 Dec." in said


def test_an_attempt_leaves_the_clock_going(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    assert "An attempt: the clock goes on." in line(client, solis, outcome="no_answer")
    logged(solis, cast.ana, "11-23 10:00")
    assert "the next contact stays due by 23 Dec." in line(client, solis, outcome="no_answer")


def test_a_missed_call_says_until_when_to_call_back(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    said = line(client, solis, direction="in", outcome="missed", shown="call-in")

    assert "They wait for you: a call back is due today at 13:12." in said


def test_a_wrong_number_and_mass_mail_count_as_nothing(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    assert "marked as wrong" in line(client, solis, outcome="wrong_number")
    mass = line(client, solis, channel="email", shown="email-out", outcome="awaiting", mass="on")
    assert "This counts as nothing for the clock" in mass


def test_history_filled_in_says_that_the_due_stays(client: Client, cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-23 10:00")
    client.force_login(cast.ana)

    assert "The next contact stays due by 23 Dec." in line(client, solis, at="2026-11-10T10:00")


def test_it_leaves_no_trace(client: Client, cast: Cast, solis: Customer) -> None:
    alert = alert_of(solis)
    task = Task.objects.create(customer=solis, title="x", due_on=NOW.date(), promised=True, owner=cast.ana)
    client.force_login(cast.ana)
    before = (clock_of(solis).due_at, Interaction.objects.count(), Deadline.objects.count(), Task.objects.count())

    line(client, solis, done_tasks=[str(task.pk)], next_step="Send", next_when="2026-11-27", promised="on")

    alert.refresh_from_db()
    task.refresh_from_db()
    assert (alert.closed_at, task.done_at) == (None, None)
    after = (clock_of(solis).due_at, Interaction.objects.count(), Deadline.objects.count(), Task.objects.count())
    assert after == before


@pytest.mark.parametrize(
    ("channel", "direction", "outcome"),
    [("call", "out", "reached"), ("video", "in", "answered"), ("email", "out", "awaiting"), ("call", "in", "missed")],
)
def test_what_it_says_is_what_the_save_does(
    client: Client, cast: Cast, solis: Customer, channel: str, direction: str, outcome: str
) -> None:
    client.force_login(cast.ana)
    said = {"channel": channel, "direction": direction, "outcome": outcome, "shown": f"{channel}-{direction}"}
    previewed = line(client, solis, **said)

    client.post("/log/", {"customer": str(solis.pk), **said}, headers=HTMX)

    counts_as = Interaction.objects.latest("pk").counts_as
    words = {
        "attention": "counts as attention",
        "personal": "personal moment",
        "attempt": "An attempt",
        "inbound": "They wait",
    }
    assert words[counts_as] in previewed
    due = Clock.objects.get(pk=solis.pk).due_at
    assert due is not None
    assert (f"due by {due:%-d} Dec" in previewed) == (counts_as in ("attention", "personal"))


def test_another_channel_brings_its_outcomes_and_words(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    changed = line(client, solis, channel="email", outcome="reached")
    same = line(client, solis, outcome="no_answer")

    assert 'id="log-outcomes" hx-swap-oob="true"' in changed
    assert "Sent, awaiting reply" in changed
    assert "They wrote" in changed
    assert "An attempt" in changed
    assert "hx-swap-oob" not in same


def test_what_cannot_be_saved_says_why(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    assert "This time is still to come." in line(client, solis, at="2026-11-26T10:00")
    assert "Choose a client and what happened" in line(client, None)


def test_a_date_agreed_is_kept_in_sight(client: Client, cast: Cast, solis: Customer) -> None:
    AgreedDate.objects.create(customer=solis, day=at("12-15 00:00").date(), set_at=at("11-01 10:00"))
    tell(solis, NOW)
    client.force_login(cast.ana)

    assert "stays due by 15 Dec" in line(client, solis)


def test_a_stranger_learns_nothing(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.diego)

    bodies = [
        client.post("/log/preview/", {"customer": pk, "channel": "call", "direction": "out", "outcome": "reached"})
        for pk in (str(solis.pk), "999999")
    ]

    assert [answer.status_code for answer in bodies] == [404, 404]
    assert len({re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode()) for answer in bodies}) == 1
