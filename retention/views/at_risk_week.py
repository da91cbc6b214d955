"""Who moved between states this week: a part of At risk, and a page of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.requests import is_fragment, person
from crm.listing import View, read_view
from retention.moves import Movement, Why, moves_of
from retention.moves_words import CAME, LEFT, title


@require_safe
@supervisors_only
def at_risk_week(request: HttpRequest) -> HttpResponse:
    """The movement in the scope (owner, team, segment) of the address."""
    user, now = person(request), timezone.now()
    asked = read_view(request.GET)
    view = View(owner=asked.owner, team=asked.team, segment=asked.segment)
    moves = moves_of(view, user, now)
    context = {
        "title": title(moves),
        "moves": [_said(one) for one in moves or ()],
        "too_many": moves is None,
        "back": reverse("retention:at-risk") + view.address().rstrip("?"),
        "at": now,
    }
    template = "retention/_moves.html" if is_fragment(request) else "retention/at_risk_week.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


def _said(move: Movement) -> dict[str, Any]:
    def chips(whys: list[Why], words: dict[str, Any]) -> list[tuple[str, Why]]:
        return [(str(words[why.reason]), why) for why in whys]

    return {"move": move, "came": chips(move.came, CAME), "left": chips(move.left, LEFT)}
