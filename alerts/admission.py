"""A4: each morning the few silences that most need it are told to the person who acts; the others wait their turn."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value

from accounts.acting import acting_map
from accounts.again import again
from accounts.models import Membership, User
from alerts import journal
from alerts.choices import EventKind, Family, Rung
from alerts.insert_select import insert_select
from alerts.ladder_terms import per_morning
from alerts.models import Alert, AlertEvent, Morning
from alerts.mornings import Rhythm, ensure_mornings, rhythms_of
from alerts.order import ranked
from alerts.quiet_mornings import hold_quiet
from alerts.weekly import begins_week, plan_weeks
from crm.models import Clock

log = logging.getLogger(__name__)

#: How long a morning that fails is put off.
PUT_OFF = dt.timedelta(hours=1)
#: Plans a morning's mail, in the transaction that admits: `plan(morning, admitted events, now)`.
Plan = Callable[[Morning, Sequence[AlertEvent], dt.datetime], Any]


def _plan_by_mail(morning: Morning, admitted: Sequence[AlertEvent], now: dt.datetime) -> Any:
    # Telling reads the ladder, which stands below this module.
    from alerts.tell import plan_morning

    return plan_morning(morning, admitted, now)


def _plan_at_once(morning: Morning, admitted: Sequence[AlertEvent], now: dt.datetime) -> Any:
    from alerts.tell import plan_morning

    return plan_morning(morning, admitted, now, at_once=True)


def admit_due(now: dt.datetime, *, plan: Plan = _plan_by_mail) -> int:
    """Hold every morning whose hour has come; returns how many were admitted.

    Those with nothing to say are held together, each of the others in a transaction of its own. One that fails is put
    off an hour, the others are held, and the first error is raised at the end.
    """
    ensure_mornings(now)
    due = _by_hour(Morning.objects.filter(next_at__lte=now))
    if not due:
        return 0
    firm = Acting.read(now)
    coming = list(zip(due, rhythms_of(due, now), strict=True))
    quiet = hold_quiet(coming, firm.owners_of, firm.queued, now)
    admitted, errors = 0, list[Exception]()
    # Who supervises comes after those of the same hour: they read how many were passed over.
    coming.sort(key=lambda pair: (pair[0].next_at, pair[0].user is not None and pair[0].user.is_supervisor))
    for one, rhythm in coming:
        if one.pk in quiet:
            continue
        try:
            admitted += again(partial(_hold_due, one.pk, rhythm, firm, now, plan))
        except Exception as error:
            log.exception("The %s failed; it is put off an hour.", one)
            Morning.objects.filter(pk=one.pk).update(next_at=now + PUT_OFF)
            errors.append(error)
    if errors:
        raise errors[0]
    return admitted


def admit_for_tell(now: dt.datetime, *, plan: Plan = _plan_at_once) -> int:
    """Hold today's morning of everybody now, on a closed day the next working day's; one that was held, no more."""
    ensure_mornings(now)
    firm = Acting.read(now)
    mornings = _by_hour(Morning.objects.all())
    rhythms = rhythms_of(mornings, now)
    return sum(_hold_early(one.pk, rhythm, firm, now, plan) for one, rhythm in zip(mornings, rhythms, strict=True))


def _by_hour(mornings: QuerySet[Morning]) -> list[Morning]:
    return list(mornings.select_related("user", "team__calendar").order_by("next_at", "pk"))


@dataclass
class Acting:
    """Who acts for which owners at an instant, and whose clients are a queue's (A10, A11). Read once a run."""

    owners_of: dict[int, list[int]]
    queued: list[int]
    primary: dict[int, int]
    most: int
    """How many silences a morning admits."""

    @classmethod
    def read(cls, now: dt.datetime) -> Acting:
        acting = acting_map(User.objects.values_list("pk", flat=True), now)
        owners_of: dict[int, list[int]] = {}
        for owner, who in acting.items():
            if who is not None:
                owners_of.setdefault(who, []).append(owner)
        queued = [owner for owner, who in acting.items() if who is None]
        primary = Membership.objects.filter(user__in=queued, is_primary=True).values_list("user_id", "team_id")
        return cls(owners_of, queued, dict(primary), per_morning())

    def clients_of(self, morning: Morning) -> Q:
        """Which clocks' silences this morning admits."""
        if morning.team is None:
            return Q(owner__in=self.owners_of.get(morning.user_id or 0, []))
        nobody = Q(owner__isnull=True) | Q(owner__in=self.queued)
        team = morning.team
        of_owners = [owner for owner, primary in self.primary.items() if primary == team.pk]
        theirs = Q(team=team) | Q(team__isnull=True, owner__in=of_owners)
        if team.is_default:
            homeless = [owner for owner in self.queued if owner not in self.primary]
            theirs |= Q(team__isnull=True) & (Q(owner__isnull=True) | Q(owner__in=homeless))
        return nobody & theirs


def _claim(pk: int) -> Morning | None:
    """Lock a morning, unless another worker holds it; one of somebody who is gone is removed."""
    morning = (
        Morning.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("user", "team__calendar")
        .filter(pk=pk)
        .first()
    )
    if morning is not None and morning.user is not None and not morning.user.is_active:
        morning.delete()
        return None
    return morning


