"""How the clients who wait became more or fewer: evenings a week or four weeks apart, and the present beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from crm.day_words import short_date
from crm.listing import NOBODY, View
from crm.models.clock import State
from crm.querysets import seen_by
from crm.templatetags.money import money
from retention.board import Board
from retention.models import DailySnapshot

#: Spans of the trend by the name that stands in the address: days between two points, and how many points before today.
WEEKS, MONTHS = "", "24"
STEPS = {WEEKS: (7, 12), MONTHS: (28, 26)}
#: With fewer points before today there is no trend yet.
ENOUGH = 2


@dataclass
class Point:
    """One evening, or with `day` None the present: clients overdue and due soon, the value at stake by currency."""

    day: dt.date | None
    neglected: int = 0
    soon: int = 0
    stakes: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Trend:
    """The points in order; the last one is the present. `span` is one of STEPS."""

    span: str
    today: dt.date
    points: list[Point]

    @property
    def is_drawn(self) -> bool:
        return len(self.points) > ENOUGH


def read_span(text: str) -> str:
    """The span in an address; what makes no sense is the shorter one."""
    return text if text in STEPS else WEEKS


def trend_of(
    view: View, board: Board, user: User, now: dt.datetime, span: str = WEEKS, kept: dict[dt.date, Point] | None = None
) -> Trend:
    """The trend of what `user` sees of the scope of `view`, up to the numbers of `board`. One query, none with `kept`.

    Whose a client was that evening decides, not whose they are now. Evenings without a snapshot are left out.
    """
    today = now.astimezone(user.zone).date()
    days = days_before(today, span)
    points = evenings_of(view, user, days) if kept is None else kept
    present = Point(None, board.overdue, board.soon, {stake.currency: stake.value for stake in board.stakes})
    return Trend(span, today, [*(points[day] for day in days if day in points), present])


def days_before(today: dt.date, span: str) -> list[dt.date]:
    """The dates whose evenings a span shows, the oldest first."""
    step, number = STEPS[span]
    return [today - dt.timedelta(days=step * back) for back in range(number, 0, -1)]


def evenings_of(view: View, user: User, days: Iterable[dt.date]) -> dict[dt.date, Point]:
    """The evenings of these dates that were kept, of what `user` sees of the scope of `view`. One query."""
    rows = (
        DailySnapshot.objects.filter(in_scope(view), seen_by(user), day__in=list(days))
        .order_by()
        .values_list("day", "state", "currency")
        .annotate(clients=Sum("count"), worth=Sum("value"))
    )
    points: dict[dt.date, Point] = {}
    for day, state, currency, clients, worth in rows:
        point = points.setdefault(day, Point(day))
        if state == State.SOON:
            point.soon += clients
        if state == State.OVERDUE:
            point.neglected += clients
            if worth is not None:
                point.stakes[currency] = point.stakes.get(currency, Decimal(0)) + worth
    return points


def in_scope(view: View, prefix: str = "") -> Q:
    """What owner, team and segment of `view` leave, for columns of these names at `prefix`."""
    scope = Q()
    for name in ("owner", "team", "segment"):
        if value := getattr(view, name):
            scope &= Q(**{f"{prefix}{name}__isnull": True} if value == NOBODY else {f"{prefix}{name}": int(value)})
    return scope


def trend_title(trend: Trend) -> str:
    """The result: "Neglected fell from 22 to 14 in 12 weeks"."""
    first, last = trend.points[0], trend.points[-1]
    assert first.day is not None
    if trend.span == WEEKS:
        weeks = (trend.today - first.day).days // 7
        when = ngettext("in %(n)s week", "in %(n)s weeks", weeks) % {"n": weeks}
    else:
        when = _("since %(month)s") % {"month": date_format(first.day, "F Y")}
    said = {"then": _number(first.neglected), "now": _number(last.neglected), "when": when}
    if last.neglected < first.neglected:
        return _("Neglected fell from %(then)s to %(now)s %(when)s") % said
    if last.neglected > first.neglected:
        return _("Neglected rose from %(then)s to %(now)s %(when)s") % said
    return _("Neglected are %(now)s, as many as before") % said


def day_name(point: Point, today: dt.date) -> str:
    """The point's date as the axis says it."""
    return _("today") if point.day is None else short_date(point.day, today)


def worth_words(point: Point) -> str:
    """What is at stake, one figure a currency, the larger first."""
    stakes = sorted(point.stakes.items(), key=lambda one: -one[1])
    return " · ".join(money(value, currency) for currency, value in stakes) or "–"


def _number(value: int) -> str:
    return str(number_format(value, force_grouping=True))
