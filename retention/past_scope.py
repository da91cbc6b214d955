"""Whose clients were looked at, for the SQL of the past: what a view and a reader mean for columns of then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.db.models.expressions import RawSQL

from accounts.models import User
from crm.listing import EXACT_COUNT, NOBODY, Listing, View
from crm.models import Clock, Customer
from crm.querysets import ClockQuerySet
from retention.past import Among, table


def is_bounded(view: View, user: User, now: dt.datetime) -> bool:
    """Whether the scope has no more clients now than are looked at one by one for a page. One query."""
    scope = View(owner=view.owner, team=view.team, segment=view.segment)
    return Listing(scope, user, now).rows.order_by()[: EXACT_COUNT + 1].count() <= EXACT_COUNT


def among_of(view: View, user: User) -> Among:
    """Clients that `user` sees now and that are in the scope of `view`, or were at some time."""
    clocks = ClockQuerySet(Clock).visible_to(user).order_by()
    if scope_of(view):
        clocks = clocks.filter(_ever_in(view))
    sql, values = clocks.values("pk").query.sql_with_params()
    return sql, values


def ever_among(view: View, user: User) -> Among:
    """Clients that are or were in the scope of `view` and that `user` saw then, or sees now."""
    clocks = ClockQuerySet(Clock).order_by()
    if scope_of(view):
        clocks = clocks.filter(_ever_in(view))
    if not user.is_administrator:
        before = f"SELECT h.id FROM {table(Customer.history.model)} h WHERE {seen_then(user, 'h.')}"
        now = ClockQuerySet(Clock).visible_to(user).order_by().values("pk")
        clocks = clocks.filter(Q(pk__in=now) | Q(pk__in=RawSQL(before, [])))
    sql, values = clocks.values("pk").query.sql_with_params()
    return sql, values


def _ever_in(view: View) -> Q:
    before = f"SELECT h.id FROM {table(Customer.history.model)} h WHERE {' AND '.join(scope_of(view, 'h.'))}"
    here = f"SELECT n.customer_id FROM {table(Clock)} n WHERE {' AND '.join(scope_of(view, 'n.'))}"
    return Q(pk__in=RawSQL(here, [])) | Q(pk__in=RawSQL(before, []))


def scope_of(view: View, prefix: str = "") -> list[str]:
    """Owner, team and segment of `view` as conditions; they are whole numbers or "none"."""
    names = [(name, getattr(view, name)) for name in ("owner", "team", "segment")]
    return [
        f"{prefix}{name}_id IS NULL" if value == NOBODY else f"{prefix}{name}_id = {int(value)}"
        for name, value in names
        if value
    ]


def seen_then(user: User, prefix: str = "") -> str:
    """crm.querysets.seen_by for the owner and team of then."""
    if user.is_administrator:
        return "1 = 1"
    own, teams, led = (_ids(ids) for ids in (user.sees_for_ids, user.team_ids, user.supervised_team_ids))
    owner, team = f"{prefix}owner_id", f"{prefix}team_id"
    return f"({owner} IN {own} OR ({owner} IS NULL AND {team} IN {teams}) OR {team} IN {led})"


def _ids(ids: Iterable[int]) -> str:
    return f"({', '.join(str(int(pk)) for pk in ids) or 'NULL'})"
