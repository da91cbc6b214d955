"""The page of a customer: what it says, who sees how much, its parts, and the forms around it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from crm.choices import Outcome, Stage
from crm.models import Contact, Customer, Interaction, Note, Task
from tests.cast import Cast
from tests.portfolio import NOW, at, base_of_call, client_of, clock_of, logged, person_at, tell

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user: User, customer: Customer, query: str = "") -> str:
    response = signed_in(user).get(f"/customers/{customer.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = client_of(
        cast.ana, "Ferretería Solís", cast.iberia, annual_value=18_400, currency="EUR", country="ES",
        time_zone="America/Mexico_City", care_note="Call before 13:30.", renewal_on=dt.date(2027, 1, 5),
    )  # fmt: skip
    person_at(customer, "Julián Solís", "+34954550188")
    logged(customer, cast.ana, "10-14 11:32", summary="Late delivery last week.", minutes=12)
    logged(customer, cast.ana, "11-06 10:05", Outcome.LEFT_MESSAGE)
    return customer


def test_it_says_how_they_are(cast: Cast, solis: Customer) -> None:
    page = page_of(cast.ana, solis)
    for words in (
        "41 days without attention", "of 30 d", "€18,400 a year", "Renews 5 Jan 2027", "Call before 13:30.",
        "954 55 01 88", "tel:+34954550188", "02:12 there now", "We spoke", "Late delivery last week.", "12 min",
        "Next attention", "13 Nov",
    ):  # fmt: skip
        assert words in page, words


def test_a_colleague_of_the_team_gets_name_clock_phone_and_log_only(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.bruno, "11-20 10:00", summary="Rang for Ana.")
    page = page_of(cast.bruno, solis)
    for words in ("Ferretería Solís", "954 55 01 88", "Ana Torres", f"/log/?customer={solis.pk}", "Rang for Ana."):
        assert words in page, words
    for hidden in ("18,400", "Call before", "Late delivery", "Julián", "Renews", f"/customers/{solis.pk}/edit/"):
        assert hidden not in page, hidden


def test_a_stranger_finds_nothing(cast: Cast, solis: Customer) -> None:
    stranger = signed_in(cast.diego)
    assert stranger.get(f"/customers/{solis.pk}/").status_code == 404
    nobody = stranger.get("/customers/987654/")
    assert nobody.status_code == 404


OWN_PAGES = ("edit", "changes", "stage", "care", "note", "person", "next-step", "agreed-date", "no-follow-up")
OWN_POSTS = (
    *OWN_PAGES[:1], *OWN_PAGES[2:], "archive", "unarchive", "agreed-date/withdraw", "no-follow-up/end",
)  # fmt: skip


def test_the_record_is_closed_to_others_and_a_refused_post_changes_nothing(cast: Cast, solis: Customer) -> None:
    before = Customer.objects.filter(pk=solis.pk).values().get()
    for user, status in ((cast.bruno, 403), (cast.diego, 404)):
        client = signed_in(user)
        for page in OWN_PAGES:
            assert client.get(f"/customers/{solis.pk}/{page}/").status_code == status, page
        for page in OWN_POSTS:
            data = {"text": "x", "care_note": "x", "stage": "departed", "name": "x", "title": "x"}
            assert client.post(f"/customers/{solis.pk}/{page}/", data).status_code == status, page
    assert Customer.objects.filter(pk=solis.pk).values().get() == before
    assert not Note.objects.exists()
    assert Contact.objects.count() == 1


def test_a_supervisor_and_an_administrator_see_it_whole(cast: Cast, solis: Customer) -> None:
    for user in (cast.carla, cast.eva):
        assert "Late delivery" in page_of(user, solis)


def test_the_number_of_queries_is_fixed(cast: Cast, solis: Customer) -> None:
    client = signed_in(cast.ana)

    def number() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/customers/{solis.pk}/").status_code == 200
        return len(queries)

    first = number()
    for n in range(60):
        logged(solis, cast.ana, f"11-{1 + n % 20:02} 10:{n % 60:02}", Outcome.NO_ANSWER)
        person_at(solis, f"Person {n}", f"+3460000{n:04}")
        Task.objects.create(customer=solis, title=f"Step {n}", due_on=NOW.date(), owner=cast.ana)
        Note.objects.create(customer=solis, text=f"Note {n}", by=cast.ana)
    assert number() == first <= 15


def test_the_history_walks_back_and_draws_the_silence(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "09-03 10:00", summary="The first talk.")
    for n in range(40):
        Note.objects.create(customer=solis, text=f"Note {n:02}.", at=at(f"10-20 10:{n:02}"), by=cast.ana)
    page = page_of(cast.ana, solis)
    assert "Note 39." in page
    seen = re.findall(r"Note (\d\d)\.", page)
    older = re.search(r'hx-get="(/customers/\d+/\?show=&amp;older=[^"]+)"', page)
    while older:
        address = older[1].replace("&amp;", "&")
        more = signed_in(cast.ana).get(address, headers=HTMX | {"HX-Target": "history-more"}).content.decode()
        assert "<html" not in more
        page += more
        seen += re.findall(r"Note (\d\d)\.", more)
        older = re.search(r'hx-get="(/customers/\d+/\?show=&amp;older=[^"]+)"', more)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 40
    # Between 3 September and 14 October lie 41 days, more than the 30 promised.
    lines = re.findall(r"history-gap[^>]*>([^<]+)<", page)
    assert lines == ["41 days without attention", "41 days without attention"]
    assert "The first talk." in page


@pytest.mark.parametrize(
    ("show", "seen", "unseen"),
    [
        ("attention", "Late delivery", "Left a message"),
        ("notes", "A quiet word", "Late delivery"),
        ("tasks", "Price list sent", "A quiet word"),
        ("nonsense", "Late delivery", "zzz"),
    ],
)
def test_chips_show_one_kind(cast: Cast, solis: Customer, show: str, seen: str, unseen: str) -> None:
    Note.objects.create(customer=solis, text="A quiet word", at=NOW, by=cast.ana)
    Task.objects.create(
        customer=solis, title="Price list sent", due_on=NOW.date(), done_at=NOW, done_by=cast.ana, owner=cast.ana
    )
    history = page_of(cast.ana, solis, f"?show={show}").split('id="history"')[1].split("</section>")[0]
    assert seen in history
    assert unseen not in history


def test_care_note_note_and_next_step_are_written_in_place(cast: Cast, solis: Customer) -> None:
    client = signed_in(cast.ana)
    for page, data in (
        ("care", {"care_note": "Never at noon."}),
        ("note", {"text": "<b>Bold</b> words"}),
        ("next-step", {"title": "Send the list", "due_on": "2026-12-01", "promised": "on"}),
    ):
        drawer = client.get(f"/customers/{solis.pk}/{page}/", headers=HTMX)
        assert "drawer-form" in drawer.content.decode()
        answer = client.post(f"/customers/{solis.pk}/{page}/", data, headers=HTMX)
        assert answer.status_code == 204
        assert "customer-changed" in answer["HX-Trigger"]
    shown = page_of(cast.ana, solis)
    assert "Never at noon." in shown
    assert "&lt;b&gt;Bold&lt;/b&gt; words" in shown
    assert "Send the list" in shown
    # It is promised, so it is owed: one more line among the promises.
    assert shown.split('id="promises-title"')[1].split("</section>")[0].count("<dt>") == 2


def test_bad_input_is_told_beside_the_field_and_kept(cast: Cast, solis: Customer) -> None:
    client = signed_in(cast.ana)
    answer = client.post(
        f"/customers/{solis.pk}/next-step/", {"title": "Kept words", "due_on": "2099-12-01"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert "the working calendar reaches to" in answer.content.decode()
    assert not Task.objects.exists()


def test_archiving_ends_what_is_owed_and_comes_back(cast: Cast, solis: Customer) -> None:
    client = signed_in(cast.ana)
    client.post(f"/customers/{solis.pk}/archive/")
    assert not clock_of(solis).active
    assert clock_of(solis).due_at is None
    assert "Archived" in page_of(cast.ana, solis)
    client.post(f"/customers/{solis.pk}/unarchive/")
    assert clock_of(solis).due_at is not None


def test_departing_and_coming_back_is_dated(cast: Cast, solis: Customer) -> None:
    client = signed_in(cast.ana)
    client.post(f"/customers/{solis.pk}/agreed-date/", {"day": "2026-12-09", "reason": "They asked."})
    assert solis.agreed_dates.filter(withdrawn_at=None).exists()
    client.post(f"/customers/{solis.pk}/stage/", {"stage": "departed"})
    solis.refresh_from_db()
    assert solis.departed_at == NOW
    assert not solis.agreed_dates.filter(withdrawn_at=None).exists()
    assert clock_of(solis).due_at is None
    refused = client.post(f"/customers/{solis.pk}/stage/", {"stage": "leaving"})
    assert refused.status_code == 422
    client.post(f"/customers/{solis.pk}/stage/", {"stage": "recovered"})
    solis.refresh_from_db()
    assert (solis.stage, solis.returned_at, solis.returned_on) == (Stage.RECOVERED, NOW, NOW.date())
    assert clock_of(solis).due_at is not None


def test_an_interaction_is_changed_and_removed_by_who_may(cast: Cast, solis: Customer) -> None:
    rang = logged(solis, cast.bruno, "11-20 10:00", summary="Rang for Ana.")
    assert clock_of(solis).last_attention_id == rang.pk
    data = {
        "channel": "call", "direction": "out", "outcome": "no_answer", "at": "2026-11-20T10:00",
        "summary": "Nobody there.", "base": base_of_call(rang, cast.bruno),
    }  # fmt: skip
    address = f"/interactions/{rang.pk}"
    assert signed_in(cast.diego).post(f"{address}/edit/", data).status_code == 404
    assert signed_in(cast.bruno).post(f"{address}/edit/", data | {"outcome": "answered"}).status_code == 422
    assert signed_in(cast.bruno).post(f"{address}/edit/", data | {"at": "2026-11-30T10:00"}).status_code == 422
    assert signed_in(cast.bruno).post(f"{address}/edit/", data).status_code == 302
    rang.refresh_from_db()
    assert (rang.summary, rang.counts_as) == ("Nobody there.", "attempt")
    assert clock_of(solis).last_attention_id != rang.pk
    of_ana = Interaction.objects.filter(entered_by=cast.ana, outcome="reached").get()
    assert signed_in(cast.bruno).post(f"/interactions/{of_ana.pk}/delete/").status_code == 404
    assert signed_in(cast.carla).post(f"/interactions/{of_ana.pk}/delete/").status_code == 302
    assert clock_of(solis).last_attention_at is None


def test_creating_reads_phones_and_starts_the_clock(cast: Cast) -> None:
    client = signed_in(cast.ana)
    data = {
        "name": "  Notaría   Valdés ", "kind": "organisation", "stage": "care", "owner": cast.ana.pk, "team": "",
        "country": "ES", "annual_value": "1200.50", "currency": "EUR", "tag_names": "fair, Fair, north",
        "custom_key": ["shoe", ""], "custom_value": ["44", ""], "phones": ["954 55 01 88", ""],
        "person-name": "Íñigo Peña", "person-phones": ["600 111 222", ""],
        "person-emails": ["inigo@valdes.example", ""],
    }  # fmt: skip
    answer = client.post("/customers/new/", data)
    assert answer.status_code == 302, answer.content.decode()
    made = Customer.objects.get()
    assert (made.name, made.name_key, made.team, made.custom) == (
        "Notaría Valdés", "notaria valdes", cast.iberia, {"shoe": "44"},
    )  # fmt: skip
    assert sorted(made.tags.values_list("name", flat=True)) == ["Fair", "north"]
    assert sorted(made.points.values_list("value", flat=True)) == [
        "+34600111222", "+34954550188", "inigo@valdes.example",
    ]  # fmt: skip
    assert clock_of(made).due_at is not None
    assert signed_in(cast.ana).get("/find/?q=inigo").status_code == 302
    # The same name again: a hint first, then as they say.
    twin = client.post("/customers/new/", data)
    assert twin.status_code == 422
    assert "Are they here already?" in twin.content.decode()
    assert Customer.objects.count() == 1
    assert client.post("/customers/new/", data | {"sure": "1"}).status_code == 302
    assert Customer.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"phones": ["12"]}, "digit"),
        ({"phones": ["call me"]}, "is not a phone number"),
        ({"emails": ["nobody@"]}, "does not look like an email address"),
        ({"annual_value": "10"}, "Say in which currency."),
        ({"annual_value": "-1", "currency": "EUR"}, "A value cannot be below zero."),
        ({"owner": "", "team": ""}, "Choose an owner or a team"),
        ({"website": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"referrer": "De Diego"}, "No client of yours has this name."),
        ({"client_since": "2030-01-01"}, "This day is still to come."),
        ({"person-phones": ["600111222"]}, "Whose is it?"),
        ({"custom_key": [""], "custom_value": ["44"]}, "a name."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_and_kept(cast: Cast, wrong: dict[str, object], words: str) -> None:
    client_of(cast.diego, "De Diego", cast.andes)
    data = {"name": "Kept", "kind": "organisation", "stage": "care", "owner": cast.ana.pk, "source": "Kept words"}
    answer = signed_in(cast.ana).post("/customers/new/", data | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Kept words" in page
    assert not Customer.objects.filter(name="Kept").exists()


def test_the_choices_of_a_form_name_nobody_foreign(cast: Cast) -> None:
    page = signed_in(cast.ana).get("/customers/new/").content.decode()
    assert "Bruno Sanz" in page
    assert "Diego Rojas" not in page
    assert "Andes" not in page.replace("America/", "")
    data = {"name": "X", "kind": "organisation", "stage": "care", "owner": cast.diego.pk}
    assert signed_in(cast.ana).post("/customers/new/", data).status_code == 422


def test_giving_away_takes_the_alerts_road(cast: Cast, solis: Customer) -> None:
    from tests.crm.test_stale_edit import form_of

    client = signed_in(cast.ana)
    task = Task.objects.create(customer=solis, title="Mine", due_on=NOW.date(), owner=cast.ana)
    data = form_of(client.get(f"/customers/{solis.pk}/edit/").content.decode())
    answer = client.post(f"/customers/{solis.pk}/edit/", data | {"owner": [str(cast.bruno.pk)]})
    assert answer.status_code == 302
    solis.refresh_from_db()
    task.refresh_from_db()
    assert solis.owner == cast.bruno
    assert clock_of(solis).owner_id == cast.bruno.pk
    # A9: open tasks move too.
    assert task.owner == cast.bruno


def test_a_person_who_left_is_said_to_have_left(cast: Cast, solis: Customer) -> None:
    julian = Contact.objects.get()
    client = signed_in(cast.ana)
    assert signed_in(cast.bruno).post(f"/contacts/{julian.pk}/left/").status_code == 404
    client.post(f"/contacts/{julian.pk}/left/")
    julian.refresh_from_db()
    assert julian.left_on == timezone.localdate()
    page = page_of(cast.ana, solis)
    assert "left 24 Nov 2026" in page
    assert "954 55 01 88" not in page
    client.post(f"/contacts/{julian.pk}/left/", {"back": "1"})
    assert "954 55 01 88" in page_of(cast.ana, solis)


def test_an_administrator_of_no_team_creates_for_a_team(cast: Cast) -> None:
    data = {"name": "X", "kind": "organisation", "stage": "care", "owner": "", "team": cast.andes.pk}
    assert signed_in(cast.eva).post("/customers/new/", data).status_code == 302
    made = Customer.objects.get()
    assert (made.owner, made.team) == (None, cast.andes)
    tell(made, NOW)
    assert clock_of(made).calendar == cast.bogota
