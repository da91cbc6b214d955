"""How we do, and the lists behind its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.requests import person
from crm.keyset import Page, Stretch, page_of, read_cursor
from retention import how_we_do_page
from retention.how_we_do import ALERTS, CONTACTS, View, alerts_of, contacts_of, read_view, weeks_kept
from retention.how_we_do_lists import ALERT_ORDER, CONTACT_ORDER, PAGE_SIZE, alert_rows, contact_rows
from retention.how_we_do_words import ALERT_LISTS, CONTACT_LISTS


@require_safe
@supervisors_only
def how_we_do(request: HttpRequest) -> HttpResponse:
    """The page of one team, owner and week; without them all that the reader supervises, in 12 weeks."""
    user = person(request)
    asked = read_view(request.GET)
    view = View(week=asked.week, team=asked.team, owner=asked.owner)
    page = how_we_do_page.page_of(view, user, timezone.now().astimezone(user.zone).date())
    return render(request, "retention/how_we_do.html", {"page": page, "reader": user})


@require_safe
@supervisors_only
def how_we_do_alerts(request: HttpRequest) -> HttpResponse:
    """The alerts behind a number."""
    user, view = person(request), read_view(request.GET)
    view = view.of(what=view.what if view.what in ALERTS else "")
    rows = alerts_of(view, user, weeks_kept())
    page = _page(request, rows, ALERT_ORDER)
    about = _about(view, ALERT_LISTS, rows.count(), page) | {"alerts": alert_rows(page.pks)}
    return render(request, "retention/how_we_do_list.html", about | {"reader": user})


@require_safe
@supervisors_only
def how_we_do_contacts(request: HttpRequest) -> HttpResponse:
    """The contacts behind a number."""
    user, view = person(request), read_view(request.GET)
    view = view.of(what=view.what if view.what in CONTACTS else "", kind="", promise="")
    rows = contacts_of(view, user, weeks_kept())
    page = _page(request, rows, CONTACT_ORDER)
    about = _about(view, CONTACT_LISTS, rows.count(), page) | {"contacts": contact_rows(page.pks, user)}
    return render(request, "retention/how_we_do_list.html", about | {"reader": user})


def _page(request: HttpRequest, rows: QuerySet[Any], order: list[Stretch]) -> Page:
    back = request.GET.get("before", "")
    cursor = read_cursor(back or request.GET.get("after", ""), order, back=bool(back))
    return page_of(rows, order, cursor, PAGE_SIZE)


def _about(view: View, names: Mapping[str, str | Promise], count: int, page: Page) -> dict[str, Any]:
    return {
        "title": names[view.what],
        "view": view,
        "count": count,
        "back": reverse("retention:how-we-do") + view.of(kind="", promise="", what="").address(),
        "next_url": view.address(after=page.next) if page.next else "",
        "previous_url": view.address(before=page.previous) if page.previous else "",
    }
