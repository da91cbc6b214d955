"""Who stood behind a point of the trend: the clients of a scope that were in one state on the evening of a date.

Its name among the filters is "was-overdue-20261117". It counts as the evening's snapshot does: whose a client was then
decides. Who has come into other hands since is counted, and not shown.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Calendar, User
from accounts.reckoning import start_of
from crm.listing import View
from crm.models.clock import State
from retention.past import Among, seen_at
from retention.past_scope import among_of, ever_among, is_bounded, scope_of, seen_then

_STATES = {State.OVERDUE.value, State.SOON.value}
_DAY = dt.timedelta(days=1)


def name_of(state: str, day: dt.date) -> str:
    """What the clients of a state on one evening are called in an address."""
    return f"was-{state}-{day:%Y%m%d}"


def was(view: View, user: User, at: dt.datetime) -> Q:
    """For the list of clients: those whom `view.among` names, of those that `user` sees now. Two queries before it."""
    named = _read(view.among)
    if named is None or not is_bounded(view, user, at):
        return Q(pk__in=[])
    sql, values = _statement(*named, view, user, among_of(view, user))
    return Q(pk__in=RawSQL(sql, values))


def size(view: View, user: User, at: dt.datetime, shown: int) -> int:
    """Count all of the set, with those that `user` saw then and sees no more beside those `shown`. Two queries."""
    named = _read(view.among)
    # Who is shown somebody asked for a scope that is not too large.
    if named is None or not (shown or is_bounded(view, user, at)):
        return 0
    sql, values = _statement(*named, view, user, ever_among(view, user))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS then_there", values)
        return int(cursor.fetchone()[0])


def words(name: str) -> str:
    """The filter of a list: "overdue on the evening of 17 Nov 2026"."""
    named = _read(name)
    if named is None:
        return name
    day = {"day": date_format(named[1], _("j M Y"))}
    if named[0] == State.OVERDUE:
        return _("overdue on the evening of %(day)s") % day
    return _("due soon on the evening of %(day)s") % day


def _read(name: str) -> tuple[str, dt.date] | None:
    """The state and the date that a name says; None for a name that says none."""
    _was, state, day = (*name.split("-"), "", "")[:3]
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return None
    return (state, date) if state in _STATES and name == name_of(state, date) and date.year > 1999 else None


def _statement(state: str, day: dt.date, view: View, user: User, among: Among) -> tuple[str, list[Any]]:
    evenings = [(one.pk, day, start_of(one, day + _DAY)) for one in Calendar.objects.order_by("pk")]
    seen, values = seen_at(evenings, among)
    where = " AND ".join(["state = %s", seen_then(user), *scope_of(view)])
    return f"{seen} SELECT customer_id FROM seen WHERE {where}", [*values, state]
