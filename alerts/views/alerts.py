"""The list of alerts, the page of one, and what people do with them in place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.answers import came_from, done
from accounts.requests import is_fragment, person
from alerts import actions
from alerts.access import get_alert_for
from alerts.alert_list import WAITING, Listing, View, read_view, tabs_for
from alerts.alert_rows import Group, read_alerts, rows_of
from alerts.alert_trail import promises_in, trail_of
from alerts.alert_words import empty, group_title, opening, tab_label
from alerts.choices import Family
from alerts.explain import explain_next
from alerts.models import AlertEvent
from crm.before_call import before_call
from crm.keyset import page_of, read_cursor

PAGE_SIZE = 25
#: A snooze of more days needs another click and a reason.
LONGEST = actions.MOST_DATES


@require_safe
def alert_list(request: HttpRequest) -> HttpResponse:
    """The list as the address says it; for htmx the part of it that changes."""
    user, now = person(request), timezone.now()
    listing = Listing(read_view(request.GET, user), user, now)
    view, order = listing.view, listing.order()
    back = request.GET.get("before", "")
    cursor = read_cursor(back or request.GET.get("after", ""), order, back=bool(back))
    page = page_of(listing.rows(), order, cursor, PAGE_SIZE)
    counts = listing.counts()
    context: dict[str, Any] = {
        "view": view,
        "tabs": [(tab_label(tab, user), counts.tabs[tab], view.at(tab), tab == view.tab) for tab in tabs_for(user)],
        "opening": opening(counts, user),
        "empty": empty(view, counts),
        "kinds": _kinds(view),
        "counts": counts,
        "total": counts.waiting if view.tab == WAITING else counts.tabs[view.tab],
        "groups": _groups(listing, rows_of(read_alerts(page.pks), reader=user, now=now), counts.groups),
        "next_url": view.address(after=page.next) if page.next else "",
        "previous_url": view.address(before=page.previous) if page.previous else "",
        "waiting_url": view.at("waiting"),
        "all_url": View(view.tab).address(),
        "longest": LONGEST,
        "reader": user,
    }
    template = "alerts/alert_list_part.html" if is_fragment(request) else "alerts/alert_list.html"
    response = render(request, template, context)
    # One address gives two answers: a browser must not show the fragment for the page.
    response["Vary"] = "HX-Request, Cookie"
    return response


def _kinds(view: View) -> list[tuple[str, str, bool]]:
    """What the menu of kinds offers: words, address, whether it is the one shown."""
    kinds = [("", _("All kinds")), *((value, str(label)) for value, label in Family.choices)]
    return [(label, view.of_kind(kind), kind == view.kind) for kind, label in kinds]


def _groups(listing: Listing, rows: list[Any], counts: dict[str, int]) -> list[Group]:
    groups: list[Group] = []
    for row in rows:
        name = listing.group_of(row.alert)
        if not groups or groups[-1].name != name:
            groups.append(Group(name, group_title(name, listing.user), counts[name]))
        groups[-1].rows.append(row)
    return groups


@require_safe
def alert_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert: why it is there, what happened, whom it was told to, what comes next."""
    user, now = person(request), timezone.now()
    alert = get_alert_for(user, pk)
    row = rows_of([alert], reader=user, now=now)[0]
    zone = row.clock.calendar.tz
    context = {
        "row": row,
        "trail": trail_of(alert, reader=user, zone=zone),
        "promises": promises_in(alert, zone=zone, now=now),
        "next": explain_next(alert, reader=user, now=now) if alert.is_open else None,
        "longest": LONGEST,
        "reader": user,
        "before": before_call(row.customer, (), reader=user, now=now) if alert.is_open else None,
    }
    template = "alerts/alert_detail_part.html" if is_fragment(request) else "alerts/alert_detail.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_POST
def alert_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause an alert for `days`; other than 1 or 3 need a `reason`."""
    user = person(request)
    alert = get_alert_for(user, pk)
    text = request.POST.get("days", "")
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    try:
        made = actions.snooze(alert, days=days, reason=_reason(request), actor=user, now=timezone.now())
    except ValidationError as error:
        return _refused(request, error)
    said = ngettext("%(client)s is paused for %(n)s day.", "%(client)s is paused for %(n)s days.", days)
    return _done(request, made, said % {"client": alert.customer.name, "n": days})


@require_POST
def alert_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pause now."""
    user = person(request)
    alert = get_alert_for(user, pk)
    try:
        made = actions.unsnooze(alert, actor=user, now=timezone.now())
    except ValidationError as error:
        return _refused(request, error)
    return _done(request, made, _("%(client)s is back.") % {"client": alert.customer.name})


@require_POST
def alert_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say "I'm on it"."""
    user = person(request)
    alert = get_alert_for(user, pk)
    try:
        made = actions.acknowledge(alert, actor=user, now=timezone.now())
    except ValidationError as error:
        return _refused(request, error)
    said = _("Good. %(client)s is with you; the next step waits a working day.")
    return _done(request, made, said % {"client": alert.customer.name})


@require_POST
def alert_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept a silence for as long again as was promised, with a `reason`."""
    user = person(request)
    alert = get_alert_for(user, pk)
    try:
        made = actions.dismiss(alert, reason=_reason(request), actor=user, now=timezone.now())
    except ValidationError as error:
        return _refused(request, error)
    return _done(request, made, _("%(client)s can wait.") % {"client": alert.customer.name})


@require_POST
def alert_undo(request: HttpRequest, event: int) -> HttpResponse:
    """Take back what one did less than ten minutes ago."""
    user = person(request)
    if not AlertEvent.objects.filter(pk=event, actor=user).exists():
        raise Http404
    if actions.undo(event, actor=user, now=timezone.now()):
        return done(request, _("Taken back."), event="alert-changed")
    return done(request, _("That can no longer be taken back."), event="alert-changed")


def _reason(request: HttpRequest) -> str:
    """The word of why; PostgreSQL keeps no NUL in a text."""
    return request.POST.get("reason", "").replace("\0", "")[:300]


def _done(request: HttpRequest, made: actions.Done, text: str) -> HttpResponse:
    undo = reverse("alerts:alert-undo", args=[made.event.pk])
    return done(request, text, undo=undo, event="alert-changed", alert=made.alert.pk)


def _refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say beside the row why not; where a page has no place for it, in a toast; without htmx, in a message."""
    text = " ".join(error.messages)
    if not is_fragment(request):
        messages.error(request, text)
        return HttpResponseRedirect(came_from(request))
    if request.headers.get("HX-Target", "").startswith("alert-note-"):
        return render(request, "alerts/alert_note.html", {"text": text}, status=422)
    response = HttpResponse(status=204)
    trigger_client_event(response, "toast", {"text": text})
    return response
