"""A point of the trend, opened: the alerts that opened and closed on its date."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.requests import person
from crm.listing import View, read_view
from retention.alert_day import Asked, alerts_on


@require_safe
@supervisors_only
def alert_day(request: HttpRequest, day: str) -> HttpResponse:
    """The alerts of one date in the scope (owner, team, segment) of the address; no date, or one to come, is none."""
    user = person(request)
    today = timezone.now().astimezone(user.zone).date()
    try:
        date = dt.date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    # In another zone it may be tomorrow already.
    if not dt.date(2000, 1, 1) <= date <= today + dt.timedelta(days=1):
        raise Http404
    asked = read_view(request.GET)
    view = View(owner=asked.owner, team=asked.team, segment=asked.segment)
    turned = Asked(*(request.GET.get(name, "") for name in ("list", "after", "before")))
    context = {
        "day": date,
        "alerts": alerts_on(date, view, user, turned),
        "back": reverse("retention:at-risk") + view.address(),
    }
    return render(request, "retention/alert_day.html", context)
