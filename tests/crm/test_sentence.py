"""S4: the sentence is made of facts with dates, each derived from the rows, in the reader's language."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.choices import Outcome
from crm.day_words import by_day, day_words, on_day, span
from crm.events import Change, facts_changed
from crm.models import AgreedDate, Clock, Customer, NoFollowUp
from crm.sentence import Accepted, facts_of, plain, say, subject_words, with_facts
from crm.waits import wait_of, waits_of
from retention.policies import Scope, change_policy
from tests.cast import Cast
from tests.portfolio import NOW, at, client_of, clock_of, logged, tell

TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def solis(cast: Cast) -> Customer:
    customer = client_of(cast.ana, "Ferretería Solís", cast.iberia)
    logged(customer, cast.ana, "10-14 11:00")
    return customer


def read(customer: Customer) -> Clock:
    return with_facts(Clock.objects.filter(pk=customer.pk)).get()


def sentence(customer: Customer, cast: Cast, now: dt.datetime = NOW) -> str:
    return plain(facts_of(read(customer), reader=cast.ana, now=now))


def test_overdue_says_how_long_and_the_last_time(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-20 10:00", Outcome.NO_ANSWER)
    logged(solis, cast.bruno, "11-23 10:00", Outcome.LEFT_MESSAGE)

    assert sentence(solis, cast) == "41 days without attention. Last call on 14 Oct by you; two attempts since."


def test_every_fact_has_the_date_of_its_row(cast: Cast, solis: Customer) -> None:
    attempt = logged(solis, cast.ana, "11-20 10:00", Outcome.NO_ANSWER)
    solis.renewal_on = dt.date(2027, 1, 5)
    solis.save()

    facts = {fact.name: fact for fact in facts_of(read(solis), reader=cast.ana, now=NOW)}

    assert {name: fact.date for name, fact in facts.items()} == {
        "waited": dt.date(2026, 10, 14),
        "last_attention": dt.date(2026, 10, 14),
        "attempts": dt.date(2026, 11, 20),
        "renewal": dt.date(2027, 1, 5),
    }
    assert facts["attempts"].link.endswith(f"#interaction-{attempt.pk}")


def test_a_colleague_is_named_and_oneself_is_you(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.bruno, "11-23 10:00", channel="video")

    assert sentence(solis, cast) == "Last video call yesterday by Bruno; due 23 Dec."


def test_late_in_the_evening_it_is_the_clients_day(cast: Cast) -> None:
    sur = client_of(cast.diego, "Clínica del Sur", cast.andes)
    logged(sur, cast.diego, "11-24 05:00")

    # Five in the morning in Madrid is eleven at night of the day before in Bogotá.
    assert sentence(sur, cast, at("11-24 07:00")).startswith("Last call yesterday by Diego")
    assert sentence(sur, cast, at("11-24 05:30")).startswith("Last call today by Diego")


def test_a_new_client_was_added(cast: Cast) -> None:
    nuevo = client_of(cast.ana, "Óptica Central", cast.iberia, added="11-23 10:00")

    assert sentence(nuevo, cast) == "New client, added yesterday; due Monday."


def test_due_within_two_weeks_has_weekday_and_date(cast: Cast, solis: Customer) -> None:
    logged(solis, cast.ana, "11-01 10:00")

    assert sentence(solis, cast).endswith("; due Tuesday 1 Dec.")


def test_an_agreed_date_is_said_as_such(cast: Cast, solis: Customer) -> None:
    AgreedDate.objects.create(customer=solis, day=dt.date(2026, 12, 15), set_at=at("11-20 10:00"))
    tell(solis, NOW)

    assert "You agreed to talk on 15 Dec." in sentence(solis, cast)


def test_no_follow_up_says_why_and_when_to_look_again(cast: Cast, solis: Customer) -> None:
    NoFollowUp.objects.create(
        customer=solis, reason="Retired", review_on=dt.date(2027, 3, 1), from_at=at("11-20 10:00")
    )
    tell(solis, NOW)

    assert "No follow-up wanted: Retired; to be looked at again on 1 Mar." in sentence(solis, cast)


def test_accepted_says_by_whom_and_until_when(cast: Cast, solis: Customer) -> None:
    accepted = Accepted(cast.bruno, at("12-20 09:00"))

    facts = facts_of(read(solis), reader=cast.ana, now=NOW, accepted=accepted)

    assert plain(facts).endswith("Accepted by Bruno until 20 Dec.")


@pytest.mark.parametrize(
    ("day", "words"),
    [("2026-12-22", "Renews in 4 weeks"), ("2026-11-27", "Renews on Friday"), ("2026-11-24", "Renews today")],
)
def test_a_near_renewal_is_named(cast: Cast, solis: Customer, day: str, words: str) -> None:
    Customer.objects.filter(pk=solis.pk).update(renewal_on=day)

    assert f"{words}." in sentence(solis, cast)


@pytest.mark.parametrize("day", ["2026-11-23", "2027-01-20"])
def test_a_far_or_past_renewal_is_not(cast: Cast, solis: Customer, day: str) -> None:
    Customer.objects.filter(pk=solis.pk).update(renewal_on=day)

    assert "Renew" not in sentence(solis, cast)


def test_what_is_strong_is_bold_and_names_are_escaped(cast: Cast, solis: Customer) -> None:
    cast.bruno.name = "<b>Bruno"
    cast.bruno.save()
    logged(solis, cast.bruno, "10-15 10:00")

    said = say(facts_of(read(solis), reader=cast.ana, now=NOW))

    assert said == "<b>40 days without attention</b>. Last call on 15 Oct by &lt;b&gt;Bruno."


def test_linked_facts_lead_into_the_history(cast: Cast, solis: Customer) -> None:
    said = say(facts_of(read(solis), reader=cast.ana, now=NOW), linked=True)

    assert (
        f'<a href="/customers/{solis.pk}/#interaction-{read(solis).last_attention_id}">Last call on 14 Oct by you</a>'
        in said
    )


def test_the_subject_of_a_mail(cast: Cast, solis: Customer) -> None:
    assert subject_words(clock_of(solis), NOW) == "41 days without attention (30 promised)"


def in_working_days(amount: int) -> None:
    terms: dict[str, object] = {"attention_amount": amount, "attention_unit": "working_days"}
    change_policy(Scope(), terms, actor=None, reason="Tried", now=at("09-02 10:00"))


def test_working_days_are_counted_where_the_policy_does(cast: Cast, solis: Customer) -> None:
    in_working_days(20)
    facts_changed(Customer.objects.filter(pk=solis.pk), change=Change(cause="policy"), now=NOW)

    wait = wait_of(clock_of(solis), NOW)

    # From Wednesday 14 October to Tuesday 24 November less weekends and Monday 2 and 9 November where those are closed.
    walked = [TODAY - dt.timedelta(days=n) for n in range(41)]
    closed = set(cast.madrid.days.filter(is_open=False).values_list("date", flat=True))
    assert wait is not None
    assert wait.elapsed == sum(1 for day in walked if day not in closed)
    assert str(wait) == f"{wait.elapsed} of 20 working days"


def test_bar_words_and_no_wait_without_a_cadence(cast: Cast, solis: Customer) -> None:
    assert str(wait_of(clock_of(solis), NOW)) == "41 of 30 d"

    NoFollowUp.objects.create(
        customer=solis, reason="Retired", review_on=dt.date(2027, 3, 1), from_at=at("11-20 10:00")
    )
    tell(solis, NOW)
    assert wait_of(clock_of(solis), NOW) is None


def test_many_sentences_need_three_queries(cast: Cast) -> None:
    for n in range(6):
        logged(client_of(cast.ana, f"Client {n}", cast.iberia), cast.ana, "10-14 11:00")
    client_of(cast.ana, "New", cast.iberia)

    with CaptureQueriesContext(connection) as queries:
        clocks = list(with_facts(Clock.objects.all()))
        waits = waits_of(clocks, NOW)
        said = [plain(facts_of(clock, reader=cast.ana, now=NOW, wait=waits[clock.pk])) for clock in clocks]

    assert len(said) == 7
    assert len(queries) <= 3, "\n".join(query["sql"][:120] for query in queries)


@pytest.mark.parametrize(
    ("distance", "bare", "within"),
    [
        (0, "today", "today"), (1, "tomorrow", "tomorrow"), (-1, "yesterday", "yesterday"),
        (2, "Thursday", "on Thursday"), (-6, "Wednesday", "on Wednesday"), (-7, "17 Nov", "on 17 Nov"),
        (183, "26 May", "on 26 May"), (-184, "24 May 2026", "on 24 May 2026"),
    ],
)  # fmt: skip
def test_days_are_said_as_on_the_phone(distance: int, bare: str, within: str) -> None:
    day = TODAY + dt.timedelta(days=distance)

    assert (day_words(day, TODAY), on_day(day, TODAY)) == (bare, within)


def test_a_day_to_keep_has_its_weekday() -> None:
    assert by_day(TODAY + dt.timedelta(days=6), TODAY) == "Monday"
    assert by_day(TODAY + dt.timedelta(days=12), TODAY) == "Sunday 6 Dec"
    assert by_day(TODAY + dt.timedelta(days=13), TODAY) == "7 Dec"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 min"), (3000, "50 min"), (10800, "3 h"), (11400, "3 h 10"), (3900, "1 h 05")]
)
def test_spans(seconds: int, words: str) -> None:
    assert span(seconds) == words
