"""The log drawer: drawn for a client, saved with all that follows, refused with everything kept."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.models import AgreedDate, Customer, Interaction, Task
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, clock_of, logged, person_at, tell

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia, phone="+34954550188")
    logged(customer, cast.ana, "10-14 11:00")
    return customer


def post(client: Client, customer: Customer | None, **said: Any) -> HttpResponse:
    fields = {"channel": "call", "direction": "out", "outcome": "reached", "idempotency_key": str(uuid.uuid4())}
    fields |= {"customer": str(customer.pk)} if customer else {}
    return client.post("/log/", fields | said, headers=HTMX)  # type: ignore[return-value]


def triggers(response: HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response["HX-Trigger"])
    return found


def test_the_drawer_opens_with_the_client_and_the_first_outcome(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    html = client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()

    assert "Ferretería Solís" in html
    assert "954 55 01 88" in html
    assert 'value="reached"' in html
    assert "This counts as attention." in html
    assert "the next contact is due by 24 Dec" in html.replace("The next", "the next")


def test_without_javascript_it_is_a_page(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    html = client.get(f"/log/?customer={solis.pk}").content.decode()

    assert "<html" in html
    assert 'action="/log/"' in html


def test_saving_restarts_the_clock_and_offers_undo(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    answer = post(client, solis, summary="Monthly billing, please.")

    saved = Interaction.objects.latest("pk")
    assert answer.status_code == 204
    assert clock_of(solis).last_attention_id == saved.pk
    assert triggers(answer)["toast"]["undo"] == f"/interactions/{saved.pk}/undo/"
    assert "is fine until" in triggers(answer)["toast"]["text"]
    assert triggers(answer)["interaction-logged"] == {"customer": solis.pk}


def test_the_same_key_saves_once(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)
    key = str(uuid.uuid4())

    first, second = (post(client, solis, idempotency_key=key) for _ in range(2))

    assert (first.status_code, second.status_code) == (204, 204)
    assert Interaction.objects.filter(idempotency_key=key).count() == 1
    assert triggers(first)["toast"] == triggers(second)["toast"]


def test_without_a_client_it_says_so_and_keeps_the_words(client: Client, cast: Cast) -> None:
    client.force_login(cast.ana)

    answer = post(client, None, summary="Wants a quote")

    assert answer.status_code == 422
    assert "Choose whom it is about." in answer.content.decode()
    assert "Wants a quote" in answer.content.decode()


@pytest.mark.parametrize("field", ["at", "answered_at"])
def test_a_time_to_come_is_refused_beside_the_field(client: Client, cast: Cast, solis: Customer, field: str) -> None:
    client.force_login(cast.ana)

    answer = post(client, solis, channel="email", **{field: "2026-11-26T10:00"})

    assert answer.status_code == 422
    assert "This time is still to come." in answer.content.decode()
    assert Interaction.objects.filter(entered_at__gte=NOW).count() == 0


def test_a_contact_to_come_can_be_planned_in_one_click(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    answer = post(client, solis, channel="visit", at="2026-11-26T10:00", summary="Show the drills\nand more", plan="1")

    task = Task.objects.get(customer=solis)
    assert answer.status_code == 204
    assert (task.title, task.due_on, task.channel, task.promised) == (
        "Show the drills", dt.date(2026, 11, 26), "visit", False,
    )  # fmt: skip


def test_an_earlier_time_is_read_in_the_readers_zone(client: Client, cast: Cast, solis: Customer) -> None:
    cast.ana.time_zone = "America/Bogota"
    cast.ana.save()
    client.force_login(cast.ana)

    post(client, solis, at="2026-11-23T20:00", minutes="12")

    saved = Interaction.objects.latest("pk")
    assert saved.at == at("11-24 02:00")
    assert (saved.minutes, saved.local_date) == (12, dt.date(2026, 11, 24))


def test_not_yet_solved_asks_for_a_promise_with_its_date(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    refused = post(client, solis, solved="not_yet")
    post(client, solis, solved="not_yet", next_step="Send the prices", next_when="2026-11-27")

    assert "What do you promise them?" in refused.content.decode()
    assert "By when? Choose a day." in refused.content.decode()
    task = Task.objects.get(customer=solis)
    assert (task.title, task.due_on, task.promised) == ("Send the prices", dt.date(2026, 11, 27), True)


def test_a_day_without_words_is_to_get_in_touch_again(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    post(client, solis, next_when="pick", next_date="2026-12-01")

    task = Task.objects.get(customer=solis)
    assert (task.title, task.due_on) == ("Get in touch again", dt.date(2026, 12, 1))


def test_days_are_offered_from_the_clients_calendar(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    with time_machine.travel(at("12-04 10:00")):
        html = client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()

    # Friday 4 December: Monday 7 is worked in Madrid, Friday the 11th, and a week later is that Friday too.
    assert 'value="2026-12-07"' in html
    assert html.count('value="2026-12-11"') == 1


def test_an_outcome_of_another_channel_is_refused(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    answer = post(client, solis, channel="email", outcome="left_message")

    assert answer.status_code == 422
    assert Interaction.objects.filter(outcome="left_message").count() == 0


def test_their_reply_is_the_attention(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    post(client, solis, channel="email", at="2026-11-20T10:00", answered_at="2026-11-23T17:30")

    saved = Interaction.objects.latest("pk")
    assert saved.at == at("11-20 10:00")
    assert clock_of(solis).last_attention_at == at("11-23 17:30")


def test_mass_mail_counts_as_nothing(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    post(client, solis, channel="email", outcome="awaiting", mass="on")

    assert Interaction.objects.latest("pk").counts_as == "nothing"


def test_the_only_person_takes_part_unless_unticked(client: Client, cast: Cast, solis: Customer) -> None:
    julian = person_at(solis, "Julián Solís")
    client.force_login(cast.ana)

    html = client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()
    post(client, solis, participants=[str(julian.pk)])

    assert f'value="{julian.pk}"\n                   checked' in html
    assert list(Interaction.objects.latest("pk").participants.all()) == [julian]


def test_a_person_of_another_client_cannot_take_part(client: Client, cast: Cast, solis: Customer) -> None:
    other = person_at(client_of(cast.ana, "Talleres Lugo", cast.iberia), "Marta")
    client.force_login(cast.ana)

    assert post(client, solis, participants=[str(other.pk)]).status_code == 422


def promise(solis: Customer, cast: Cast, channel: str) -> Task:
    return Task.objects.create(
        customer=solis, title=f"By {channel}", due_on=NOW.date(), promised=True, channel=channel, owner=cast.ana
    )


def test_a_promise_to_call_is_ticked_beforehand_and_only_that(client: Client, cast: Cast, solis: Customer) -> None:
    call, letter = promise(solis, cast, "call"), promise(solis, cast, "letter")
    client.force_login(cast.ana)

    html = client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()

    ticked = {line.strip() for line in html.split('name="done_tasks"') if "checked" in line.split(">")[0]}
    assert any(f'value="{call.pk}"' in line for line in ticked)
    assert not any(f'value="{letter.pk}"' in line.split(">")[0] for line in ticked)


def test_a_ticked_promise_is_kept(client: Client, cast: Cast, solis: Customer) -> None:
    letter = promise(solis, cast, "letter")
    client.force_login(cast.ana)

    post(client, solis, done_tasks=[str(letter.pk)])

    letter.refresh_from_db()
    assert letter.done_at is not None
    assert letter.done_by == cast.ana


def test_a_call_nobody_answered_keeps_no_promise_to_call(client: Client, cast: Cast, solis: Customer) -> None:
    call = promise(solis, cast, "call")
    client.force_login(cast.ana)

    post(client, solis, outcome="no_answer", done_tasks=[str(call.pk)])

    call.refresh_from_db()
    assert call.done_at is None


def test_a_contact_just_before_the_agreed_date_is_offered_as_that(client: Client, cast: Cast, solis: Customer) -> None:
    agreed = AgreedDate.objects.create(customer=solis, day=dt.date(2026, 11, 27), set_at=at("11-01 10:00"))
    tell(solis, NOW)
    client.force_login(cast.ana)

    html = client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()
    post(client, solis, fulfils="on")

    assert "This was the contact of 27 Nov" in html
    assert Interaction.objects.latest("pk").fulfils == agreed


def test_a_contact_long_before_it_is_not(client: Client, cast: Cast, solis: Customer) -> None:
    AgreedDate.objects.create(customer=solis, day=dt.date(2026, 11, 30), set_at=at("11-01 10:00"))
    client.force_login(cast.ana)

    assert "This was the contact of" not in client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()


def test_a_team_mate_may_log_for_a_colleagues_client(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.bruno)

    assert post(client, solis).status_code == 204
    assert Interaction.objects.latest("pk").entered_by == cast.bruno


def test_for_a_colleagues_client_one_may_say_who_spoke(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.carla)
    drawn = client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()
    assert 'name="by"' in drawn
    assert "Bruno" in drawn
    assert "Diego" not in drawn

    assert post(client, solis, by=cast.ana.pk).status_code == 204
    assert post(client, solis, by="").status_code == 204
    assert post(client, solis, by=cast.diego.pk).status_code == 422

    said = solis.interactions.order_by("pk").values_list("by", "entered_by")
    assert list(said)[-2:] == [(cast.ana.pk, cast.carla.pk), (cast.carla.pk, cast.carla.pk)]


def test_of_ones_own_client_nobody_asks_who_spoke(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    assert 'name="by"' not in client.get(f"/log/?customer={solis.pk}", headers=HTMX).content.decode()
    post(client, solis, by=cast.bruno.pk)

    latest = solis.interactions.latest("pk")
    assert (latest.by, latest.entered_by) == (cast.ana, cast.ana)


def test_a_stranger_meets_a_client_that_does_not_exist(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.diego)
    before = Interaction.objects.count()

    answers = [post(client, solis), client.get(f"/log/?customer={solis.pk}"), client.get("/log/?customer=999999")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Interaction.objects.count() == before


@pytest.mark.parametrize("said", ["x", "", "１２", "9" * 40, "-1"])
def test_a_client_that_is_no_number_is_nobody(client: Client, cast: Cast, said: str) -> None:
    client.force_login(cast.ana)

    assert client.get("/log/", {"customer": said}).status_code == 200


def test_what_was_typed_comes_along_to_the_chosen_client(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)

    html = client.get(f"/log/?customer={solis.pk}&summary=Half+a+word&channel=visit", headers=HTMX).content.decode()

    assert "Half a word" in html
    assert "We met" in html


def test_a_save_takes_few_queries(client: Client, cast: Cast, solis: Customer) -> None:
    client.force_login(cast.ana)
    post(client, solis)

    with CaptureQueriesContext(connection) as queries:
        post(client, solis, summary="Again")

    asked = [query["sql"][:160] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= 20, "\n".join(asked)
