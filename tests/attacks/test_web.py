"""What a browser could be made to do: leave for elsewhere, run what somebody typed, enter with a forged address."""

from __future__ import annotations

import json

import pytest
from django.core import mail
from django.test import Client

from alerts.choices import DeliveryState, Purpose
from alerts.models import Delivery
from tests.cast import PASSWORD, Cast
from tests.portfolio import NOW, client_of

pytestmark = pytest.mark.django_db

SCRIPT = "\"'></title><script>alert(1)</script>\u2028"
ELSEWHERE = [
    "//evil.test",
    "/\\evil.test",
    "javascript:alert(1)",
    "https://evil.test",
    "\thttps://evil.test",
    "///evil.test",
]


def signed_in(cast: Cast) -> Client:
    browser = Client()
    browser.force_login(cast.ana)
    return browser


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nothing_leads_elsewhere(cast: Cast, target: str) -> None:
    back = signed_in(cast).post("/sent-mail/test/", {"next": target})
    referred = signed_in(cast).post("/sent-mail/test/", headers={"referer": target.strip()})
    entered = Client().post("/accounts/login/", {"login": cast.ana.email, "password": PASSWORD, "next": target})
    assert [answer.headers["Location"] for answer in (back, referred, entered)] == ["/", "/", "/"]


def test_a_forged_host_is_in_no_mail(cast: Cast) -> None:
    about = {"email": cast.ana.email}
    assert Client().post("/accounts/password/reset/", about, headers={"host": "evil.test"}).status_code == 400
    Client().post("/accounts/password/reset/", about, headers={"x-forwarded-host": "evil.test"})
    assert [("http://localhost:8000/" in one.body, "evil" in one.body) for one in mail.outbox] == [(True, False)]


def test_what_somebody_typed_does_not_run(cast: Cast) -> None:
    customer, browser = client_of(cast.ana, SCRIPT, cast.iberia), signed_in(cast)
    entry = {"customer": customer.pk, "channel": "call", "direction": "out", "outcome": "reached", "summary": SCRIPT}
    toast = browser.post("/log/", entry, headers={"HX-Request": "true"}).headers["HX-Trigger"]
    assert toast.isascii()
    assert "<script>" in json.loads(toast)["toast"]["text"]  # shown as text by the page's own script
    browser.post(f"/customers/{customer.pk}/note/", {"text": SCRIPT})
    paths = ("", "changes/")
    for path in ("/", "/customers/", "/alerts/", *(f"/customers/{customer.pk}/{one}" for one in paths)):
        assert "<script>alert" not in browser.get(path).content.decode()
    found = browser.get("/find/", {"q": "script"}, headers={"HX-Request": "true"}).content.decode()
    assert "&lt;script&gt;" in found
    assert "<script>" not in found


def test_a_mail_in_its_frame_may_do_nothing(cast: Cast) -> None:
    one = Delivery.objects.create(
        to_user=cast.ana, to_address="a@b.test", purpose=Purpose.SINGLE, state=DeliveryState.SENT, settled_at=NOW,
        window_at=NOW, next_try_at=NOW, subject="x", html_body="<html><head></head><script>top.x = 1</script></html>",
    )  # fmt: skip
    policy = signed_in(cast).get(f"/sent-mail/{one.pk}/letter/").headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


def test_every_post_wants_its_token(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.ana)
    paths = ("/log/", "/log/preview/", "/customers/new/", "/preferences/", "/accounts/logout/", "/sent-mail/test/")
    assert {browser.post(path, {}).status_code for path in paths} == {403}
    browser.get("/accounts/logout/")
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    ("address", "forwarded"), [("10.0.0.9", ""), ("10.0.0.9", "127.0.0.1"), ("127.0.0.1", "10.0.0.9")]
)
def test_a_demo_sign_in_works_on_the_machine_alone(cast: Cast, address: str, forwarded: str) -> None:
    type(cast.ana).objects.filter(pk=cast.ana.pk).update(is_demo=True)
    browser = Client(REMOTE_ADDR=address)
    about = {"login": cast.ana.email, "password": PASSWORD}
    browser.post("/accounts/login/", about, headers={"x-forwarded-for": forwarded})
    assert browser.get("/").status_code == 302
