"""Mail among the settings: how it stands, a test mail with the server's answer, and how each kind looks."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.access import administrators_only
from accounts.requests import person
from alerts.mail.samples import KINDS, look_of
from alerts.mail.trail import TONES, trail_of
from alerts.mail_state import last_test, mail_state
from alerts.views.deliveries import in_a_frame

THEMES = ("light", "dark")
#: The rule by which a mail follows its reader's device; in the frame a choice stands in its place.
BY_DEVICE = "@media (prefers-color-scheme: dark)"


@require_safe
@administrators_only
def mail_settings(request: HttpRequest) -> HttpResponse:
    """The page; a kind, a language and a theme in its address choose the example."""
    kind, language, theme = _choice(request)
    about = {
        "state": mail_state(person(request), timezone.now()),
        "kinds": {name: one.label for name, one in KINDS.items()},
        "languages": settings.LANGUAGES,
        "kind": kind,
        "language": language,
        "theme": theme,
        **_test(request),
    }
    return render(request, "alerts/mail_settings.html", about)


@require_safe
@administrators_only
def mail_test(request: HttpRequest) -> HttpResponse:
    """What became of the test mail that the person asked for last: asked for again until it has ended."""
    return render(request, "alerts/_mail_test.html", _test(request))


@require_safe
@xframe_options_sameorigin
@in_a_frame
@administrators_only
def mail_look(request: HttpRequest) -> HttpResponse:
    """A kind of mail as it would look, or its text part, for the frames of the page."""
    kind, language, theme = _choice(request)
    words = look_of(kind, person(request), language, timezone.now())
    if words is None:
        return _as_text(_("There is nothing of this kind in the firm to show it with."))
    if request.GET.get("part") == "text":
        head = _("Subject: %(subject)s") % {"subject": words.subject}
        return _as_text(f"{head}\n\n{words.text}")
    chosen = "@media all" if theme == "dark" else "@media not all"
    html = words.html.replace(BY_DEVICE, chosen).replace("<head>", '<head><base target="_blank">', 1)
    if theme == "dark":
        html = html.replace('content="light dark"', 'content="dark"')
    return HttpResponse(html)


def _as_text(text: str) -> HttpResponse:
    return HttpResponse(render_to_string("alerts/delivery_text.html", {"text": text}))


def _choice(request: HttpRequest) -> tuple[str, str, str]:
    """What the address asks for; what makes no sense is the first of its kind."""
    kind = request.GET.get("kind", "")
    language = request.GET.get("language", "")
    languages = [code for code, _name in settings.LANGUAGES]
    theme = request.GET.get("theme", "")
    return (
        kind if kind in KINDS else next(iter(KINDS)),
        language if language in languages else person(request).language,
        theme if theme in THEMES else THEMES[0],
    )


def _test(request: HttpRequest) -> dict[str, object]:
    mail = last_test(person(request))
    if mail is None:
        return {"test": None}
    return {"test": mail, "test_tone": TONES[mail.state], "steps": trail_of(mail)}  # type: ignore[index]
