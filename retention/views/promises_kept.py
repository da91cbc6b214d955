"""Promises kept, by owner and month; each number opens its promises below the table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.models import User
from accounts.requests import person
from crm.listing import Listing, View, read_view
from retention.past_scope import is_bounded
from retention.promised_list import KEPT, LATE, PromisedList, listed
from retention.promises_by_month import BROKEN, Line, lines_of, months_until, promised_in, together
from retention.promises_kept import promised_lately


@dataclass(frozen=True)
class Chosen:
    """The promises of one number: whose and when in words, one page of them, and its address without the page."""

    title: str
    promised: PromisedList
    address: str


@require_safe
@supervisors_only
def promises_kept(request: HttpRequest) -> HttpResponse:
    """The table of the last months, and below it the promises of the number that the address asks for, if any.

    `owner` and `month` ask for one cell, `lately` for the last 30 days of a scope; `which` for the kept or late ones.
    """
    user, now = person(request), timezone.now()
    months = months_until(now.astimezone(user.zone).date())
    lines = lines_of(user, months, now)
    chosen = _lately(request.GET, user, now) if "lately" in request.GET else _of_cell(request.GET, lines, user, now)
    context: dict[str, Any] = {
        "months": months,
        "lines": [(line, _cells(line, months)) for line in lines],
        "opening": _opening(lines, months),
        "chosen": chosen,
        "reader": user,
    }
    return render(request, "retention/promises_kept.html", context)


def _cells(line: Line, months: list[dt.date]) -> list[tuple[Any, str]]:
    """The numbers of one owner, each with its address."""
    addresses = (f"?owner={line.owner}&month={month:%Y-%m}" for month in months)
    return list(zip(line.months, addresses, strict=True))


def _of_cell(asked: QueryDict, lines: list[Line], user: User, now: dt.datetime) -> Chosen | None:
    """The promises of one owner and month, if the table has that cell."""
    months = months_until(now.astimezone(user.zone).date())
    month = next((one for one in months if f"{one:%Y-%m}" == asked.get("month", "")), None)
    line = next((one for one in lines if one.owner == read_view(asked).owner), None)
    if month is None or line is None or not line.months[months.index(month)]:
        return None
    which = _which(asked)
    promised = listed(promised_in(line, user, month, now), BROKEN, which, asked.get("page", ""))
    address = urlencode({"owner": line.owner, "month": f"{month:%Y-%m}", "which": which})
    return Chosen(f"{line.name or _('No owner')} · {date_format(month, _('M Y'))}", promised, f"?{address}")


def _lately(asked: QueryDict, user: User, now: dt.datetime) -> Chosen | None:
    """The promises of the last 30 days to the clients of a scope, unless these are too many to be listed."""
    read = read_view(asked)
    view = View(owner=read.owner, team=read.team, segment=read.segment, as_of=read.as_of)
    if not is_bounded(view, user, now):
        return None
    at, which = view.as_of or now, _which(asked)
    deadlines, late = promised_lately(Listing(replace(view, as_of=None), user, now).rows, at)
    promised = listed(deadlines, late, which, asked.get("page", ""))
    return Chosen(_("The last 30 days"), promised, view.address(lately="1", which=which))


def _which(asked: QueryDict) -> str:
    which = asked.get("which", "")
    return which if which in (KEPT, LATE) else ""


def _opening(lines: list[Line], months: list[dt.date]) -> str:
    """The result of this month: "In November 212 of 233 promises were kept." """
    now = together(lines, len(months) - 1)
    month = date_format(months[-1], "F")
    if not now.total:
        return _("No promise came due in %(month)s yet.") % {"month": month}
    words = ngettext(
        "In %(month)s %(kept)s of %(n)s promise was kept.",
        "In %(month)s %(kept)s of %(n)s promises were kept.",
        now.total,
    )
    return words % {"month": month, "kept": number_format(now.kept), "n": number_format(now.total)}
