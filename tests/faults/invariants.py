"""What must hold whenever all is quiet. Reckoned anew from the plain rows; the SMTP server's list is the truth."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from alerts.choices import SETTLED, DeliveryState, EventKind, Kind
from alerts.models import Alert, AlertEvent, Deadline, Delivery, DeliveryItem
from alerts.recipients import NOBODY, OWN_DOING, TOLD_BEFORE, WEEKLY
from crm.models import Clock, Interaction
from retention.audit import CLAUSES
from tests.faults.visitors import Call
from tests.support.mailbox import Received

#: Why an event that is to be told may have nobody to tell.
REASONS = {NOBODY, OWN_DOING, TOLD_BEFORE, WEEKLY}
_SHOWN = 5


def _first(what: str, found: Iterable[Any]) -> Iterator[str]:
    rows = list(found)
    if rows:
        yield f"{what}: {len(rows)}, first {rows[:_SHOWN]}"


def alerts_hold(now: dt.datetime) -> Iterator[str]:
    """Each opened deadline is in one alert, open as it is; each alert opened once; no two of a family a subject."""
    opened = Deadline.objects.open().filter(opened_at__isnull=False, suspended_at__isnull=True)
    yield from _first("opened, in no open alert", opened.exclude(alert__closed_at__isnull=True, alert__isnull=False))
    late = Deadline.objects.open().filter(opened_at__isnull=True, opens_at__lte=now, suspended_at__isnull=True)
    yield from _first("due, not opened", late.filter(not_before__isnull=True))
    alone = Alert.objects.open().exclude(pk__in=opened.values("alert"))
    yield from _first("an open alert about nothing", alone.values_list("pk", flat=True))
    subjects = Counter(Alert.objects.open().values_list("family", "subject_key"))
    yield from _first("two open alerts", (key for key, count in subjects.items() if count > 1))
    known = Counter(AlertEvent.objects.filter(kind=EventKind.OPENED).values_list("alert", flat=True))
    every = Alert.objects.values_list("pk", flat=True)
    yield from _first("not opened exactly once", (pk for pk in every if known[pk] != 1))
    yield from _first("put off with an error", Deadline.objects.open().exclude(error="").values_list("error"))
    yield from _first("put off with an error", Alert.objects.open().exclude(error="").values_list("error"))


def events_hold() -> Iterator[str]:
    """Each event that is to be told was, once to each of its readers, or says why nobody was."""
    items = Counter(DeliveryItem.objects.values_list("recipient", "event"))
    yield from _first("told twice", (pair for pair, count in items.items() if count > 1))
    told = {event for _recipient, event in items}
    for pk, data, told_at in AlertEvent.objects.filter(tell=True).values_list("pk", "data", "told_at"):
        if told_at is None:
            yield f"event {pk} was never told"
        elif pk not in told and data.get("untold") not in REASONS:
            yield f"event {pk} was told to nobody, without a reason: {data}"


def mails_hold(
    received: Sequence[Received], may_come_again: set[str], now: dt.datetime, refusing: bool
) -> Iterator[str]:
    """Each mail has ended well, or waits for its hour; what the server has is what the rows say."""
    counts = Counter(mail.message_id for mail in received)
    rows = list(Delivery.objects.values_list("pk", "state", "reason", "message_id", "window_at", "last_error"))
    owners = {message_id for _pk, _state, _reason, message_id, _at, _error in rows if message_id}
    for pk, state, reason, message_id, window_at, error in rows:
        if state not in SETTLED and not (state == DeliveryState.PLANNED and window_at > now):
            yield f"mail {pk} is stuck: {state} since {window_at}: {error}"
        if state == DeliveryState.SENT and not counts[message_id]:
            yield f"mail {pk} is said to be sent, the server has none"
        if state in (DeliveryState.WITHHELD, DeliveryState.REFUSED, DeliveryState.PERHAPS_SENT) and not reason:
            yield f"mail {pk} ended as {state} without a reason"
        if state == DeliveryState.WITHHELD and counts[message_id]:
            yield f"mail {pk} is said to be withheld, the server has it"
        if state == DeliveryState.REFUSED and not refusing:
            yield f"mail {pk} was refused: {reason} {error}"
    yield from _first("mails of no delivery", counts.keys() - owners)
    again = {message_id for message_id, count in counts.items() if count > 1}
    yield from _first("came twice, though nothing cut it off", again - may_come_again)


def facts_hold() -> Iterator[str]:
    """Every clock says what the interactions say, read one by one; so do the open deadlines."""
    rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    columns = ("customer_id", "counts_at", "pk", "counts_as", "direction", "local_date", "by_id")
    for customer, *row in Interaction.objects.filter(deleted_at__isnull=True).values_list(*columns):
        rows[customer].append(tuple(row))
    owed = _open_deadlines()
    for clock in Clock.objects.all():
        wrong = list(_clock_faults(clock, sorted(rows[clock.pk]), owed[clock.pk]))
        if wrong:
            yield f"client {clock.pk}: {', '.join(wrong)}"


def _open_deadlines() -> dict[int, dict[str, tuple[dt.datetime, dt.datetime]]]:
    owed: dict[int, dict[str, tuple[dt.datetime, dt.datetime]]] = defaultdict(dict)
    for customer, kind, anchor, due in Deadline.objects.open().values_list(
        "customer_id", "kind", "anchor_at", "due_at"
    ):
        if customer is not None:
            owed[customer][kind] = (anchor, due)
    return owed


def _clock_faults(
    clock: Clock, rows: list[tuple[Any, ...]], owed: dict[str, tuple[dt.datetime, dt.datetime]]
) -> Iterator[str]:
    """Rows are (when, number, class, direction, day, who), the earliest first."""
    felt = [row for row in rows if row[2] in ("attention", "personal")]
    for name, some in (
        ("attention", felt),
        ("personal", [row for row in rows if row[2] == "personal"]),
        ("attempt", [row for row in rows if row[2] == "attempt"]),
        ("inbound", [row for row in rows if row[3] == "in"]),
    ):
        at, pk, who = (some[-1][0], some[-1][1], some[-1][5]) if some else (None, None, None)
        if (getattr(clock, f"last_{name}_at"), getattr(clock, f"last_{name}_id")) != (at, pk):
            yield f"last {name}"
        if getattr(clock, f"last_{name}_by_id") != who:
            yield f"who the last {name} was by"
    last = felt[-1] if felt else None
    missed = [row for row in rows if row[2] == "inbound" and (last is None or row[:2] > last[:2])]
    if bool(missed) != (Kind.CALL_BACK in owed):
        yield f"{len(missed)} missed calls, call back owed: {Kind.CALL_BACK in owed}"
    if Kind.ATTENTION not in owed:
        yield "no attention is owed"
    elif last is not None and owed[Kind.ATTENTION][0] != last[0]:
        yield "the attention owed counts from another day"
    silences = [due for kind, (_anchor, due) in owed.items() if kind in (Kind.ATTENTION, Kind.PERSONAL)]
    if clock.due_at != min(silences, default=None):
        yield "its due is not that of its deadlines"


def calls_hold(calls: Sequence[Call]) -> Iterator[str]:
    """Each call that was logged is there once, whole, or not at all; each that the browser was told is saved, is."""
    kept = Counter(Interaction.objects.values_list("idempotency_key", flat=True))
    for call in calls:
        if kept[call.key] > 1:
            yield f"saved twice: {call}"
        if call.is_saved and not kept[call.key]:
            yield f"said to be saved, and is not: {call}"
        refused = [answer for answer in call.answers if isinstance(answer, int) and 400 <= answer < 500]
        if refused:
            yield f"refused as wrong: {call}"


def audit_holds() -> Iterator[str]:
    """The product's own nightly audit finds nothing to mend."""
    for clause in CLAUSES:
        yield from _first(f"the audit's {clause.name}", clause.broken())
