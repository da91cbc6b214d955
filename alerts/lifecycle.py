"""The life of an alert between its parts: closed with the last of them, reopened, joined, restarted (A2, W6, W7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Subquery, Value, When

from accounts.models import User
from accounts.reckoning import closing_on, opening_of_working_day_after, working_day_after
from alerts.choices import FAMILY_OF, CloseReason, EventKind, Kind, Rung
from alerts.holds import sync_attempt_holds
from alerts.journal import note, note_many
from alerts.ladder import schedule_many
from alerts.models import Alert, Deadline, Hold, Wanted
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
    return Deadline.objects.open().filter(
        alert=OuterRef("pk"), opened_at__isnull=False, suspended_at__isnull=True
    )


def settle_alerts(
    customers: QuerySet[Customer], opened: QuerySet[Wanted], change: Change, now: dt.datetime
) -> None:
    """Bring the alerts of `customers` in line with their parts, after reconcile has changed those.

    `opened`: keys of the deadlines that were opened in this run.
    """
    scope = customers.values("pk")
    if change.may_revive:
        _reopen(scope, change, now)
    touched = list(Alert.objects.open().filter(customer__in=scope).values_list("pk", flat=True))
    if not touched:
        return
    _join_silently(touched, opened, now)
    _close_empty(touched, change, now)
    refresh_parts(touched)
    sync_attempt_holds(customers, now)
    schedule_many(touched, now)


def refresh_parts(alert_ids: Iterable[int]) -> None:
    """Write age and title of open alerts from their oldest live part."""
    oldest = live_parts().order_by(*PART_ORDER)
    Alert.objects.open().filter(Exists(live_parts()), pk__in=list(alert_ids)).update(
        oldest_due_at=Subquery(oldest.values("due_at")[:1]),
        oldest_kind=Subquery(oldest.values("kind")[:1]),
    )


def _join_silently(alert_ids: Sequence[int], opened: QuerySet[Wanted], now: dt.datetime) -> None:
    """W6: a part replaced by one that is overdue already stays in the alert, without a word."""
    key = opened.filter(kind=OuterRef("kind"), subject_key=OuterRef("subject_key"))
    alert = Alert.objects.open().filter(
        pk__in=alert_ids, family=OuterRef("family_key"), subject_key=OuterRef("subject_key")
    )
    Deadline.objects.open().annotate(family_key=family_of()).filter(
        Exists(key), Exists(alert), alert__isnull=True, opens_at__lte=now, not_before__isnull=True
    ).update(
        alert_id=Subquery(alert.values("pk")[:1]), opened_at=now, breached_at=F("due_at"), wake_at=None
    )


def _close_empty(alert_ids: Sequence[int], change: Change, now: dt.datetime) -> None:
    empty = list(Alert.objects.open().filter(pk__in=alert_ids).exclude(Exists(live_parts())))
    if not empty:
        return
    parts: dict[int, list[Deadline]] = {}
    for part in Deadline.objects.filter(alert__in=empty, has_twin=False).order_by("met_entered_at", "cancelled_at"):
        parts.setdefault(part.alert_id or 0, []).append(part)
    agreed = set(
        Deadline.objects.open()
        .filter(customer__in=[alert.customer_id for alert in empty], kind=Kind.ATTENTION, source="agreed")
        .values_list("customer_id", flat=True)
    )
    for alert in empty:
        alert.close_reason = _close_reason(alert, parts.get(alert.pk, []), change, alert.customer_id in agreed, now)
        alert.closed_at, alert.wake_at = now, None
        alert.closed_by_interaction_id = change.cause_id if change.cause == "interaction" else None
    Alert.objects.bulk_update(
        empty, ["closed_at", "close_reason", "closed_by_interaction", "wake_at"], batch_size=500
    )
    note_many(
        [(alert, EventKind.CLOSED, {"reason": alert.close_reason}) for alert in empty], at=now, actor=change.actor
    )


def _close_reason(
    alert: Alert, parts: list[Deadline], change: Change, agreed: bool, now: dt.datetime
) -> CloseReason:
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


def _reopen(scope: QuerySet[Customer, dict[str, int]], change: Change, now: dt.datetime) -> None:
    """W7: parts that came back bring their alert back: the same rung; by undo as if nothing had been."""
    parts = Deadline.objects.open().filter(
        customer__in=scope, is_twin=True, opened_at__isnull=False, alert__closed_at__isnull=False
    )
    for part in parts.select_related("alert", "customer__clock__calendar"):
        alert = part.alert
        assert alert is not None
        other = Alert.objects.open().filter(family=alert.family, subject_key=alert.subject_key).first()
        if other is not None:
            Deadline.objects.filter(pk=part.pk).update(alert=other)
            continue
        alert.closed_at, alert.close_reason, alert.closed_by_interaction = None, "", None
        alert.save(update_fields=["closed_at", "close_reason", "closed_by_interaction"])
        if change.undo:
            # As if it had never been logged: what was said of its end goes too. Nobody was told of it.
            alert.events.filter(kind=EventKind.CLOSED).order_by("-pk").first().delete()  # type: ignore[union-attr]
        else:
            _say_reopened(alert, part, change.actor, now)


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


def must_restart(alert: Alert, opening: dt.datetime) -> bool:
    """A2: whether an attention part that opens at `opening` starts an open alert anew."""
    if alert.snoozed_until or alert.dismissed_until or alert.rung > Rung.OWNER:
        return True
    calendar = alert.customer.clock.calendar
    began = (alert.restarted_at or alert.opened_at).astimezone(calendar.tz).date()
    first = working_day_after(calendar, began, 1)
    return opening > closing_on(calendar, first)

