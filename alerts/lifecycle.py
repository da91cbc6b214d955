"""The life of an alert between its parts: closed with the last of them, reopened, joined, restarted (A2, W6, W7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.reckoning import opening_of_working_day_after
from accounts.working_time import closing_after_working_days, local_date_of
from alerts.choices import FAMILY_OF, CloseReason, EventKind, Kind, Rung
from alerts.holds import sync_attempt_holds
from alerts.journal import entry, note, save_all
from alerts.ladder import schedule_many
from alerts.models import Alert, AlertEvent, Deadline, Hold
from crm.events import Change
from crm.models import Customer

#: Open parts of an alert that have opened, oldest first; ties: attention first (A2).
PART_ORDER = ("due_at", "kind", "pk")


def family_of() -> Case:
    return Case(
        *(When(kind=kind, then=Value(family.value)) for kind, family in FAMILY_OF.items()),
        output_field=CharField(),
    )


def live_parts() -> QuerySet[Deadline]:
    return Deadline.objects.open().filter(alert=OuterRef("pk"), opened_at__isnull=False, suspended_at__isnull=True)


def settle_alerts(customers: QuerySet[Customer], before: Collection[int], change: Change, now: dt.datetime) -> None:
    """Bring the alerts of `customers` in line with their parts, after reconcile has changed those.

    `before`: the alerts that had open parts when it began.
    """
    touched = set(before)
    if change.may_revive:
        touched |= _reopen(customers, change, now)
    if not touched:
        return
    touched -= close_empty(touched, change, now)
    if touched:
        refresh_parts(touched)
        sync_attempt_holds(customers, now)
        schedule_many(touched, now)


def refresh_parts(alert_ids: Iterable[int]) -> None:
    """Write age and title of open alerts, which the caller has locked, from their oldest live part."""
    oldest = live_parts().order_by(*PART_ORDER)
    Alert.objects.open().filter(Exists(live_parts()), pk__in=list(alert_ids)).update(
        oldest_due_at=Subquery(oldest.values("due_at")[:1]),
        oldest_kind=Subquery(oldest.values("kind")[:1]),
    )


def close_empty(alert_ids: Collection[int], change: Change, now: dt.datetime) -> set[int]:
    """Close the open alerts among `alert_ids` without a live part; returns all that are closed."""
    parts: dict[Alert, list[Deadline]] = {}
    for part in (
        Deadline.objects.filter(alert__in=alert_ids, alert__closed_at__isnull=True, alert__opened_at__isnull=False)
        .select_related("alert")
        .select_for_update(of=("alert",))
        .order_by("alert", "met_entered_at", "cancelled_at")
    ):
        assert part.alert is not None
        rows = parts.setdefault(part.alert, [])
        if not part.has_twin:
            rows.append(part)
    if others := set(alert_ids) - {alert.pk for alert in parts}:
        # Closed already, or without any part, which only the audit finds.
        parts |= {alert: [] for alert in Alert.objects.open().filter(pk__in=others)}
    empty = [alert for alert, rows in parts.items() if not any(_is_live(part) for part in rows)]
    if empty:
        _close(empty, parts, change, now)
    return set(alert_ids) - {alert.pk for alert in parts} | {alert.pk for alert in empty}


def _is_live(part: Deadline) -> bool:
    return part.is_open and part.opened_at is not None and part.suspended_at is None


def _close(empty: list[Alert], parts: dict[Alert, list[Deadline]], change: Change, now: dt.datetime) -> None:
    unmet = [alert.customer_id for alert in empty if not any(part.met_entered_at == now for part in parts[alert])]
    agreed: set[int | None] = set()
    if unmet:
        dated = Deadline.objects.open().filter(customer__in=unmet, kind=Kind.ATTENTION, source="agreed")
        agreed = set(dated.values_list("customer_id", flat=True))
    by_reason: dict[CloseReason, list[Alert]] = {}
    for alert in empty:
        reason = _close_reason(alert, parts[alert], change, alert.customer_id in agreed, now)
        by_reason.setdefault(reason, []).append(alert)
    for reason, alerts in by_reason.items():
        Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(
            closed_at=now,
            close_reason=reason,
            wake_at=None,
            closed_by_interaction=change.cause_id if change.cause == "interaction" else None,
        )
    save_all(
        entry(
            alert, EventKind.CLOSED, at=now, actor=change.actor, data={"reason": reason},
            tell=_is_news(alert, reason, parts[alert], change),
        )
        for reason, alerts in by_reason.items()
        for alert in alerts
    )  # fmt: skip


def _is_news(alert: Alert, reason: str, parts: list[Deadline], change: Change) -> bool:
    """A date agreed is a line for the supervisor (S3), a colleague's call that closes it one for the owner (W9)."""
    if alert.admitted_at is None or change.cause != "interaction":
        return reason == CloseReason.DATE_AGREED
    return change.actor is not None and any(part.owner_id not in (None, change.actor.pk) for part in parts)


