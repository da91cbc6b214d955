"""At risk: how many have waited too long, what that is worth, who and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import supervisors_only
from accounts.models import User
from accounts.requests import person
from crm.listing import NOBODY, Listing, View, read_view
from crm.models.clock import State
from retention import evenings
from retention.board import MENU, Board, Choices, Slice, board_from, board_of, choices_for
from retention.board_words import distribution_title, opening, owners_title, span_words
from retention.care import care_from, care_of
from retention.firm_board import Counted, look
from retention.trend import (
    MONTHS,
    WEEKS,
    Point,
    Trend,
    day_name,
    read_span,
    trend_of,
    trend_title,
    worth_words,
)
from retention.worst import people_of, worst_of

#: Owners shown at once; the others are one click away.
FIRST = 6
#: More teams than this stand in a menu.
CHIPS = 8
#: In the address: whether the numbers are there already is all that is asked.
COUNTING = "counting"


@require_safe
@supervisors_only
def at_risk(request: HttpRequest) -> HttpResponse:
    """The page of one scope: owner, team and segment from the address.

    Of very many clients it shows what was counted beside the pages, and says as of when.
    """
    user, now = person(request), timezone.now()
    asked = read_view(request.GET)
    view = View(owner=asked.owner, team=asked.team, segment=asked.segment)
    found = look(view, user, now)
    if COUNTING in request.GET:
        return HttpResponse(status=204) if found.is_large and found.counted is None else HttpResponseClientRefresh()
    choices, span = choices_for(user), read_span(request.GET.get("span", ""))
    if found.is_large and found.counted is None:
        return _counting(request, view, span, choices)
    context = _of_summary(found.counted, view, user, now, span, choices) if found.counted else None
    context = context or _live(view, user, now, span, choices)
    board: Board = context["board"]
    context |= {
        "opening": opening(board),
        "bars": [(span_words(bar), bar) for bar in board.bars],
        "bars_title": distribution_title(board.bars),
        "bars_data": _chart(board),
        **_trend(context["trend"], board),
        "owners_title": owners_title(board),
        "owners": board.owners[:FIRST],
        "more_owners": board.owners[FIRST:],
        "filters": _filters(view, choices, span, board),
        "team_chips": _team_chips(view, choices, span),
        "reader": user,
        "week_url": reverse("retention:at-risk-week") + view.address().rstrip("?"),
    }
    return render(request, "retention/at_risk.html", context)


def _counting(request: HttpRequest, view: View, span: str, choices: Choices) -> HttpResponse:
    """The page until its numbers are there; it asks for them by COUNTING in its address."""
    context = {
        "filters": _filters(view, choices, span),
        "team_chips": _team_chips(view, choices, span),
        "poll_url": reverse("retention:at-risk") + view.address(**{COUNTING: "1"}),
    }
    return render(request, "retention/at_risk_counting.html", context)


def _live(view: View, user: User, now: dt.datetime, span: str, choices: Choices) -> dict[str, Any]:
    """What is counted for the page itself."""
    board = board_of(view, user, now, choices)
    return {
        "board": board,
        "trend": trend_of(view, board, user, now, span),
        "care": care_of(view, user, now),
        "worst": worst_of(Listing(view, user, now).rows, now),
    }


def _of_summary(
    counted: Counted, view: View, user: User, now: dt.datetime, span: str, choices: Choices
) -> dict[str, Any]:
    """What was counted beside the pages; only who has waited longest is read anew."""
    board = board_from(counted.numbers, view, counted.as_of, choices)
    return {
        "board": board,
        "trend": trend_of(view, board, user, now, span, counted.evenings),
        "care": care_from(counted.care, view, counted.as_of),
        "worst": people_of(counted.worst, now),
        "counted": counted,
        "is_old": counted.is_old(now),
        "is_of_today": counted.as_of.astimezone(user.zone).date() == now.astimezone(user.zone).date(),
    }


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


def _team_chips(view: View, choices: Choices, span: str) -> list[tuple[str, str, bool]]:
    """All teams, then each: words, address, whether it is the one shown. Nothing with one team, or with too many."""
    if not 1 < len(choices.teams) <= CHIPS:
        return []
    every = _("Both teams") if len(choices.teams) == 2 else _("All teams")
    options = [("", every), *((str(pk), name) for pk, name in choices.teams)]
    return [(name, _address(view, span, team=pk), view.team == pk) for pk, name in options]


def _filters(view: View, choices: Choices, span: str, board: Board | None = None) -> list[dict[str, Any]]:
    """The menus: owner and segment, and team where these are too many for chips.

    In a firm with more people or teams than a menu holds, those that the board shows.
    """
    people: list[tuple[Any, str]] = [*choices.people] or _shown(board.owners if board else [])
    teams: list[tuple[Any, str]] = [*choices.teams]
    if len(teams) > MENU:
        teams = _shown(board.teams if board else [])
    menus = [
        _menu(view, span, "owner", (_("Owner"), _("Any owner")), [*people, (NOBODY, _("No owner"))]),
        _menu(view, span, "segment", (_("Segment"), _("Any segment")), [*choices.segments, (NOBODY, _("No segment"))]),
    ]
    if len(choices.teams) > CHIPS:
        menus.append(_menu(view, span, "team", (_("Team"), _("Any team")), teams))
    return menus


def _shown(slices: list[Slice]) -> list[tuple[Any, str]]:
    return sorted(((one.key, one.name) for one in slices if one.name), key=itemgetter(1))


def _menu(
    view: View, span: str, name: str, words: tuple[str, str], options: Iterable[tuple[Any, str]]
) -> dict[str, Any]:
    value = getattr(view, name)
    named = {str(pk): text for pk, text in options}
    label, every = words
    entries = [(every, _address(view, span, **{name: ""}), not value)]
    entries += [(text, _address(view, span, **{name: pk}), value == pk) for pk, text in named.items()]
    return {"label": named.get(value, label), "on": bool(value), "entries": entries}


def _address(view: View, span: str, **more: str) -> str:
    kept = {"span": span} if span else {}
    return reverse("retention:at-risk") + replace(view, **more).address(**kept)  # type: ignore[arg-type]


def _trend(trend: Trend, board: Board) -> dict[str, Any]:
    """The trend's title, its rows for the table, what charts.js draws, and the way to the other span."""
    switch = [
        (_("12 weeks"), _address(board.view, WEEKS), trend.span == WEEKS),
        (_("24 months"), _address(board.view, MONTHS), trend.span == MONTHS),
    ]
    if not trend.is_drawn:
        return {"trend": trend, "spans": switch if trend.span else []}
    rows = [
        {
            "name": day_name(point, trend.today),
            "point": point,
            "worth": worth_words(point),
            "url": _day_url(point, board),
            "neglected_url": _list_url(point, board, State.OVERDUE),
            "soon_url": _list_url(point, board, State.SOON),
        }
        for point in trend.points
    ]
    data = {
        "kind": "trend",
        "days": [(point.day or trend.today).isoformat() for point in trend.points],
        "names": [row["name"] for row in rows],
        "lines": [
            {"state": "soon", "label": _("Due soon"), "counts": [point.soon for point in trend.points]},
            {"state": "overdue", "label": _("Neglected"), "counts": [point.neglected for point in trend.points]},
        ],
        "worth": [row["worth"] for row in rows],
        "links": [row["url"] for row in rows],
    }
    return {"trend": trend, "trend_title": trend_title(trend), "trend_rows": rows, "trend_data": data, "spans": switch}


def _list_url(point: Point, board: Board, state: State) -> str:
    """The list behind a number of the trend; "" where an evening's clients are too many to be listed."""
    if point.day is None:
        return board.url(states=(state.value,))
    if board.is_large:
        return ""
    return replace(board.view, among=evenings.name_of(state.value, point.day)).address()


def _day_url(point: Point, board: Board) -> str:
    """Where a point leads: to the alerts of its date; the present to the list of who waits."""
    if point.day is None:
        return reverse("crm:customer-list") + board.overdue_url
    return reverse("retention:alert-day", args=[point.day.isoformat()]) + board.view.address().rstrip("?")
