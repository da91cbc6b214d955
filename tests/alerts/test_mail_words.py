"""The words of the mails: who, how long, what was promised, what comes next."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from alerts.choices import EventKind, Family, Rung
from alerts.mail.bar import promise_bar
from alerts.mail.letters import Contents, Rendered, one_line, render
from alerts.mail.stories import stories_of
from alerts.models import AlertEvent, Delivery
from crm.models import Clock, Customer, NoFollowUp, Task
from tests.alerts.mail_stage import NOW, alert, call_back, client, event, silence
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def mail(reader: User, *events: AlertEvent, **more: Any) -> Rendered:
    contents = Contents(list(events), stories_of([one.alert_id for one in events], NOW), **more)
    return render(Delivery(purpose="list"), reader, contents, NOW)


def test_a_silence_says_how_long_and_what_was_promised(cast: Cast) -> None:
    words = mail(cast.ana, silence(cast.ana, cast.iberia, care_note="call before 13:30"))
    assert words.subject == "Ferretería Solís: 41 days without attention (30 promised)"
    assert "Ferretería Solís has waited 41 days" in words.text
    assert "You promised segment B a contact every 30 days. Last call on 14 Oct by you." in words.text
    assert "“Late delivery last week made them lose a customer.”" in words.text
    assert "Julián Solís, owner · 954 55 01 88 · call before 13:30" in words.text


def test_it_says_who_is_told_next_and_when(cast: Cast) -> None:
    words = mail(cast.ana, silence(cast.ana, cast.iberia))
    assert "If nobody reaches them by Friday 27 November, Carla Núñez is told too." in words.text


def test_a_call_back_says_until_when(cast: Cast) -> None:
    words = mail(cast.ana, call_back(cast.ana, cast.iberia))
    assert words.subject == "Clínica Mirador: call back by 12:00"
    assert "The promised time is 12:00; you are told again then." in words.text


def test_an_overdue_call_back_says_since_when(cast: Cast) -> None:
    words = mail(cast.ana, call_back(cast.ana, cast.iberia, due_in=-1))
    assert words.subject == "Clínica Mirador: waits for a call back, due today at 09:00"


def test_a_climb_says_whose_client_it_is(cast: Cast) -> None:
    made = alert(client(cast.ana, cast.iberia), rung=Rung.SUPERVISOR)
    words = mail(cast.carla, event(made, EventKind.CLIMBED, rung=Rung.SUPERVISOR))
    assert words.subject == "Ferretería Solís: 41 days without attention (30 promised), with Ana Torres"
    assert "This has climbed to you. The client is with Ana Torres." in words.text


def test_somebody_never_reached_is_introduced_first(cast: Cast) -> None:
    told = silence(cast.ana, cast.iberia)
    Clock.objects.update(last_attention=None, last_attention_at=None, due_source="welcome", due_unit="working_days")
    words = mail(cast.ana, told)
    assert "has waited 29 working days for a first contact" in words.text
    assert "New client, added on 7 Jun 2024. A first contact was promised for 13 Nov." in words.text


def test_a_promise_names_what_was_promised(cast: Cast) -> None:
    customer = client(cast.ana, cast.iberia)
    task = Task.objects.create(
        customer=customer, title="Send the offer", due_on=NOW.date(), promised=True, owner=cast.ana
    )
    made = alert(customer, Family.PROMISE, subject_key=f"task:{task.pk}", due_at=NOW)
    words = mail(cast.ana, event(made, EventKind.OPENED))
    assert words.subject == "Ferretería Solís: Send the offer, promised for today"
    assert "Promised to Ferretería Solís: Send the offer" in words.text


def test_a_review_gives_the_reason_of_then(cast: Cast) -> None:
    customer = client(cast.ana, cast.iberia)
    NoFollowUp.objects.create(customer=customer, reason="They asked for quiet", review_on=NOW.date())
    words = mail(cast.ana, event(alert(customer, Family.REVIEW, due_at=NOW), EventKind.OPENED))
    assert "No follow-up was wanted: They asked for quiet." in words.text


def test_a_list_puts_who_waits_for_an_answer_first(cast: Cast) -> None:
    words = mail(cast.ana, silence(cast.ana, cast.iberia), call_back(cast.ana, cast.iberia))
    assert words.subject == "Clínica Mirador and Ferretería Solís wait for you"


def test_a_morning_of_lines_only_has_a_title(cast: Cast) -> None:
    line = {
        "owner": cast.ana.pk,
        "name": "Ana",
        "count": 12,
        "long": 2,
        "oldest": NOW.isoformat(),
        "values": {"EUR": "1200.00"},
    }
    words = mail(cast.ana, waiting=[line])
    assert words.subject == "12 clients wait their turn"
    assert (
        "12 of your clients wait their turn, the oldest overdue since 24 November 2026. Value a year: €1,200."
        in words.text
    )
    assert "2 of them have waited for ten working days." in words.text


def test_every_link_is_whole_and_on_our_site(cast: Cast, settings: Any) -> None:
    settings.SITE_URL = "https://constante.example.com"
    words = mail(cast.ana, silence(cast.ana, cast.iberia))
    links = [part.split('"')[0] for part in words.html.split('href="')[1:]]
    assert all(link.startswith(("https://constante.example.com/", "tel:")) for link in links)
    assert "tel:+34954550188" in links


def test_names_are_escaped(cast: Cast) -> None:
    told = silence(cast.ana, cast.iberia)
    Customer.objects.filter(pk=told.alert.customer_id).update(name="<script>alert(1)</script>")
    assert "<script" not in mail(cast.ana, told).html


def test_a_mail_has_no_script_no_picture_and_both_themes(cast: Cast) -> None:
    html = mail(cast.ana, silence(cast.ana, cast.iberia)).html
    assert "<script" not in html
    assert "<img" not in html
    assert "prefers-color-scheme: dark" in html
    assert 'style="' in html


def test_two_clients_sum_up_in_one_word_each(cast: Cast) -> None:
    told = [silence(cast.ana, cast.iberia, name) for name in ("One", "Two", "Three")]
    assert mail(cast.ana, *told).subject == "One and 2 more clients wait for you"


@pytest.mark.parametrize(
    ("ratio", "cells"),
    [
        (0.0, ["rest", "tick", "rest"]),
        (0.5, ["wait", "rest", "tick", "rest"]),
        (1.0, ["late", "tick", "rest"]),
        (1.2, ["late", "tick", "late", "rest"]),
        (9.0, ["late", "tick", "late"]),
    ],
)
def test_the_bar_shows_time_waited_against_the_promise(ratio: float, cells: list[str]) -> None:
    bar = promise_bar(ratio, "")
    assert [cell.name for cell in bar.cells] == cells
    assert 99.5 <= sum(float(cell.width.rstrip("%")) for cell in bar.cells) <= 100.5


def test_one_line_has_no_breaks_and_an_end() -> None:
    assert one_line("a\r\nb\u2028c\x00d") == "a b c d"
    assert len(one_line("x" * 500)) == 200


def test_the_reader_tells_the_time_by_the_promise(cast: Cast) -> None:
    """T5: dates are those of the client's calendar, whatever the reader's zone."""
    made = call_back(cast.diego, cast.andes)
    assert mail(cast.carla, made).subject == "Clínica Mirador: call back by 06:00"
    assert dt.timedelta(hours=2) == made.alert.oldest_due_at - NOW
