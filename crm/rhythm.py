"""Each client's own rhythm: how many days usually lie between two days with attention.

Of at most their last 24 gaps: the least number of days that a quarter, half, three quarters and nine tenths of them do
not exceed (nearest rank: always a gap that happened). Reckoned in sets, each night for those whose contacts changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.instants import PlusSeconds
from crm.choices import FELT
from crm.models import Clock
from crm.waits import Wait

#: Fewer gaps say nothing of a rhythm; older ones than so many say nothing of today's.
FEWEST, LATEST = 5, 24
#: Clocks that one transaction takes: whoever logs for one of them waits that long.
BATCH = 1000
DAY = 86_400

_DAYS = {"postgresql": "({0} - {1})", "sqlite": "CAST(ROUND(julianday({0}) - julianday({1})) AS INTEGER)"}
_SQL = """
WITH felt AS (
    SELECT DISTINCT customer_id, local_date FROM crm_interaction
    WHERE deleted_at IS NULL AND counts_as IN ({classes}) AND customer_id IN ({ids})
), gaps AS (
    SELECT customer_id,
        {days} AS gap,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY local_date DESC) AS nth
    FROM (SELECT customer_id, local_date,
            LAG(local_date) OVER (PARTITION BY customer_id ORDER BY local_date) AS before FROM felt) AS pairs
    WHERE before IS NOT NULL
), ranked AS (
    SELECT customer_id, gap,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY gap) AS place,
        COUNT(*) OVER (PARTITION BY customer_id) AS n
    FROM gaps WHERE nth <= {latest}
), usual AS (
    SELECT customer_id, MAX(n) AS n,
        MAX(CASE WHEN place = (n + 3) / 4 THEN gap END) AS low,
        MAX(CASE WHEN place = (n + 1) / 2 THEN gap END) AS median,
        MAX(CASE WHEN place = (3 * n + 3) / 4 THEN gap END) AS high,
        MAX(CASE WHEN place = (9 * n + 9) / 10 THEN gap END) AS longest
    FROM ranked GROUP BY customer_id
)
UPDATE crm_clock SET rhythm_fresh = {true}, usual_gaps = COALESCE(found.n, 0),
    usual_low = found.low, usual_median = found.median, usual_high = found.high, usual_long = found.longest
FROM (
    SELECT clock.customer_id, usual.n,
        CASE WHEN n >= {fewest} THEN low END AS low, CASE WHEN n >= {fewest} THEN median END AS median,
        CASE WHEN n >= {fewest} THEN high END AS high, CASE WHEN n >= {fewest} THEN longest END AS longest
    FROM crm_clock AS clock LEFT JOIN usual ON usual.customer_id = clock.customer_id
    WHERE clock.customer_id IN ({ids})
) AS found
WHERE found.customer_id = crm_clock.customer_id
"""


def refresh_stale(_now: dt.datetime) -> int:
    """Reckon the rhythm of all whose contacts changed since it was last done; returns how many."""
    done = 0
    while ids := list(Clock.objects.filter(rhythm_fresh=False).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        refresh(ids)
        done += len(ids)
    return done


@transaction.atomic
def refresh(customers: Sequence[int]) -> None:
    """Write the rhythm of these customers on their clocks. Three statements."""
    # Locked first: what is logged meanwhile is either counted here or leaves the rhythm stale.
    clocks = Clock.objects.filter(pk__in=customers)
    list(clocks.order_by("pk").select_for_update().values_list("pk"))
    sql = _SQL.format(
        classes=", ".join(f"'{one.value}'" for one in FELT),
        ids=", ".join(str(int(pk)) for pk in customers),
        days=_DAYS[connection.vendor].format("local_date", "before"),
        latest=LATEST,
        fewest=FEWEST,
        true="TRUE" if connection.vendor == "postgresql" else "1",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
    clocks.update(rhythm_breaks_at=breaks_at(F("last_attention_at")))


def breaks_at(last_attention: F | Subquery) -> PlusSeconds:
    """When a silence is longer than nine tenths of their gaps; NULL where there is no rhythm or no attention."""
    return PlusSeconds(last_attention, F("usual_long") * DAY)


@dataclass(frozen=True)
class Rhythm:
    """What the page of a client says of it; `broken` while the promise itself still holds."""

    words: str
    broken: bool


def rhythm_of(clock: Clock, wait: Wait | None, now: dt.datetime) -> Rhythm | None:
    """Return the rhythm beside the promise; None before the first attention. No query."""
    if clock.last_attention_at is None or not clock.active:
        return None
    if clock.usual_low is None or clock.usual_high is None:
        return Rhythm(_("too few contacts to say how often they usually hear from us"), False)
    low, high = clock.usual_low, clock.usual_high
    if low == high:
        words = ngettext("usually every day", "usually every %(n)s days", high) % {"n": high}
    else:
        words = _("usually every %(low)s–%(high)s days") % {"low": low, "high": high}
    if wait is not None:
        promise = (
            ngettext("promised after %(n)s working day", "promised after %(n)s working days", wait.promised)
            if wait.working
            else ngettext("promised after %(n)s day", "promised after %(n)s days", wait.promised)
        )
        words = f"{words}; {promise % {'n': wait.promised}}"
    due = clock.due_at is not None and clock.due_at > now
    return Rhythm(words, due and clock.rhythm_breaks_at is not None and clock.rhythm_breaks_at <= now)
