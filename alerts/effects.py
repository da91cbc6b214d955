"""What alerts add to the reading of a customer before and after a save (crm.effects)."""

from __future__ import annotations

import datetime as dt

from alerts.choices import Family, Kind, Rung
from alerts.models import Deadline
from crm.effects import CALL_BACK_DUE, OPEN_ALERTS, TELLS_AT
from crm.models import Customer


def promises_of(customer: Customer) -> dict[str, object]:
    """Return how many alerts are open, when a call back is due, when a silence's next rung is told. One query."""
    alerts: set[int] = set()
    call_back_due: dt.datetime | None = None
    tells_at: dt.datetime | None = None
    rows = (
        Deadline.objects.open()
        .filter(customer=customer)
        .values_list("kind", "due_at", "alert_id", "alert__closed_at", "alert__family", "alert__rung", "alert__wake_at")
    )
    for kind, due_at, alert, closed_at, family, rung, wake_at in rows:
        if kind == Kind.CALL_BACK:
            call_back_due = due_at
        if alert is None or closed_at is not None:
            continue
        alerts.add(alert)
        if family == Family.SILENCE and rung == Rung.OWNER:
            tells_at = wake_at
    return {OPEN_ALERTS: len(alerts), CALL_BACK_DUE: call_back_due, TELLS_AT: tells_at}
