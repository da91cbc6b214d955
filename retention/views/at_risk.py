"""At risk: how many have waited too long, what that is worth, who and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.requests import person
from crm.listing import Listing, View, read_view
from retention.board import Board, Choices, board_of, choices_for
from retention.board_words import distribution_title, opening, owners_title, span_words
from retention.worst import worst_of

#: Owners shown at once; the others are one click away.
FIRST = 6


@require_safe
@supervisors_only
def at_risk(request: HttpRequest) -> HttpResponse:
    """The page of one scope: owner, team and segment from the address."""
    user, now = person(request), timezone.now()
    asked = read_view(request.GET)
    view = View(owner=asked.owner, team=asked.team, segment=asked.segment)
    choices = choices_for(user)
    board = board_of(view, user, now, choices)
    context: dict[str, Any] = {
        "board": board,
        "opening": opening(board),
        "bars": [(span_words(bar), bar) for bar in board.bars],
        "bars_title": distribution_title(board.bars),
        "bars_data": _chart(board),
        "owners_title": owners_title(board.owners, board.overdue),
        "owners": board.owners[:FIRST],
        "more_owners": board.owners[FIRST:],
        "filters": _filters(view, choices),
        "team_chips": _team_chips(view, choices),
        "worst": worst_of(Listing(view, user, now).rows, user, now),
        "reader": user,
    }
    return render(request, "retention/at_risk.html", context)


def _chart(board: Board) -> dict[str, Any]:
    """What charts.js draws; bars lead to their lists."""
    lists = reverse("crm:customer-list")
    return {
        "starts": [bar.start for bar in board.bars],
        "counts": [bar.count for bar in board.bars],
        "states": [bar.state for bar in board.bars],
        "names": [span_words(bar) for bar in board.bars],
        "links": [lists + bar.url for bar in board.bars],
        "promise": _("promise"),
    }


def _team_chips(view: View, choices: Choices) -> list[tuple[str, str, bool]]:
    """All teams, then each: words, address, whether it is the one shown. Nothing to choose with one team."""
    if len(choices.teams) < 2:
        return []
    every = _("Both teams") if len(choices.teams) == 2 else _("All teams")
    options = [("", every), *((str(pk), name) for pk, name in choices.teams)]
    return [(name, _address(view, team=pk), view.team == pk) for pk, name in options]


def _filters(view: View, choices: Choices) -> list[dict[str, Any]]:
    """The menus: owner and segment."""
    menus = []
    for name, label, every, options in (
        ("owner", _("Owner"), _("Any owner"), [*choices.people, ("none", _("No owner"))]),
        ("segment", _("Segment"), _("Any segment"), [*choices.segments, ("none", _("No segment"))]),
    ):
        value = getattr(view, name)
        named = {str(pk): text for pk, text in options}
        entries = [(every, _address(view, **{name: ""}), not value)]
        entries += [(text, _address(view, **{name: pk}), value == pk) for pk, text in named.items()]
        menus.append({"label": named.get(value, label), "on": bool(value), "entries": entries})
    return menus


def _address(view: View, **more: str) -> str:
    return reverse("retention:at-risk") + replace(view, **more).address()  # type: ignore[arg-type]
