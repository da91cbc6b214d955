"""Today: whom to attend, in order."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import is_fragment, person
from retention.today import day_of
from retention.today_more import climbed_to, logged_by_others, reward_of, steps_of
from retention.today_occasions import occasions_of
from retention.today_words import opening


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The page; for htmx the part of it that changes when something was logged."""
    user, now = person(request), timezone.now()
    day = day_of(user, now)
    steps = steps_of(user, now)
    context: dict[str, Any] = {
        "day": day,
        "promises": [step for step in steps if step.now and step.task.promised],
        "steps": [step for step in steps if step.now and not step.task.promised],
        "coming": [step for step in steps if not step.now],
        "opening": opening(user, day, steps, now),
        "by_others": logged_by_others(user, now),
        "occasions": occasions_of(user, now),
        "now": now,
    }
    if user.is_supervisor:
        context["climbed"] = climbed_to(user)
    if not day.groups:
        context["reward"] = reward_of(user, now) if day.clients else None
    return render(request, "retention/_today.html" if is_fragment(request) else "retention/today.html", context)
