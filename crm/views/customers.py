"""The list of customers and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import is_fragment, person
from crm.access import holds
from crm.attachments_shown import put_files_beside
from crm.filters import controls
from crm.handing import handing_of
from crm.joined import Joined
from crm.keyset import page_of, read_cursor
from crm.listing import Listing, read_view
from crm.models import Clock, Customer, Tag
from crm.models.clock import State
from crm.moments import own_interactions
from crm.page import page_context
from crm.querysets import ClockQuerySet, reached_by, seen_by
from crm.rows import rows_of
from crm.sentence import unsaid, with_facts
from crm.silence import Line

PAGE_SIZE = 50
_UNSAID = unsaid(Customer, "customer", "name", "city", "segment", "stage", "added_on", "renewal_on")


@require_safe
def customer_list(request: HttpRequest) -> HttpResponse:
    """The list as the address says it; a fragment of it for htmx."""
    user, now = person(request), timezone.now()
    view = read_view(request.GET)
    listing = Listing(view, user, now)
    back = request.GET.get("before", "")
    cursor = read_cursor(back or request.GET.get("after", ""), listing.order(), back=bool(back))
    page = page_of(listing.ordered_rows(), listing.order(), cursor, PAGE_SIZE)
    count, is_all = listing.count()
    hidden = listing.hidden(count)
    context = {
        "view": view,
        "rows": rows_of(_read(page.pks), reader=user, now=listing.at, whole=not view.teams),
        "count": count + hidden,
        "hidden": hidden,
        "is_all": is_all,
        "next_url": view.address(after=page.next) if page.next else "",
        "previous_url": view.address(before=page.previous) if page.previous else "",
        "controls": controls(view, user),
        "handing": handing_of(view, user, listing.at),
        "at": listing.at,
        "whole": not view.teams,
        "reader": user,
        "show_tabs": not user.is_administrator,
        "overdue_only": (State.OVERDUE.value,),
    }
    template = "crm/_customer_list.html" if is_fragment(request) else "crm/customer_list.html"
    response = render(request, template, context)
    # One address gives two answers: a browser must not show the fragment for the page.
    response["Vary"] = "HX-Request, Cookie"
    return response


def _read(pks: list[int]) -> list[Clock]:
    """The clocks of a page with what their rows say, in its order. Two queries."""
    rows = with_facts(ClockQuerySet(Clock).filter(pk__in=pks)).defer(*_UNSAID).in_bulk()
    return [rows[pk] for pk in pks if pk in rows]


@require_safe
def customer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one customer; of a colleague's client only what one needs to call and log."""
    user, now = person(request), timezone.now()
    clock = clock_for(user, pk)
    if not clock.sees_whole:  # type: ignore[attr-defined]
        return _reduced(request, user, clock)
    context = page_context(clock, user, now, request.GET)
    if is_fragment(request) and request.headers.get("HX-Target") == "history-more":
        return render(request, "crm/_history_lines.html", context)
    return render(request, "crm/customer_detail.html", context)


def clock_for(user: User, pk: int) -> Clock:
    """The clock of a customer that `user` may find, with what its page says; Http404 for any other.

    `sees_whole` and `sees_referrer` on it say what else may be shown; `tag_names` are those of the tags.
    """
    rows = with_facts(ClockQuerySet(Clock).reachable_by(user), wishes=False)
    rows = rows.select_related("customer__owner", "customer__team", "customer__referred_by").annotate(
        sees_whole=holds(seen_by(user)),
        sees_referrer=holds(reached_by(user, "customer__referred_by__")),
        tag_names=_tag_names(),
    )
    clock = rows.filter(pk=pk).first()
    if clock is None:
        raise Http404
    return clock


def _tag_names() -> Subquery:
    """The tags in the query that is made anyway."""
    tags = Tag.objects.filter(customers=OuterRef("pk")).order_by().values("customers")
    return Subquery(tags.annotate(names=Joined("name")).values("names"))


def _reduced(request: HttpRequest, user: User, clock: Clock) -> HttpResponse:
    now = timezone.now()
    moments = own_interactions(clock.customer, user, now)
    put_files_beside(moments, clock.customer, newest=False)
    context: dict[str, Any] = {
        "row": rows_of([clock], reader=user, now=now, whole=False)[0],
        "clock": clock,
        "lines": [Line(moment) for moment in moments],
        "this_year": now.astimezone(user.zone).year,
    }
    return render(request, "crm/customer_reduced.html", context)
