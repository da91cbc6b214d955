"""What holds of every kind of mail in both languages: small, in text too, whole links, nothing fetched, both themes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine

from accounts.models import User
from alerts.budget import new_delivery
from alerts.choices import Family, Purpose, Rung
from alerts.mail.letters import Rendered
from alerts.mail.mime import letter_of
from alerts.mail.samples import KINDS, look_of
from alerts.models import Alert, AlertEvent
from crm.models import Task
from tests.alerts.mail_stage import NOW, alert, client, event
from tests.cast import Cast
from tests.support.browser import accessibility_faults

pytestmark = pytest.mark.django_db
SITE = "https://constante.example.com"


@pytest.fixture(autouse=True)
def scene(cast: Cast, settings: Any) -> Iterator[None]:
    """Clients of Ana's with something open of every family; one with a name that a page could take for its own."""
    settings.SITE_URL = SITE
    with time_machine.travel(NOW, tick=False):
        build(cast)
        yield


def build(cast: Cast) -> None:
    for number in range(3):
        alert(client(cast.ana, cast.iberia, f"Ferretería <Solís & Hijas> {number}", care_note="call before 13:30"))
    climbed = alert(client(cast.ana, cast.iberia, "Taller Norte"), rung=Rung.SUPERVISOR)
    event(climbed, "climbed", rung=Rung.SUPERVISOR)
    Alert.objects.filter(pk=climbed.pk).update(oldest_due_at=NOW)
    AlertEvent.objects.update(at=NOW - dt.timedelta(days=1))
    alert(client(cast.ana, cast.iberia, "Clínica Mirador"), Family.CALL_BACK, due_at=NOW + dt.timedelta(hours=2))
    customer = client(cast.ana, cast.iberia, "Óptica Prisma")
    task = Task.objects.create(
        customer=customer, title="Send the offer", due_on=NOW.date(), promised=True, owner=cast.ana
    )
    alert(customer, Family.PROMISE, subject_key=f"task:{task.pk}", due_at=NOW)


def drawn(cast: Cast, kind: str, language: str) -> Rendered:
    words = look_of(kind, User.objects.get(pk=cast.eva.pk), language, NOW)
    assert words is not None, kind
    return words


every = pytest.mark.parametrize("kind", KINDS)
both = pytest.mark.parametrize("language", ["en", "es"])


def words_in(html: str) -> str:
    body = re.sub(r"<(style|title)\b.*?</\1>", " ", html, flags=re.S)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ").split())
    return re.sub(r" (?=[.,:;])", "", words)


@every
@both
def test_it_is_small_and_fetches_nothing(cast: Cast, kind: str, language: str) -> None:
    html = drawn(cast, kind, language).html
    assert len(html.encode()) <= 30_000
    assert not re.search(r"<(img|script|link|iframe|object|form)\b|url\(|@import", html)
    assert f'<html lang="{language}"' in html


@every
@both
def test_both_themes_are_there(cast: Cast, kind: str, language: str) -> None:
    html = drawn(cast, kind, language).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


@every
@both
def test_links_are_whole_and_ours(cast: Cast, kind: str, language: str) -> None:
    words = drawn(cast, kind, language)
    links = re.findall(r'href="([^"]*)"', words.html)
    assert links
    assert [one for one in links if not one.startswith((f"{SITE}/", "tel:+"))] == []


@every
@both
def test_the_text_says_the_same(cast: Cast, kind: str, language: str) -> None:
    """Each sentence that the page shows stands in the text part; labels of buttons have their address behind them."""
    words = drawn(cast, kind, language)
    said = " ".join(words.text.split()).replace("- ", "")
    for piece in re.findall(r"<(?:h1|h2|p)\b[^>]*>(.*?)</(?:h1|h2|p)>", words.html, flags=re.S):
        for sentence in re.split(r"(?<=[.:])\s| · ", words_in(piece)):
            assert sentence.strip(" ·:") in said, sentence
    for address in re.findall(rf'href="({SITE}[^"]*)"', words.html):
        assert unescape(address).split("?")[0] in words.text


@every
@both
def test_it_is_in_its_language(cast: Cast, kind: str, language: str) -> None:
    said = {"en": "Which mails you get", "es": "Qué correos recibe usted"}
    words = drawn(cast, kind, language)
    assert said[language] in words.text
    other = {"en": r"\b(usted|cliente|espera|desde)\b", "es": r"\b(the|waits|you|with|client)\b"}[language]
    assert not re.search(other, words.text.replace("Send the offer", "").replace("made them lose a customer", ""))


@pytest.mark.parametrize("purpose", [one for one in Purpose if one not in (Purpose.CLIENT, Purpose.ACCOUNT)])
def test_what_may_be_switched_off_says_how_in_its_header(cast: Cast, purpose: Purpose) -> None:
    mail = new_delivery(cast.carla, purpose, NOW, now=NOW)
    mail.subject, mail.text_body, mail.message_id = "Words", "Words", "<a@b>"
    mail.save()
    raw = letter_of(mail).content
    assert (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw) is (
        purpose in (Purpose.MORNING, Purpose.WEEKLY)
    )
    assert b"List-ID: Constante" in raw


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@both
def test_it_can_be_read_in_both_themes_and_widths(cast: Cast, chromium: Any, language: str, theme: Any) -> None:
    """Drawn as a mail program would: axe finds nothing, contrast included, and nothing is wider than the window."""
    page = chromium.new_context(color_scheme=theme).new_page()
    for kind in KINDS:
        page.set_content(drawn(cast, kind, language).html)
        for width in (640, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (kind, width)
        faults = [one for one in accessibility_faults(page) if not one.startswith(("region", "landmark"))]
        assert faults == [], (kind, faults)
    page.context.close()
