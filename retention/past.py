"""Each client as they were known at instants of the past: whose they were, what they were worth, in which state.

Nothing is kept for it: deadlines are never re-dated nor unmet, so that those known at an instant are those written by
then and not settled by then, by the time of entry; and each save of a client keeps its history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.models import Membership, Team, User
from alerts.choices import SILENCES
from alerts.models import Deadline
from crm.choices import GOING
from crm.models import Customer, Segment
from crm.models.clock import State

#: A calendar, a date of its, and the instant (UTC) to look at.
Evening = tuple[int, dt.date, dt.datetime]

# `served`: the versions of each client, each known from its save until the next one. The first one holds from the
# instant at which they were added, which is what an import or a demo says of its past.
# `owed`: the silence deadlines that some of the instants may know.
# `seen`: each client served then, at each instant, by the same formula as Clock.status_at.
_SEEN = """
WITH evenings (calendar_id, day, ends) AS (VALUES {evenings}),
bounds (first_end, last_end) AS (SELECT MIN(ends), MAX(ends) FROM evenings),
saves AS (
    SELECT h.*, CASE WHEN h.history_type = '+' AND h.added_at < h.history_date
                     THEN h.added_at ELSE h.history_date END AS known_from
      FROM {history} h{saved_among}
),
versions AS (
    SELECT s.*, LEAD(s.known_from) OVER (PARTITION BY s.id ORDER BY s.known_from, s.history_id) AS known_until
      FROM saves s
),
served AS (
    SELECT v.id AS customer_id, people.id AS owner_id, teams.id AS team_id, segments.id AS segment_id,
           v.annual_value AS value, v.currency, v.known_from, v.known_until,
           COALESCE(teams.calendar_id, own_team.calendar_id, fallback.calendar_id) AS calendar_id
      FROM versions v
      JOIN bounds ON v.known_from <= bounds.last_end
           AND (v.known_until IS NULL OR v.known_until > bounds.first_end)
      JOIN {fallback} fallback ON fallback.is_default
      LEFT JOIN {people} people ON people.id = v.owner_id
      LEFT JOIN {teams} teams ON teams.id = v.team_id
      LEFT JOIN {segments} segments ON segments.id = v.segment_id
      LEFT JOIN {memberships} own ON own.user_id = people.id AND own.is_primary
      LEFT JOIN {teams} own_team ON own_team.id = own.team_id
     WHERE v.history_type <> '-' AND v.archived_at IS NULL AND v.stage NOT IN ({going})
),
owed AS (
    SELECT d.customer_id, d.due_at, d.soon_at, d.created_at AS known_from,
           COALESCE(d.met_entered_at, d.cancelled_at) AS known_until
      FROM {deadlines} d
      JOIN bounds ON d.created_at <= bounds.last_end
           AND (COALESCE(d.met_entered_at, d.cancelled_at) IS NULL
                OR COALESCE(d.met_entered_at, d.cancelled_at) > bounds.first_end)
     WHERE d.kind IN ({silences}){owed_among}
),
seen AS (
    SELECT e.day, e.calendar_id, s.customer_id, s.owner_id, s.team_id, s.segment_id, s.value, s.currency,
           CASE WHEN MIN(o.due_at) IS NULL THEN {nocadence}
                WHEN MIN(o.due_at) <= e.ends THEN {overdue}
                WHEN MIN(o.soon_at) <= e.ends THEN {soon}
                ELSE {fine} END AS state
      FROM evenings e
      JOIN served s ON s.calendar_id = e.calendar_id AND s.known_from <= e.ends
           AND (s.known_until IS NULL OR s.known_until > e.ends)
      LEFT JOIN owed o ON o.customer_id = s.customer_id AND o.known_from <= e.ends
           AND (o.known_until IS NULL OR o.known_until > e.ends)
     GROUP BY e.day, e.calendar_id, e.ends, s.customer_id, s.owner_id, s.team_id, s.segment_id, s.value, s.currency
)
"""


#: The ids of some clients: a SELECT, and its values.
Among = tuple[str, Sequence[Any]]


def seen_at(evenings: Iterable[Evening], among: Among | None = None) -> tuple[str, list[Any]]:
    """Return the start of a statement, and its values, after which `seen` can be asked: one row a date and client.

    Columns: day, calendar_id, customer_id, owner_id, team_id, segment_id, value, currency, state. Archived, leaving and
    departed clients have none; with `among` only those clients are looked at, by their indexes. The calendar is that of
    the team or owner of then, by the teams of today (T5).
    """
    rows = list(evenings)
    typed = "(%s, CAST(%s AS date), CAST(%s AS timestamptz))" if connection.vendor == "postgresql" else "(%s, %s, %s)"
    adapt = connection.ops.adapt_datetimefield_value
    values = [one for calendar, day, ends in rows for one in (calendar, day.isoformat(), adapt(ends))]
    if among is not None:
        values += [*among[1], *among[1]]
    sql = _SEEN.format(
        saved_among=f" WHERE h.id IN ({among[0]})" if among else "",
        owed_among=f" AND d.customer_id IN ({among[0]})" if among else "",
        evenings=", ".join([typed] * len(rows)),
        history=table(Customer.history.model),
        people=table(User),
        teams=table(Team),
        fallback=table(Team),
        segments=table(Segment),
        memberships=table(Membership),
        deadlines=table(Deadline),
        going=_words(GOING),
        silences=_words(SILENCES),
        **{state.value: _words([state]) for state in State},
    )
    return sql, values


def table(model: type[Model]) -> str:
    """The quoted name of a model's table."""
    return connection.ops.quote_name(model._meta.db_table)


def _words(names: Iterable[str]) -> str:
    """Words of our own as SQL: no value of a person's comes here."""
    return ", ".join(f"'{name!s}'" for name in names)
