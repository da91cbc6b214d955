"""What a load's firm has behind it: promises met, alerts closed, mails sent, evenings counted."""

from __future__ import annotations

from typing import Any

from django.db import connection

from alerts.models import Alert, AlertEvent, Deadline, Delivery
from bench.filling import fill, upto, without_indexes
from retention.models import AttentionPolicy, DailySnapshot

#: Contacts back whose promise is kept on file, and the evenings and mornings.
MET, EVENINGS, MORNINGS = 5, 60, 30
#: The contact before is looked for past the sixth, which reached nobody: that promise was met a month late.
_LATE = MET - 1

Values = dict[str, Any]


def fill_past(values: Values, at: str) -> None:
    """`at`: SQL for the instant of the `{n}`th contact of client `c`, the last one being 0."""
    version = AttentionPolicy.objects.get(current=True, segment=None, customer=None).pk
    values = values | {"version": version, "first": _highest(Alert), "event": _highest(AlertEvent)}
    with without_indexes(Deadline, Alert, AlertEvent):
        _alerts(values, at)
        for nth in range(MET):
            _deadlines(values | {"nth": nth}, at)
    _admit(values)
    with without_indexes(Delivery, DailySnapshot):
        _mails(values)
        _evenings(values)


def _highest(model: type[Alert] | type[AlertEvent]) -> int:
    last = model.objects.order_by("-pk").first()
    return last.pk if last else 0


def _alerts(values: Values, at: str) -> None:
    """The alert of the promise that was met late, opened, admitted and closed."""
    due, met = f"({at.format(n=_LATE + 2)} + interval '30 days')", at.format(n=_LATE)
    columns = {
        "id": "%(first)s + c.id", "family": "'silence'", "subject_key": "'customer:' || c.id", "customer_id": "c.id",
        "rung": "1", "rung_at": due, "reached_at": due, "opened_at": due, "admitted_at": due, "closed_at": met,
        "close_reason": "'attended_late'", "oldest_due_at": due, "oldest_kind": "'attention'",
    }  # fmt: skip
    fill(Alert, columns, "crm_customer c", values)
    upto(Alert, values["first"] + values["customers"])
    for place, (kind, when) in enumerate((("opened", due), ("admitted", due), ("closed", met))):
        event = {
            "id": f"%(event)s + {place} * %(customers)s + c.id", "alert_id": "%(first)s + c.id", "kind": f"'{kind}'",
            "at": when, "rung": "1", "tell": "false", "told_at": when,
        }  # fmt: skip
        fill(AlertEvent, event, "crm_customer c", values)
    upto(AlertEvent, values["event"] + 3 * values["customers"])


def _deadlines(values: Values, at: str) -> None:
    nth = values["nth"]
    late = nth == _LATE
    before = nth + 2 if late else nth + 1
    anchor, met = at.format(n=before), at.format(n=nth)
    due = f"({anchor} + interval '30 days')"
    number = "(%(interactions)s - 1 - {}) * %(customers)s + c.id"
    columns = {
        "kind": "'attention'", "subject_key": "'customer:' || c.id", "subject_id": "c.id", "customer_id": "c.id",
        "calendar_id": "k.calendar_id", "amount": "30", "unit": "'days'", "source": "'default'",
        "version": "%(version)s", "anchor_at": anchor, "anchor_date": f"({anchor})::date",
        "anchor_interaction_id": number.format(before), "due_at": due, "opens_at": due,
        "soon_at": f"({anchor} + interval '24 days')", "cause": "'interaction'", "created_at": anchor,
        "met_at": met, "met_entered_at": met, "met_by_id": number.format(nth), "owner_id": "k.owner_id",
        "acting_id": "k.owner_id", "team_id": "k.team_id", "segment_id": "k.segment_id", "value": "k.value",
        "currency": "k.currency",
    }  # fmt: skip
    if late:
        columns |= {"breached_at": due, "opened_at": due, "alert_id": "%(first)s + c.id"}
    fill(Deadline, columns, "crm_customer c JOIN crm_clock k ON k.customer_id = c.id", values)


def _admit(values: Values) -> None:
    """Every third open alert had its turn: it is with its owner, who may be late."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE alerts_alert SET admitted_at = opened_at, rung = 1, rung_at = opened_at, reached_at = opened_at,"
            " wake_at = opened_at + interval '5 days' WHERE closed_at IS NULL AND id %% 3 = 0",
            values,
        )


def _mails(values: Values) -> None:
    """A morning mail to each person on each of the last days."""
    when = "(%(now)s::timestamptz - make_interval(days => n))"
    columns = {
        "key": "'mail:' || u.id || ':' || n", "purpose": "'morning'", "to_user_id": "u.id", "to_address": "u.email",
        "language": "'es'", "window_at": when, "state": "'sent'", "next_try_at": when, "handed_at": when,
        "settled_at": when, "subject": "'Tres clientes esperan'", "text_body": "repeat('Bodegas Ruiz espera. ', 30)",
        "html_body": "repeat('<p>Bodegas Ruiz espera.</p>', 30)", "created_at": when, "attempts": "1",
    }  # fmt: skip
    fill(Delivery, columns, f"generate_series({MORNINGS}, 1, -1) n, accounts_user u", values)


def _evenings(values: Values) -> None:
    columns = {
        "day": "(%(now)s::timestamptz)::date - n", "calendar_id": "o.calendar_id", "owner_id": "o.owner_id",
        "team_id": "o.team_id", "segment_id": "o.segment_id", "state": "s.state", "currency": "'EUR'",
        "count": "o.count / 3 + 1", "value": "o.value / 3",
    }  # fmt: skip
    owners = (
        "(SELECT owner_id, team_id, calendar_id, segment_id, COUNT(*) AS count, SUM(value) AS value FROM crm_clock"
        " GROUP BY 1, 2, 3, 4)"
    )
    rows = f"generate_series({EVENINGS}, 2, -1) n, {owners} o, (VALUES ('fine'), ('soon'), ('overdue')) s (state)"
    fill(DailySnapshot, columns, rows, values)