def _close_reason(alert: Alert, parts: list[Deadline], change: Change, agreed: bool, now: dt.datetime) -> CloseReason:
    """W6: in time if the event was not after the due of every part it met; else late, if entered late."""
    met = [part for part in parts if part.met_entered_at == now]
    if met:
        if alert.family in ("promise", "review"):
            return CloseReason.KEPT
        if all(part.was_kept for part in met):
            return CloseReason.ATTENDED_IN_TIME
        if all(part.met_at is not None and part.met_at < alert.opened_at for part in met):
            return CloseReason.ATTENDED_LATE
        return CloseReason.ATTENDED
    if agreed and alert.family == "silence":
        return CloseReason.DATE_AGREED
    why = next((part.cancel_reason for part in reversed(parts) if part.cancel_reason), "withdrawn")
    if any(part.suspended_at is not None for part in parts):
        return CloseReason.LEAVING
    if why == "replaced":
        # A second contact of the same day, or an older one that is now known.
        return CloseReason.ATTENDED if change.cause == "interaction" else CloseReason.PROMISE_CHANGED
    return CloseReason(why)


def _reopen(customers: QuerySet[Customer], change: Change, now: dt.datetime) -> set[int]:
    """W7: parts that came back bring their alert back: the same rung; by undo as if nothing had been."""
    parts = Deadline.objects.open().filter(
        customer__in=customers.values("pk"),
        is_twin=True,
        opened_at__isnull=False,
        suspended_at__isnull=True,
        alert__closed_at__isnull=False,
    )
    back: set[int] = set()
    for part in parts.select_related("alert", "customer__clock__calendar"):
        alert = part.alert
        assert alert is not None
        other = Alert.objects.open().filter(family=alert.family, subject_key=alert.subject_key).first()
        back.add(alert.pk if other is None else other.pk)
        if other is not None:
            Deadline.objects.filter(pk=part.pk).update(alert=other)
            continue
        alert.closed_at, alert.close_reason, alert.closed_by_interaction = None, "", None
        alert.save(update_fields=["closed_at", "close_reason", "closed_by_interaction"])
        if change.undo:
            _take_back_closing(alert)
        else:
            _say_reopened(alert, part, change.actor, now)
    return back


def _take_back_closing(alert: Alert) -> None:
    """As if it had never been logged: what was said of its end goes too.

    What a mail holds, planned or sent, stays and says so; one not sent yet is withheld (`alerts.recheck`).
    """
    # Waits for who is telling it just now, or its line in the mail would be left without its event.
    closing = alert.events.filter(kind=EventKind.CLOSED).order_by("-pk").select_for_update(of=("self",)).first()
    if closing is None:
        return
    if closing.deliveries.exists():
        AlertEvent.objects.filter(pk=closing.pk).update(data=closing.data | {"undone": True})
    else:
        closing.delete()


def _say_reopened(alert: Alert, part: Deadline, actor: User | None, now: dt.datetime) -> None:
    if not alert.reopened_once:
        calendar = part.calendar
        today = now.astimezone(calendar.tz).date()
        Hold.objects.create(
            alert=alert,
            why=Hold.Why.REOPENED,
            until_at=opening_of_working_day_after(calendar, today, 1),
            created_at=now,
        )
        alert.reopened_once = True
        alert.save(update_fields=["reopened_once"])
    note(alert, EventKind.REOPENED, at=now, actor=actor, rung=alert.rung, tell=True)


def with_first_closing(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Alerts with `first_closing`: the closing of the first working day after their opening or last restart."""
    return alerts.annotate(
        calendar_id=F("customer__clock__calendar_id"),
        began_on=local_date_of("customer__clock__calendar__zone", Coalesce("restarted_at", "opened_at")),
    ).annotate(first_closing=closing_after_working_days("calendar_id", "began_on", Value(1, IntegerField())))


def must_restart(alert: Alert, opening: dt.datetime) -> bool:
    """A2: whether an attention part that opens at `opening` starts an alert `with_first_closing` anew."""
    if alert.snoozed_until or alert.dismissed_until or alert.rung > Rung.OWNER:
        return True
    first: dt.datetime = alert.first_closing  # type: ignore[attr-defined]
    return opening > first
