"""What people do with a silence: "I'm on it", snooze, dismiss (A6, A7). Only silences; each in one transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import reckoning
from accounts.models import Calendar, Membership, User
from alerts import journal
from alerts.choices import EventKind, Family, Rung
from alerts.daybook import WorkDays
from alerts.exceptions import NotAllowed, ReasonNeeded
from alerts.holds import one_day_hold
from alerts.ladder import LIVE, schedule
from alerts.models import Alert, AlertEvent, Deadline, Hold
from alerts.restart import give_back_snooze
from crm.choices import Unit
from crm.models import Customer

#: Days of a snooze that need no reason.
FREE_SNOOZES = (1, 3)
#: Dates for which an alert may be snoozed in all; more is the supervisor's to decide.
MOST_DATES = 14
#: How long a click may be taken back.
UNDO_FOR = dt.timedelta(minutes=10)

#: The columns that an action writes and its undo restores.
_COLUMNS = (
    "snoozed_until",
    "snooze_dates_used",
    "dismissed_until",
    "dismissed_by_id",
    "dismissals",
    "acknowledged_by_id",
    "acknowledged_at",
)


@dataclass(frozen=True)
class Done:
    """What was done; `undo(done.event.pk, …)` takes it back for ten minutes."""

    alert: Alert
    event: AlertEvent


@transaction.atomic
def snooze(alert: Alert, *, days: int, actor: User, now: dt.datetime, reason: str = "") -> Done:
    """Say nothing more of a silence until 00:00 of the date `days` days from today, in the customer's calendar (A6).

    Raises NotAllowed beyond 14 dates in all or after a climb, unless the actor supervises, and ReasonNeeded without a
    reason for other than 1 or 3 days.
    """
    alert, calendar = _mine(alert, actor)
    if days < 1:
        raise NotAllowed(_("Choose at least one day."))
    if alert.dismissed_until is not None:
        raise NotAllowed(_("This is set aside already."))
    if days not in FREE_SNOOZES and not reason.strip():
        raise ReasonNeeded(_("A longer pause needs a word of why."))
    before = _columns(alert)
    give_back_snooze(alert, calendar.tz, now)
    if not supervises(actor, alert.customer):
        _refuse_climbed(alert)
        _refuse_beyond(alert, days)
    until = reckoning.start_of(calendar, reckoning.local_date(calendar, now) + dt.timedelta(days=days))
    # Refuses a date that the calendar does not reach.
    one_day_hold(alert, Hold.Why.SNOOZE, WorkDays(calendar), until)
    alert.snoozed_until = until
    alert.snooze_dates_used += days
    data = {"days": days, "until": until.isoformat(), "reason": reason.strip()}
    return _done(alert, EventKind.SNOOZED, before, data, actor, now)


def _refuse_climbed(alert: Alert) -> None:
    if alert.rung > Rung.OWNER:
        raise NotAllowed(_("This has climbed: ask your supervisor for a pause."))


def _refuse_beyond(alert: Alert, days: int) -> None:
    left = MOST_DATES - alert.snooze_dates_used
    if days <= left:
        return
    if left <= 0:
        raise NotAllowed(_("All 14 days of pause are used: ask your supervisor for more."))
    raise NotAllowed(
        ngettext(
            "Only %(left)d day of pause is left: ask your supervisor for more.",
            "Only %(left)d days of pause are left: ask your supervisor for more.",
            left,
        )
        % {"left": left}
    )


@transaction.atomic
def unsnooze(alert: Alert, *, actor: User, now: dt.datetime) -> Done:
    """End a running snooze: the dates not passed are free again, and the next rung waits a working day."""
    alert, calendar = _mine(alert, actor)
    if alert.snoozed_until is None:
        raise NotAllowed(_("This is not paused."))
    before = _columns(alert)
    give_back_snooze(alert, calendar.tz, now)
    hold = one_day_hold(alert, Hold.Why.SNOOZE, WorkDays(calendar), now)
    hold.save()
    # Told to nobody: who ended it knows.
    return _done(alert, EventKind.SNOOZE_ENDED, before, {"hold": hold.pk}, actor, now)


@transaction.atomic
def acknowledge(alert: Alert, *, actor: User, now: dt.datetime) -> Done:
    """Say "I'm on it": the next rung waits a working day, once an alert (A6)."""
    alert, calendar = _mine(alert, actor)
    if alert.acknowledged_at is not None:
        raise NotAllowed(
            _("%(name)s said so on %(date)s already.")
            % {
                "name": alert.acknowledged_by or _("Somebody"),
                "date": date_format(alert.acknowledged_at.astimezone(calendar.tz), "DATE_FORMAT"),
            }
        )
    before = _columns(alert)
    alert.acknowledged_by, alert.acknowledged_at = actor, now
    hold = one_day_hold(alert, Hold.Why.ACKNOWLEDGED, WorkDays(calendar), now)
    hold.save()
    return _done(alert, EventKind.ACKNOWLEDGED, before, {"hold": hold.pk}, actor, now)


@transaction.atomic
def dismiss(alert: Alert, *, reason: str, actor: User, now: dt.datetime) -> Done:
    """Accept a silence until its oldest part's interval, counted from today, has passed (A7). Needs a reason.

    The second between two attentions, and one after a climb, is the supervisor's to decide.
    """
    alert, calendar = _mine(alert, actor)
    if not reason.strip():
        raise ReasonNeeded(_("Say in a few words why this can wait."))
    if alert.dismissed_until is not None:
        raise NotAllowed(_("This is set aside already."))
    supervised = supervises(actor, alert.customer)
    if not supervised:
        _refuse_climbed_dismissal(alert)
    before = _columns(alert)
    give_back_snooze(alert, calendar.tz, now)
    alert.dismissed_until = dismissal_end(alert, now)
    alert.dismissed_by = actor
    alert.dismissals += 1
    data = {"until": alert.dismissed_until.isoformat(), "reason": reason.strip()}
    return _done(alert, EventKind.DISMISSED, before, data, actor, now, tell=not supervised)


def _refuse_climbed_dismissal(alert: Alert) -> None:
    if alert.rung > Rung.OWNER:
        raise NotAllowed(_("This has climbed: your supervisor decides whether it can wait."))
    earlier = AlertEvent.objects.filter(
        alert__customer=alert.customer_id, alert__family=Family.SILENCE, kind=EventKind.DISMISSED
    )
    attended_at = alert.customer.clock.last_attention_at
    if attended_at is not None:
        earlier = earlier.filter(at__gt=attended_at)
    if earlier.exists():
        raise NotAllowed(
            _("This was set aside once since the last contact: your supervisor decides about a second time.")
        )


def dismissal_end(alert: Alert, now: dt.datetime) -> dt.datetime:
    """Return when the interval of the oldest part, counted from today, has passed (A7, T2). UTC."""
    part = (
        Deadline.objects.filter(LIVE, alert=alert).order_by("due_at", "kind", "pk").select_related("calendar").first()
    )
    if part is None:
        raise NotAllowed(_("Nothing is owed here any more."))
    calendar = part.calendar
    today = reckoning.local_date(calendar, now)
    if part.unit == Unit.WORKING_DAYS and part.amount:
        return reckoning.add_working_days(calendar, today, part.amount)
    # A date that was agreed has no interval of its own: it was as long as it was.
    days = part.amount or (reckoning.local_date(calendar, part.due_at) - part.anchor_date).days
    return reckoning.add_calendar_days(calendar, today, max(1, days))


@transaction.atomic
def undo(event_id: int, *, actor: User, now: dt.datetime) -> bool:
    """Take back what `actor` did less than ten minutes ago, as if it had never been; False where that is over.

    Over too once something else happened to the alert, or the event was told or is being told just now.
    """
    mine = AlertEvent.objects.filter(pk=event_id, actor=actor, at__gt=now - UNDO_FOR, told_at__isnull=True)
    alert = Alert.objects.open().select_for_update(of=("self",)).filter(pk__in=mine.values("alert")).first()
    if alert is None:
        return False
    # Only telling locks events, on its way to alerts: waiting for it here could be waiting in a circle. What it holds
    # is being written into a mail.
    event = mine.select_for_update(skip_locked=True, of=("self",)).first()
    if event is None or "before" not in event.data or alert.events.filter(pk__gt=event.pk).exists():
        return False
    for name, value in event.data["before"].items():
        setattr(alert, name, _from_json(name, value))
    alert.save(update_fields=[name.removesuffix("_id") for name in _COLUMNS])
    Hold.objects.filter(pk=event.data.get("hold"), alert=alert).delete()
    event.delete()
    schedule(alert, now)
    return True


def supervises(actor: User, customer: Customer) -> bool:
    """Whether `actor` supervises the customer's team (else its owner's primary team), or administers."""
    if actor.is_administrator:
        return True
    if customer.team_id is not None:
        return customer.team_id in actor.supervised_team_ids
    teams = Membership.objects.filter(user=customer.owner_id, is_primary=True, team__in=actor.supervised_team_ids)
    return customer.owner_id is not None and teams.exists()


def _mine(alert: Alert, actor: User) -> tuple[Alert, Calendar]:
    """Lock the alert as it is now, if it is an open silence of a customer that the actor sees."""
    locked = (
        Alert.objects.select_for_update(of=("self",))
        .select_related("customer__clock__calendar", "acknowledged_by")
        .get(pk=alert.pk)
    )
    if not Customer.objects.visible_to(actor).filter(pk=locked.customer_id).exists():
        raise NotAllowed(_("This client is not yours to decide about."))
    if not locked.is_open:
        raise NotAllowed(_("This has been settled in the meantime."))
    if locked.family != Family.SILENCE:
        raise NotAllowed(_("Somebody waits for this: it cannot be put off."))
    return locked, locked.customer.clock.calendar


def _done(
    alert: Alert,
    kind: EventKind,
    before: dict[str, Any],
    data: dict[str, Any],
    actor: User,
    now: dt.datetime,
    *,
    tell: bool = False,
) -> Done:
    alert.save(update_fields=[name.removesuffix("_id") for name in _COLUMNS])
    event = journal.note(alert, kind, at=now, actor=actor, data=data | {"before": before}, tell=tell)
    schedule(alert, now)
    return Done(alert, event)


def _columns(alert: Alert) -> dict[str, Any]:
    """The columns as JSON keeps them."""
    values = {name: getattr(alert, name) for name in _COLUMNS}
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()}


def _from_json(name: str, value: Any) -> Any:
    is_instant = name.endswith(("_until", "_at"))
    return dt.datetime.fromisoformat(value) if is_instant and value is not None else value