def _hold_due(pk: int, rhythm: Rhythm, firm: Acting, now: dt.datetime, plan: Plan) -> int:
    """Hold a morning whose hour has come. One missed on an earlier day waits for the hour of the next."""
    with transaction.atomic():
        morning = _claim(pk)
        if morning is None or morning.next_at > now:
            return 0
        day = rhythm.next_day(now, morning.last_on)
        if rhythm.on(day) > now:
            morning.next_at = rhythm.on(day)
            morning.save(update_fields=["next_at"])
            return 0
        return _hold(morning, rhythm, day, firm, now, plan)


def _hold_early(pk: int, rhythm: Rhythm, firm: Acting, now: dt.datetime, plan: Plan) -> int:
    with transaction.atomic():
        morning = _claim(pk)
        if morning is None:
            return 0
        day = rhythm.first_day(rhythm.today(now))
        if morning.last_on is not None and morning.last_on >= day:
            return 0
        return _hold(morning, rhythm, day, firm, now, plan)


def _hold(morning: Morning, rhythm: Rhythm, day: dt.date, firm: Acting, now: dt.datetime, plan: Plan) -> int:
    admitted = admit_now(morning, firm, now)
    plan(morning, admitted, now)
    if morning.user is not None and begins_week(morning.last_on, day):
        plan_weeks([morning.user], now)
    morning.last_on = day
    morning.next_at = rhythm.after(now, day)
    morning.save(update_fields=["last_on", "next_at"])
    return len(admitted)


class _Silence(NamedTuple):
    """An open silence, as A4's order reads it."""

    pk: int
    customer_id: int
    key: bool
    admitted_at: dt.datetime | None
    snoozed_until: dt.datetime | None
    dismissed_until: dt.datetime | None
    anchor_at: dt.datetime | None
    due_at: dt.datetime | None
    value: Decimal | None
    currency: str

    @property
    def waits(self) -> bool:
        return self.admitted_at is None and self.snoozed_until is None and self.dismissed_until is None


_COLUMNS = (
    *("pk", "customer_id", "customer__key", "admitted_at", "snoozed_until", "dismissed_until"),
    *(f"customer__clock__{name}" for name in ("anchor_at", "due_at", "value", "currency")),
)


def admit_now(morning: Morning, firm: Acting, now: dt.datetime) -> list[AlertEvent]:
    """Admit the most pressing silences of whoever this morning is, and key clients beyond; mark who was passed over.

    Inside the caller's transaction. The number of queries does not grow with the silences.
    """
    clocks = Clock.objects.filter(firm.clients_of(morning))
    # The usual morning: nobody waits.
    if not Alert.objects.waiting().filter(family=Family.SILENCE, customer__clock__in=clocks).exists():
        return []
    theirs = Alert.objects.open().filter(family=Family.SILENCE, customer__clock__in=clocks)
    silences = [_Silence(*row) for row in theirs.values_list(*_COLUMNS)]
    in_turn = [place.row for place in ranked(silences, now) if place.row.waits]
    Alert.objects.filter(pk__in=[row.pk for row in in_turn]).lock()
    chosen = [row.pk for row in in_turn if row.key]
    chosen += [row.pk for row in in_turn if not row.key][: firm.most]
    admitted = _admit(chosen, now)
    _pass_over({row.pk for row in in_turn} - set(chosen), now)
    return admitted


def admit_key(alert_ids: Iterable[int], now: dt.datetime) -> int:
    """A4: admit silences of key clients at once, beyond the five; the others among `alert_ids` wait for a morning."""
    keys = Alert.objects.open().filter(pk__in=list(alert_ids), family=Family.SILENCE, customer__key=True)
    with transaction.atomic():
        return len(_admit(list(keys.values_list("pk", flat=True)), now))


def _admit(alert_ids: Sequence[int], now: dt.datetime) -> list[AlertEvent]:
    if not alert_ids:
        return []
    alerts = list(Alert.objects.waiting().filter(pk__in=alert_ids).order_by("pk").select_for_update())
    for alert in alerts:
        alert.admitted_at = alert.rung_at = now
        alert.rung, alert.reached_at = Rung.OWNER, None
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(
        admitted_at=now, rung=Rung.OWNER, rung_at=now, reached_at=None
    )
    turn = {pk: place for place, pk in enumerate(alert_ids)}
    alerts.sort(key=lambda alert: turn[alert.pk])
    return journal.note_many([(alert, EventKind.ADMITTED, {}) for alert in alerts], at=now)


def _pass_over(alert_ids: set[int], now: dt.datetime) -> None:
    """Mark those who wait their turn, from the first morning that passed them over."""
    if not alert_ids:
        return
    first = Alert.objects.open().filter(pk__in=alert_ids, passed_over_at__isnull=True)
    insert_select(
        AlertEvent,
        {
            "alert_id": F("pk"),
            "kind": Value(EventKind.PASSED_OVER.value),
            "at": Value(now, DateTimeField()),
            "rung": F("rung"),
            "data": Value({}, AlertEvent._meta.get_field("data")),
            "tell": Value(False),
        },
        first,
    )
    first.update(passed_over_at=now)
