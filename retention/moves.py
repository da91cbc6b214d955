"""Who came into a state in the last seven days and who left it, and why: the clients of then against those of now."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from accounts.models import Calendar, User
from alerts.choices import SILENCES, Cause
from alerts.models import Deadline
from crm.listing import View
from crm.models import Clock, Customer
from crm.models.clock import State
from retention.past import seen_at, table
from retention.past_scope import among_of, is_bounded, scope_of, seen_then

#: So long ago is "then".
BACK = dt.timedelta(days=7)
#: States whose movement is told.
STATES = (State.OVERDUE, State.SOON)
#: Why somebody came into a state, and why somebody left it, in the order in which it is told.
CAME = ("passed", "new", "given", "promise", "undone", "back")
LEFT = ("attended", "passed", "date", "promise", "nofollowup", "given", "archived", "gone")

# `was`: the clients among those looked at as they were then, and whether they were in the scope.
# `moved`: each of them then and now; '' where they were not in the scope, or are not.
_MOVED = """
, was AS (
    SELECT customer_id, state, CASE WHEN {scope_then} THEN 1 ELSE 0 END AS inside FROM seen
),
today AS (
    SELECT c.*, CASE WHEN {scope_now} THEN 1 ELSE 0 END AS inside,
           CASE WHEN c.due_at IS NULL THEN 'nocadence' WHEN c.due_at <= %s THEN 'overdue'
                WHEN c.soon_at <= %s THEN 'soon' ELSE 'fine' END AS state
      FROM {clocks} c
     WHERE c.customer_id IN ({among})
),
moved AS (
    SELECT t.customer_id,
           CASE WHEN w.inside = 1 THEN w.state ELSE '' END AS state_then,
           CASE WHEN t.active AND t.inside = 1 THEN t.state ELSE '' END AS state_now,
           CASE WHEN w.customer_id IS NULL AND k.added_at > %s THEN 'new'
                WHEN w.customer_id IS NULL THEN 'back'
                WHEN w.inside = 0 THEN 'given'
                WHEN d.created_at > %s AND d.is_twin THEN 'undone'
                WHEN d.created_at > %s AND d.cause IN ({promises}) THEN 'promise'
                ELSE 'passed' END AS came,
           CASE WHEN k.archived_at IS NOT NULL THEN 'archived'
                WHEN NOT t.active THEN 'gone'
                WHEN t.inside = 0 THEN 'given'
                WHEN t.state = 'nocadence' THEN 'nofollowup'
                WHEN w.state = 'soon' AND t.state = 'overdue' THEN 'passed'
                WHEN EXISTS (SELECT 1 FROM {deadlines} m
                              WHERE m.customer_id = t.customer_id AND m.kind IN ({silences})
                                AND m.created_at <= %s AND m.met_entered_at > %s) THEN 'attended'
                WHEN t.due_source = 'agreed' THEN 'date'
                ELSE 'promise' END AS left_by
      FROM today t
      JOIN {customers} k ON k.id = t.customer_id
      LEFT JOIN was w ON w.customer_id = t.customer_id
      LEFT JOIN {deadlines} d ON d.customer_id = t.customer_id AND d.kind = t.due_kind
           AND d.met_at IS NULL AND d.cancelled_at IS NULL
)
"""


@dataclass(frozen=True)
class Why:
    """`count` clients who moved for one reason, and the list of them."""

    reason: str
    count: int
    url: str


@dataclass
class Movement:
    """Who came into a state and who left it in the seven days before an instant."""

    state: str
    came: list[Why] = field(default_factory=list)
    left: list[Why] = field(default_factory=list)
    came_url: str = ""
    left_url: str = ""

    @property
    def came_count(self) -> int:
        return sum(why.count for why in self.came)

    @property
    def left_count(self) -> int:
        return sum(why.count for why in self.left)


def moves_of(view: View, user: User, now: dt.datetime) -> list[Movement] | None:
    """The movement of each of STATES in the scope of `view`, among the clients that `user` sees now. Three queries.

    None where that is more than is looked at for a page; their owners or teams can be asked for one by one.
    """
    if not is_bounded(view, user, now):
        return None
    statement, values = _statement(view, user, now)
    sql = f"{statement} SELECT state_then, state_now, came, left_by, COUNT(*) FROM moved"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} WHERE state_then <> state_now GROUP BY 1, 2, 3, 4", values)
        rows = cursor.fetchall()
    scope = replace(View(owner=view.owner, team=view.team, segment=view.segment), as_of=now)
    return [_movement(state.value, rows, scope) for state in STATES]


def moved(view: View, user: User, now: dt.datetime) -> Q:
    """For the list of clients: those whom `view.among` names, as "came-overdue" or "left-soon-attended"."""
    way, state, reason = (*view.among.split("-"), "")[:3]
    reasons = {"came": CAME, "left": LEFT}.get(way, ())
    known = state in {one.value for one in STATES} and (not reason or reason in reasons)
    if not known or not reasons or not is_bounded(view, user, now):
        return Q(pk__in=[])
    here, there, why = ("state_now", "state_then", "came") if way == "came" else ("state_then", "state_now", "left_by")
    statement, values = _statement(view, user, now)
    sql = f"{statement} SELECT customer_id FROM moved WHERE {here} = %s AND {there} <> %s"
    values += [state, state]
    if reason:
        sql, values = f"{sql} AND {why} = %s", [*values, reason]
    return Q(pk__in=RawSQL(sql, values))


def _movement(state: str, rows: Iterable[tuple[str, str, str, str, int]], scope: View) -> Movement:
    came: defaultdict[str, int] = defaultdict(int)
    left: defaultdict[str, int] = defaultdict(int)
    for then, now, why_came, why_left, count in rows:
        if now == state:
            came[why_came] += count
        if then == state:
            left[why_left] += count

    def told(way: str, names: Iterable[str], counts: dict[str, int]) -> list[Why]:
        address = f"{way}-{state}"
        return [
            Why(name, counts[name], replace(scope, among=f"{address}-{name}").address())
            for name in names
            if counts[name]
        ]

    return Movement(
        state,
        told("came", CAME, came),
        told("left", LEFT, left),
        replace(scope, among=f"came-{state}").address(),
        replace(scope, among=f"left-{state}").address(),
    )


def _statement(view: View, user: User, now: dt.datetime) -> tuple[str, list[Any]]:
    """The start of a statement after which `moved` can be asked, and its values."""
    then = now - BACK
    among = among_of(view, user)
    calendars = Calendar.objects.order_by("pk").values_list("pk", flat=True)
    seen, values = seen_at(((pk, then.date(), then) for pk in calendars), among)
    sql = _MOVED.format(
        scope_then=" AND ".join([seen_then(user), *scope_of(view)]),
        scope_now=" AND ".join(["1 = 1", *scope_of(view, "c.")]),
        clocks=table(Clock),
        customers=table(Customer),
        deadlines=table(Deadline),
        silences=", ".join(f"'{kind.value}'" for kind in SILENCES),
        promises=", ".join(f"'{cause.value}'" for cause in (Cause.POLICY, Cause.CALENDAR, Cause.PERSON)),
        among=among[0],
    )
    adapt = connection.ops.adapt_datetimefield_value
    past = adapt(then)
    return seen + sql, [*values, adapt(now), adapt(now), *among[1], past, past, past, past, past]
