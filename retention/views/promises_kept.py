"""Promises kept, by owner and month; each number opens its clients below the table."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.requests import person
from crm.listing import read_view
from retention.promises_by_month import Line, lines_of, months_until, promised_in, together


@require_safe
@supervisors_only
def promises_kept(request: HttpRequest) -> HttpResponse:
    """The table of the last months; with `owner` and `month` in the address, the clients of that number too."""
    user, now = person(request), timezone.now()
    months = months_until(now.astimezone(user.zone).date())
    lines = lines_of(user, months, now)
    asked = read_view(request.GET)
    month = next((one for one in months if f"{one:%Y-%m}" == request.GET.get("month", "")), None)
    line = next((one for one in lines if one.owner == asked.owner), None)
    context: dict[str, Any] = {
        "months": [(month, f"{month:%Y-%m}") for month in months],
        "lines": [(line, list(zip(months, line.months, strict=True))) for line in lines],
        "opening": _opening(lines, months),
        "reader": user,
    }
    if month and line and (count := line.months[months.index(month)]):
        context |= {
            "chosen": line,
            "month": month,
            "count": count,
            "promised": promised_in(line, user, month, now),
        }
    return render(request, "retention/promises_kept.html", context)


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
