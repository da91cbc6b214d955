"""The address in List-Unsubscribe (RFC 8058): one POST switches off what of a mail only informs.

Of a morning mail its lines about others, of a weekly mail all about one's teams.
"""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods

from alerts.choices import Purpose
from alerts.from_mail import Dead
from alerts.mail.tokens import read_lines
from alerts.models import Delivery
from alerts.views.from_mail import LIMIT, dead, quiet

#: What each kind of mail lets its reader switch off, and the page that says so.
CHOICES: dict[str, tuple[str, str]] = {
    Purpose.MORNING: ("daily_lines", "alerts/from_mail/lines.html"),
    Purpose.WEEKLY: ("weekly_mail", "alerts/from_mail/week.html"),
}


@quiet
@require_http_methods(["GET", "HEAD", "POST"])
def lines(request: HttpRequest, token: str) -> HttpResponse:
    """Show whether the lines come; POST stops them, and with `on` lets them come again. It lives as long as its mail.

    A mail program's own button follows no redirect, so the answer to a POST is the page itself.
    """
    if request.method == "POST" and not ratelimit.consume(request, action=LIMIT):
        return render(request, "429.html", status=429)
    mail = _mail(token)
    reader = mail.to_user if mail else None
    if mail is None or reader is None:
        return dead(request, None, reverse("account_login"), status=404)
    choice, page = CHOICES.get(mail.purpose, CHOICES[Purpose.MORNING])
    with translation.override(reader.language):
        if not reader.is_active:
            return dead(request, Dead.LEFT, "/")
        if request.method == "POST":
            setattr(reader, choice, "on" in request.POST)
            reader.save(update_fields=[choice])
        context = {
            "shell": {"theme": reader.theme},
            "reader": reader,
            "comes": getattr(reader, choice),
            "more": reverse("accounts:preferences"),
        }
        return render(request, page, context)


def _mail(token: str) -> Delivery | None:
    said = read_lines(token)
    if said is None:
        return None
    delivery_pk, reader_pk = said
    mails = Delivery.objects.filter(pk=delivery_pk, to_user=reader_pk).select_related("to_user")
    return mails.only("to_user", "purpose").first()
