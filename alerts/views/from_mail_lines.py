"""The address in List-Unsubscribe (RFC 8058): one POST switches off the lines of the morning mail that only inform."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods

from accounts.models import User
from alerts.from_mail import Dead
from alerts.mail.tokens import read_lines
from alerts.models import Delivery
from alerts.views.from_mail import LIMIT, dead, quiet


@quiet
@require_http_methods(["GET", "HEAD", "POST"])
def lines(request: HttpRequest, token: str) -> HttpResponse:
    """Show whether the lines come; POST stops them, and with `on` lets them come again. It lives as long as its mail.

    A mail program's own button follows no redirect, so the answer to a POST is the page itself.
    """
    if request.method == "POST" and not ratelimit.consume(request, action=LIMIT):
        return render(request, "429.html", status=429)
    reader = _reader(token)
    if reader is None:
        return dead(request, None, reverse("account_login"), status=404)
    with translation.override(reader.language):
        if not reader.is_active:
            return dead(request, Dead.LEFT, "/")
        if request.method == "POST":
            reader.daily_lines = "on" in request.POST
            reader.save(update_fields=["daily_lines"])
        context = {"shell": {"theme": reader.theme}, "reader": reader, "more": reverse("accounts:preferences")}
        return render(request, "alerts/from_mail/lines.html", context)


def _reader(token: str) -> User | None:
    said = read_lines(token)
    if said is None:
        return None
    delivery_pk, reader_pk = said
    mail = Delivery.objects.filter(pk=delivery_pk, to_user=reader_pk).select_related("to_user").only("to_user").first()
    return mail.to_user if mail else None
