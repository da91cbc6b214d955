"""M4: small pages that a mail's links lead to, without signing in. GET shows, POST acts, as the person it was sent to.

The token in the address is all that counts of a request: no cookie gives a right or is set, so forms need no other one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts import actions
from alerts.choices import Family
from alerts.from_mail import Dead, Link, can_be_undone, find, logged, over, paused, shut
from alerts.from_mail_words import dead_words, logged_words, paused_words, pauses
from alerts.mail.stories import stories_of
from alerts.mail.tokens import Act
from alerts.mail.words import words_of
from alerts.models import Alert
from crm.choices import Channel, Direction
from crm.forms.log import LogForm
from crm.forms.log_words import outcome_choices
from crm.log import log_interaction, undo_interaction

#: Searched by nobody, kept by nobody, told to nobody.
HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
#: What a form of these pages may say; all else of a contact is said after signing in.
ASKED = ("outcome", "summary", "done_tasks")
GONE = 410
#: Counted by address of the network (ACCOUNT_RATE_LIMITS); reading is not.
LIMIT = "mail_link"

View = Callable[[HttpRequest, Link], HttpResponse]


def _acts(act: Act, *methods: str) -> Callable[[View], Callable[[HttpRequest, str], HttpResponse]]:
    """Make a page of a view of links: it sees those that are alive, in the language and zone of their reader."""

    def page(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
        @require_http_methods(["GET", "HEAD", *methods])
        def answer(request: HttpRequest, token: str) -> HttpResponse:
            return _answer(request, find(token, act), view)

        return quiet(wraps(view)(answer))

    return page


def quiet(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """Open a view to everybody who has its address, and let nobody else hear of the address."""

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def hushed(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return hushed


def _answer(request: HttpRequest, link: Link | None, view: View) -> HttpResponse:
    if request.method == "POST" and not ratelimit.consume(request, action=LIMIT):
        return render(request, "429.html", status=429)
    if link is None:
        return dead(request, None, reverse("account_login"), status=404)
    with translation.override(link.reader.language), timezone.override(link.reader.zone):
        why = shut(link, timezone.now())
        return dead(request, why, "/") if why else view(request, link)


@_acts(Act.CALL, "POST")
def call(request: HttpRequest, link: Link) -> HttpResponse:
    """Log the call: one tap on how it went saves it; afterwards the page says what that did."""
    now = timezone.now()
    interaction, key = logged(link)
    if interaction is not None:
        undoable = can_be_undone(interaction.entered_at, now)
        asked = request.method == "POST" and "undo" in request.POST
        if asked and undo_interaction(interaction, actor=link.reader, now=now):
            return _again(request, "?back=1")
        said = logged_words(interaction, link.alert.customer.clock, now)
        return _done(request, link, said, undoable=undoable, late=asked)
    if why := over(link):
        return dead(request, why, _customer_page(link))
    form = LogForm(_posted(request.POST), user=link.reader, customer=link.alert.customer, now=now)
    if request.method == "POST" and "undo" not in request.POST and form.is_valid():
        try:
            log_interaction(replace(form.entry(), idempotency_key=key), actor=link.reader, now=now)
            return _again(request)
        except ValidationError as refused:
            form.add_error(None, refused)
    bound = request.method == "POST" and "undo" not in request.POST
    return _call_form(request, link, form, [*_errors(form)] if bound else [])


def _call_form(request: HttpRequest, link: Link, form: LogForm, errors: list[str]) -> HttpResponse:
    story = stories_of([link.alert.pk], form.now)[link.alert.pk]
    task = story.task if story.task and story.task.done_at is None and story.task.cancelled_at is None else None
    if errors:
        is_ticked = task is not None and str(task.pk) in map(str, form["done_tasks"].value() or ())
    else:
        is_ticked = task is not None and form.keeps(task)
    outcomes = outcome_choices(Channel.CALL, Direction.OUT)
    context = {
        "words": words_of(story, set(), actors={}, reader=link.reader, now=form.now),
        "outcomes": [(value, words, place == 0) for place, (value, words) in enumerate(outcomes)],
        "task": task,
        "is_ticked": is_ticked,
        "summary": form.data.get("summary", ""),
        "errors": errors,
        "more": f"{reverse('crm:interaction-log')}?customer={link.alert.customer_id}",
    }
    return _page(request, "call", link, context, status=422 if errors else 200)


def _posted(posted: QueryDict) -> QueryDict:
    """What was posted, of what is asked: a call of ours, now."""
    data = QueryDict(mutable=True)
    for name in ASKED:
        if name in posted:
            data.setlist(name, posted.getlist(name))
    data["channel"], data["direction"] = Channel.CALL.value, Direction.OUT.value
    return data


def _errors(form: LogForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


@_acts(Act.SNOOZE, "POST")
def snooze(request: HttpRequest, link: Link) -> HttpResponse:
    """Pause a silence for a day or three; afterwards the page says until when."""
    if request.method != "POST":
        return _snooze_page(request, link)
    with transaction.atomic():
        # Two taps at once wait for each other here; the second then reads what the first did.
        Alert.objects.select_for_update(of=("self",)).get(pk=link.alert.pk)
        if "undo" in request.POST:
            event = paused(link)
            undone = event is not None and actions.undo(event.pk, actor=link.reader, now=timezone.now())
            return _again(request, "?back=1" if undone else "?late=1")
        if paused(link) is not None or over(link) is not None:
            return _again(request)
        try:
            said = request.POST.get("days", "")
            days = int(said) if said in map(str, actions.FREE_SNOOZES) else 0
            actions.snooze(link.alert, days=days, actor=link.reader, now=timezone.now())
        except ValidationError as refused:
            return _snooze_page(request, link, refused.messages)
        return _again(request)


def _snooze_page(request: HttpRequest, link: Link, errors: list[str] | None = None) -> HttpResponse:
    now, clock = timezone.now(), link.alert.customer.clock
    event = paused(link)
    if event is not None:
        return _done(request, link, paused_words(event, clock, now), undoable=can_be_undone(event.at, now))
    if why := over(link):
        return dead(request, why, _customer_page(link))
    if link.alert.family != Family.SILENCE:
        return dead(request, None, reverse("account_login"), status=404)
    story = stories_of([link.alert.pk], now)[link.alert.pk]
    context = {
        "words": words_of(story, set(), actors={}, reader=link.reader, now=now),
        "pauses": pauses(link.alert, now),
        "errors": errors or [],
        "more": reverse("alerts:alert-detail", args=[link.alert.pk]),
    }
    return _page(request, "snooze", link, context, status=422 if errors else 200)


@_acts(Act.OPEN)
def opened(request: HttpRequest, link: Link) -> HttpResponse:
    """What the mail said, as it is now; who is signed in as its reader goes to the client."""
    if request.user == link.reader:
        return HttpResponseRedirect(_customer_page(link))
    if why := over(link):
        return dead(request, why, _customer_page(link))
    now = timezone.now()
    story = stories_of([link.alert.pk], now)[link.alert.pk]
    words = words_of(story, set(), actors={}, reader=link.reader, now=now)
    return _page(request, "open", link, {"words": words, "more": _customer_page(link)})


def _customer_page(link: Link) -> str:
    return reverse("crm:customer-detail", args=[link.alert.customer_id])


def _again(request: HttpRequest, query: str = "") -> HttpResponse:
    """Back to the same address, which says what was done: loading it again does nothing."""
    return HttpResponseRedirect(request.path + query)


def _note(request: HttpRequest) -> str:
    if "back" in request.GET:
        return _("Taken back: everything is as before.")
    return _too_late() if "late" in request.GET else ""


def _too_late() -> str:
    return _("The ten minutes to take it back are over.")


def _page(request: HttpRequest, name: str, link: Link, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    # The reader's own look, whoever is signed in at this browser.
    about = {"shell": {"theme": link.reader.theme}, "reader": link.reader, "note": _note(request), **context}
    return render(request, f"alerts/from_mail/{name}.html", about, status=status)


def _done(
    request: HttpRequest, link: Link, said: tuple[str, list[str]], *, undoable: bool, late: bool = False
) -> HttpResponse:
    title, lines = said
    context: dict[str, Any] = {"title": title, "lines": lines, "undoable": undoable, "more": _customer_page(link)}
    if late:
        context["note"] = _too_late()
    return _page(request, "done", link, context)


def dead(request: HttpRequest, why: Dead | None, more: str, status: int = GONE) -> HttpResponse:
    title, text = dead_words(why)
    context = {"shell": {"theme": "auto"}, "title": title, "text": text, "more": more}
    return render(request, "alerts/from_mail/dead.html", context, status=status)
