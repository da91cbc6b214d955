"""Each request in the reader's language and time zone; an empty installation leads to its first page."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from accounts import first_start
from accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]
# Also asked of an empty installation: by load balancers, and by the first page itself.
OPEN_WHEN_EMPTY = ("/health/", f"/{settings.STATIC_URL.strip('/')}/")


def personal(get_response: GetResponse) -> GetResponse:
    """Answer in the language and zone that the person chose; the language of others is the browser's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return get_response(request)
        # LocaleMiddleware sets the language anew with each request, so nothing is left behind.
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language
        with timezone.override(user.zone):
            return get_response(request)

    return middleware


def first(get_response: GetResponse) -> GetResponse:
    """While nobody exists, every page leads to the one that creates the first administrator."""

    def middleware(request: HttpRequest) -> HttpResponse:
        start = reverse("accounts:first-start")
        # Who is signed in exists: only strangers cost this question.
        if (
            not request.user.is_authenticated
            and not request.path.startswith((start, *OPEN_WHEN_EMPTY))
            and first_start.is_open()
        ):
            return redirect(start)
        return get_response(request)

    return middleware
