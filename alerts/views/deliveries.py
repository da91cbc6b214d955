"""Sent mail: what went to whom, why, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.answers import done
from accounts.requests import person
from alerts.access import get_delivery_for
from alerts.budget import new_delivery
from alerts.choices import Purpose
from alerts.mail.trail import ICONS, TONES, reason_words, title_of, trail_of
from alerts.mail.why import items_of, why_of
from alerts.mail.why_not import search
from alerts.mail_state import SHOWN, shown
from alerts.models import Alert, Delivery
from alerts.send import blanked
from crm.keyset import Key, Stretch, page_of, read_cursor

PAGE = 50
# The decorator's own type knows only views without arguments.
_policy: Any = csp
#: Of a mail in a frame nothing runs, loads or is sent.
in_a_frame = _policy(
    {
        "default-src": [NONE],
        "script-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": [NONE],
        "font-src": [NONE],
        "connect-src": [NONE],
        "form-action": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
#: Newest first.
ORDER = [Stretch(Q(), (Key("pk", int, down=True),))]


@dataclass(frozen=True)
class Row:
    """One mail as the list prints it."""

    delivery: Delivery
    title: str
    tone: str
    icon: str
    reason: str


def _row(delivery: Delivery) -> Row:
    state = delivery.state
    return Row(delivery, title_of(delivery), TONES[state], ICONS[state], reason_words(delivery.reason))  # type: ignore[index]


def _rows(deliveries: Iterable[Delivery]) -> list[Row]:
    return [_row(delivery) for delivery in deliveries]


@require_safe
def delivery_list(request: HttpRequest) -> HttpResponse:
    """The mails that a person may see, newest first."""
    user = person(request)
    back = "before" in request.GET
    cursor = read_cursor(request.GET.get("before" if back else "after", ""), ORDER, back=back)
    which = request.GET.get("show", "")
    rows = Delivery.objects.visible_to(user).filter(shown(which, user, timezone.now()))
    page = page_of(rows, ORDER, cursor, PAGE)
    mails = Delivery.objects.select_related("to_user").defer("text_body", "html_body", "attachments")
    found = mails.in_bulk(page.pks)
    asked = " ".join(request.GET.get("client", "").split())[:80]
    about = {
        "rows": _rows(found[pk] for pk in page.pks),
        "page": page,
        "reader": user,
        "is_first": cursor is None,
        "asked": asked,
        "which": which if which in SHOWN else "",
        "total": rows.count() if which in SHOWN else None,
        "clients": search(asked, user, timezone.now()),
    }
    return render(request, "alerts/delivery_list.html", about)


@require_safe
def delivery_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: its trail, why it came, and how it looked."""
    user = person(request)
    delivery = get_delivery_for(user, pk)
    # A client that is not theirs to see any more is not named.
    items = items_of(delivery, Q(event__alert__in=Alert.objects.visible_to(user).values("pk")))
    about = {
        "row": _row(delivery),
        "delivery": delivery,
        "steps": trail_of(delivery),
        "why": why_of(delivery, items, timezone.now()),
        "body_kept": bool(delivery.html_body or delivery.text_body),
        "reader": user,
    }
    return render(request, "alerts/delivery_detail.html", about)


@require_safe
@xframe_options_sameorigin
@in_a_frame
def delivery_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as it looked, for the frame of its page: nothing in it runs, loads or is sent; secrets are blanked."""
    delivery = get_delivery_for(person(request), pk)
    html, text = delivery.html_body, delivery.text_body
    if delivery.purpose == Purpose.ACCOUNT:
        html, text = blanked(html), blanked(text)
    if html:
        # Links open beside the page, not inside the frame.
        return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
    return HttpResponse(render_to_string("alerts/delivery_text.html", {"text": text}))


@require_POST
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send the person a test mail, on the road that every mail takes."""
    user = person(request)
    now = timezone.now()
    new_delivery(user, Purpose.TEST, now, now=now).save()
    return done(request, _("A test mail is on its way to %(address)s.") % {"address": user.email}, event="mail-asked")
