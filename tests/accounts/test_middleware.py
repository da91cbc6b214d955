"""Requests in the reader's language and zone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.middleware import personal
from accounts.models import User

Answer = Callable[[User | AnonymousUser], str]


@pytest.fixture
def answer(rf: RequestFactory) -> Answer:
    """What a page sees, for a user."""

    def seen(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{translation.get_language()} {timezone.get_current_timezone_name()}")

    def by(user: User | AnonymousUser) -> str:
        request = rf.get("/")
        request.user = user
        with translation.override("en"):
            return personal(seen)(request).content.decode()

    return by


def test_a_page_is_in_the_language_and_zone_of_its_reader(answer: Answer) -> None:
    assert answer(User(language="es", time_zone="America/Bogota")) == "es America/Bogota"


def test_the_zone_of_one_reader_is_not_left_to_the_next(answer: Answer) -> None:
    answer(User(language="es", time_zone="America/Bogota"))
    assert answer(AnonymousUser()) == "en UTC"
