"""Money, countries and contacts made, as each language says them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from accounts.models import User
from crm.choices import Channel, Direction, Outcome
from crm.interaction_words import said
from crm.models import Interaction
from crm.templatetags.money import money, percent, short_money
from crm.templatetags.places import country_name

SPACE = "\xa0"


@pytest.mark.parametrize(
    ("language", "value", "currency", "words"),
    [
        ("en", "18400", "EUR", "€18,400"),
        ("es", "18400.00", "EUR", "18.400 €"),
        ("en", "1250.50", "PEN", "PEN 1,250.50"),
        ("es", "1250.5", "PEN", "1.250,50 PEN"),
        ("en", "9400", "USD", "US$9,400"),
        ("es", "9400", "MXN", "9.400 MXN"),
        ("en", "5", "", "5"),
        ("fr", "5", "EUR", "€5"),
    ],
)
def test_the_sign_stands_where_the_language_puts_it(language: str, value: str, currency: str, words: str) -> None:
    with translation.override(language):
        assert money(Decimal(value), currency).replace(SPACE, " ") == words
        assert money(None, currency) == ""


@pytest.mark.parametrize(
    ("language", "value", "currency", "words"),
    [
        ("en", "412400", "EUR", "€412K"),
        ("es", "412400", "EUR", "412 mil €"),
        ("es", "1240000", "MXN", "1,2 M MXN"),
        ("en", "9400.40", "EUR", "€9,400"),
        ("en", "999600", "EUR", "€1M"),
        ("es", "48000000", "COP", "48 M COP"),
    ],
)
def test_a_large_sum_is_said_shortly(language: str, value: str, currency: str, words: str) -> None:
    with translation.override(language):
        assert short_money(Decimal(value), currency).replace(SPACE, " ") == words


def test_a_country_is_named() -> None:
    with translation.override("es"):
        assert [country_name(code) for code in ("ES", "US", "", "Narnia")] == ["España", "Estados Unidos", "", "Narnia"]
    with translation.override("en"):
        assert country_name("ES") == "Spain"


@pytest.mark.parametrize(
    ("channel", "outcome", "words"),
    [
        (Channel.CHAT, Outcome.REACHED, "Chat · by you"),
        (Channel.VIDEO, Outcome.REACHED, "Video call · by you"),
        (Channel.VISIT, Outcome.REACHED, "Visit · by you"),
        (Channel.CALL, Outcome.REACHED, "We spoke · call by you"),
        (Channel.VIDEO, Outcome.NO_ANSWER, "No answer · video by you"),
        (Channel.VISIT, Outcome.CANCELLED, "Cancelled or did not come · visit by you"),
        (Channel.CHAT, Outcome.AWAITING, "Sent, awaiting reply · chat by you"),
    ],
)
def test_the_channel_is_named_once(channel: str, outcome: str, words: str) -> None:
    ana = User(pk=1, name="Ana Torres")
    told = said(Interaction(channel=channel, outcome=outcome, direction=Direction.OUT, by=ana, counts_as=""), ana)

    assert f"{told.headline} · {told.about}" == words


def test_a_share_is_written_as_its_language_does() -> None:
    assert [percent(70), percent(100), percent(None)] == ["70%", "100%", ""]
    with translation.override("es"):
        assert percent(70).replace(SPACE, " ") == "70 %"
