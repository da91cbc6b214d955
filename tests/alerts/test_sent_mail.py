"""The page Sent mail: who sees which, its way, and the letter in its frame."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from alerts.choices import DeliveryState, Purpose
from alerts.models import Delivery
from alerts.tell import tell_events
from tests.alerts.mail_stage import NOW, call_back
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/sent-mail/"


def mail(to: User | None, subject: str = "Hello Ana", **fields: Any) -> Delivery:
    kept = {
        "purpose": Purpose.SINGLE,
        "state": DeliveryState.SENT,
        "settled_at": NOW,
        "html_body": "<p>Words</p>",
        **fields,
    }
    return Delivery.objects.create(
        to_user=to, to_address="x@example.com", window_at=NOW, next_try_at=NOW, subject=subject, **kept
    )


def body(client: Client, user: User, path: str) -> str:
    client.force_login(user)
    return client.get(path).content.decode()


def test_people_see_their_own_mail_and_administrators_all(cast: Cast, client: Client) -> None:
    mail(cast.ana, "For Ana")
    mail(cast.bruno, "For Bruno")
    mail(None, "For a client")
    assert "For Ana" in body(client, cast.ana, PAGE)
    assert "For Bruno" not in body(client, cast.ana, PAGE)
    assert all(text in body(client, cast.eva, PAGE) for text in ("For Ana", "For Bruno", "For a client"))


def test_a_foreign_mail_is_not_there(cast: Cast, client: Client) -> None:
    foreign = mail(cast.bruno)
    client.force_login(cast.ana)
    for path in (f"{PAGE}{foreign.pk}/", f"{PAGE}{foreign.pk}/letter/"):
        assert client.get(path).status_code == 404


def test_it_says_what_became_of_a_mail(cast: Cast, client: Client) -> None:
    made = mail(
        cast.ana, state=DeliveryState.REFUSED, attempts=2, reason="refused by their server", last_error="550 no"
    )
    text = body(client, cast.ana, f"{PAGE}{made.pk}/")
    assert "Tried 2 times" in text
    assert "their mail server refused it" in text
    assert "550 no" in text


def test_it_says_why_a_mail_came_but_names_no_client_that_is_theirs_no_more(cast: Cast, client: Client) -> None:
    told = call_back(cast.ana, cast.iberia)
    tell_events(NOW)
    path = f"{PAGE}{Delivery.objects.get().pk}/"
    said = "they called and nobody was there, and a call back is told at once; the client is with Ana Torres."
    assert said in body(client, cast.ana, path)
    told.alert.customer.clock.owner = cast.bruno
    told.alert.customer.clock.save()
    assert "Clínica Mirador" not in body(client, cast.ana, path)


def test_the_letter_runs_nothing_and_loads_nothing(cast: Cast, client: Client) -> None:
    made = mail(cast.ana)
    client.force_login(cast.ana)
    answer = client.get(f"{PAGE}{made.pk}/letter/")
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_the_page_itself_keeps_the_strict_policy(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    assert "unsafe-inline" not in client.get(f"{PAGE}{mail(cast.ana).pk}/")["Content-Security-Policy"]


def test_a_reset_link_is_blanked_before_it_has_left_too(cast: Cast, client: Client) -> None:
    secret = "http://testserver/accounts/password/reset/key/3-secret/"
    made = mail(
        cast.ana, purpose=Purpose.ACCOUNT, state=DeliveryState.PLANNED, html_body="", text_body=f"Go to {secret} now"
    )
    text = body(client, cast.eva, f"{PAGE}{made.pk}/letter/")
    assert "secret" not in text
    assert "Go to http://testserver/… now" in text


def test_it_pages_by_fifty(cast: Cast, client: Client) -> None:
    for n in range(60):
        mail(cast.ana, f"Mail number {n:02}")
    client.force_login(cast.ana)
    first = client.get(PAGE)
    second = client.get(f"{PAGE}?after={first.context['page'].next}")
    third = client.get(f"{PAGE}?before={second.context['page'].previous}")
    assert ["Mail number 10" in page.content.decode() for page in (first, second)] == [True, False]
    assert ["Mail number 09" in page.content.decode() for page in (first, second)] == [False, True]
    assert [row.title for row in third.context["rows"]] == [row.title for row in first.context["rows"]]


def test_a_broken_page_address_shows_the_first_page(cast: Cast, client: Client) -> None:
    mail(cast.ana)
    assert "Hello Ana" in body(client, cast.ana, f"{PAGE}?after=nonsense")


def test_no_mail_yet_says_what_will_be_here(cast: Cast, client: Client) -> None:
    assert "No mail yet" in body(client, cast.ana, PAGE)


def test_a_test_mail_takes_the_road_of_every_mail(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    client.post(f"{PAGE}test/")
    made = Delivery.objects.get()
    assert (made.purpose, made.to_user, made.state) == (Purpose.TEST, cast.ana, DeliveryState.PLANNED)


def test_a_test_mail_is_asked_for_by_post_only(cast: Cast, client: Client) -> None:
    client.force_login(cast.ana)
    assert client.get(f"{PAGE}test/").status_code == 405
    assert Delivery.objects.count() == 0


def queries_of(client: Client, django_assert_max_num_queries: Any) -> None:
    # session, person, mails; teams and badges of the shell
    with django_assert_max_num_queries(10):
        client.get(PAGE)


@pytest.mark.parametrize("rows", [1, 50])
def test_it_asks_as_much_for_many_mails_as_for_one(
    cast: Cast, client: Client, rows: int, django_assert_max_num_queries: Any
) -> None:
    for n in range(rows):
        mail(cast.bruno if n % 2 else cast.ana, f"Mail {n}")
    client.force_login(cast.eva)
    queries_of(client, django_assert_max_num_queries)
