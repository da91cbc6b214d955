"""Whom an event is told: by what happened, the rung, the owner and who acts for them (A3, A9, A11, A13, W2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accounts.acting import acting_map
from accounts.models import Membership, User
from alerts.choices import CloseReason, EventKind, Family, Rung
from alerts.models import AlertEvent, DeliveryItem
from crm.models import Customer, Task

#: Told to everybody that the alert stands with: its owner and those on its rung.
TO_ITS_LADDER = {EventKind.SNOOZE_ENDED, EventKind.DISMISS_ENDED, EventKind.REOPENED}
#: A line for the supervisors, whatever the rung (A7, S3).
TO_SUPERVISORS = {EventKind.DISMISSED, EventKind.DATE_AGREED}
#: Told to whom its rung names.
BY_RUNG = {EventKind.OPENED, EventKind.ADMITTED, EventKind.DUE, EventKind.CLIMBED}
#: What somebody did themselves is no news to them.
NO_NEWS_TO_ACTOR = {
    EventKind.REASSIGNED,
    EventKind.DISMISSED,
    EventKind.DATE_AGREED,
    EventKind.CLOSED,
    EventKind.REOPENED,
}

WEEKLY = "weekly"
NOBODY = "nobody"
TOLD_BEFORE = "told on a lower rung"
OWN_DOING = "their own doing"


@dataclass(frozen=True)
class Told:
    """The people to tell of one event, or why there is nobody."""

    people: tuple[User, ...] = ()
    why: str = ""


def recipients(event: AlertEvent, now: dt.datetime) -> list[User]:
    """Return whom to tell of one event; it need not be saved. At most eight queries."""
    return list(recipients_of([event], now)[0].people)


def recipients_of(events: Sequence[AlertEvent], now: dt.datetime) -> list[Told]:
    """Return whom to tell of each event, in the order given. At most eight queries, however many events.

    Give them with `select_related("alert__customer")`.
    """
    firm = _Firm.load(events, now)
    return [firm.whom(event) for event in events]


def queue_people(team_id: int | None, now: dt.datetime, *, demo: bool = False) -> list[User]:
    """Return A11's people of a team's queue: its supervisors who are present or covered, else administrators."""
    firm = _Firm(now=now)
    firm.read_people({team_id} if team_id else set(), set())
    return firm.people(firm.queue(team_id, demo=demo))


def _teams(customers: Iterable[Customer]) -> set[int]:
    return {customer.team_id for customer in customers if customer.team_id}


@dataclass
class _Firm:
    """What the answers need of people and teams, read once for all events."""

    now: dt.datetime
    users: dict[int, User] = field(default_factory=dict)
    acting: dict[int, int | None] = field(default_factory=dict)
    primary: dict[int, int] = field(default_factory=dict)
    supervisors: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    administrators: list[int] = field(default_factory=list)
    task_owner: dict[int, int | None] = field(default_factory=dict)
    told_lower: dict[int, list[tuple[int, int, dt.datetime]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, events: Sequence[AlertEvent], now: dt.datetime) -> _Firm:
        firm = cls(now=now)
        customers = [event.alert.customer for event in events]
        firm.read_task_owners(events)
        owners = {customer.owner_id for customer in customers} | set(firm.task_owner.values())
        known = {owner for owner in owners if owner is not None}
        firm.primary = dict(
            Membership.objects.filter(user__in=known, is_primary=True).values_list("user_id", "team_id")
        )
        firm.read_people(_teams(customers) | set(firm.primary.values()), known)
        firm.read_told(events)
        return firm

    def read_task_owners(self, events: Sequence[AlertEvent]) -> None:
        tasks = {_task_id(event) for event in events if event.alert.family == Family.PROMISE}
        if tasks:
            self.task_owner = dict(Task.objects.filter(pk__in=tasks).values_list("pk", "owner_id"))

    def read_people(self, teams: set[int], others: set[int]) -> None:
        """Read the supervisors of the teams, the administrators, and who acts for all of them and for `others`."""
        rows = Membership.objects.filter(team__in=teams, supervises=True, user__is_active=True)
        for team, user in rows.order_by("pk").values_list("team_id", "user_id"):
            self.supervisors[team].append(user)
        self.administrators = list(User.objects.administrators().order_by("pk").values_list("pk", flat=True))
        everybody = others | set(self.administrators) | {one for many in self.supervisors.values() for one in many}
        self.acting = acting_map(everybody, self.now)
        wanted = everybody | {one for one in self.acting.values() if one is not None}
        self.users = User.objects.filter(is_active=True).in_bulk(wanted)

    def read_told(self, events: Sequence[AlertEvent]) -> None:
        """Read who was told on which rung when, for the alerts that climb."""
        climbing = {
            event.alert_id
            for event in events
            if event.kind == EventKind.CLIMBED and event.alert.family != Family.CALL_BACK
        }
        if climbing:
            told = DeliveryItem.objects.filter(event__alert__in=climbing, withheld="")
            rows = told.values_list("event__alert_id", "recipient_id", "event__rung", "event__at")
            for alert, user, rung, at in rows:
                self.told_lower[alert].append((user, rung, at))

    def people(self, ids: Iterable[int]) -> list[User]:
        return [self.users[one] for one in dict.fromkeys(ids) if one in self.users]

    def present(self, ids: Iterable[int]) -> list[int]:
        """Who acts for each of those who are present or covered."""
        acting = (self.acting.get(one) for one in ids)
        return [one for one in acting if one is not None]

    def fitting(self, ids: Iterable[int], *, demo: bool) -> list[int]:
        """Demo clients concern demo people only, and real ones never do."""
        return [one for one in ids if one in self.users and self.users[one].is_demo == demo]

    def supervisors_of(self, customer: Customer, owner_id: int | None) -> list[int]:
        team = customer.team_id or self.primary.get(owner_id or 0)
        return self.fitting(self.present(self.supervisors.get(team or 0, [])), demo=customer.is_demo)

    def queue(self, team_id: int | None, *, demo: bool) -> list[int]:
        """A11's people."""
        found = self.fitting(self.present(self.supervisors.get(team_id or 0, [])), demo=demo)
        return found or self.all_administrators(demo=demo)

    def all_administrators(self, *, demo: bool) -> list[int]:
        """The administrators present or covered; with nobody of those, all of them: somebody must know."""
        return self.fitting(self.present(self.administrators), demo=demo) or self.fitting(
            self.administrators, demo=demo
        )

    def owner_of(self, event: AlertEvent) -> int | None:
        """A promise is its task's owner's (A13), all else the client's owner's."""
        customer_owner = event.alert.customer.owner_id
        if event.alert.family != Family.PROMISE:
            return customer_owner
        return self.task_owner.get(_task_id(event)) or customer_owner

    def for_owner(self, event: AlertEvent) -> list[int]:
        customer, owner = event.alert.customer, self.owner_of(event)
        acting = self.acting.get(owner) if owner is not None else None
        if acting is not None:
            return [acting]
        return self.queue(customer.team_id or self.primary.get(owner or 0), demo=customer.is_demo)

    def on_rung(self, event: AlertEvent, rung: int) -> list[int]:
        customer = event.alert.customer
        if rung <= Rung.OWNER:
            return self.for_owner(event)
        if rung == Rung.SUPERVISOR:
            return self.supervisors_of(customer, self.owner_of(event))
        return self.all_administrators(demo=customer.is_demo)

    def candidates(self, event: AlertEvent) -> list[int]:
        if event.kind in TO_SUPERVISORS or event.data.get("reason") == CloseReason.DATE_AGREED:
            return self.on_rung(event, Rung.SUPERVISOR)
        if event.kind in TO_ITS_LADDER:
            # A silence's administrators read it in their weekly mail only.
            last = Rung.ADMINISTRATORS if event.alert.family == Family.CALL_BACK else Rung.SUPERVISOR
            rungs = range(Rung.OWNER, max(Rung.OWNER, min(event.alert.rung, last)) + 1)
            return [one for rung in rungs for one in self.on_rung(event, rung)]
        return self.on_rung(event, event.rung if event.kind in BY_RUNG else Rung.OWNER)

    def whom(self, event: AlertEvent) -> Told:
        alert = event.alert
        is_by_rung = event.kind in BY_RUNG
        if is_by_rung and event.rung == Rung.ADMINISTRATORS and alert.family != Family.CALL_BACK:
            return Told(why=WEEKLY)
        found = self.candidates(event)
        if not found:
            return Told(why=NOBODY)
        if event.kind in NO_NEWS_TO_ACTOR:
            found = [one for one in found if one != event.actor_id]
            if not found:
                return Told(why=OWN_DOING)
        news = self.not_told_before(event, found)
        return Told(tuple(self.people(news))) if news else Told(why=TOLD_BEFORE)

    def not_told_before(self, event: AlertEvent, found: list[int]) -> list[int]:
        """A3: a climb is told to those not told on a lower rung since the alert's admission."""
        if event.kind != EventKind.CLIMBED or event.alert.family == Family.CALL_BACK:
            return found
        since = event.alert.admitted_at or event.alert.opened_at
        told = {user for user, rung, at in self.told_lower[event.alert_id] if rung < event.rung and at >= since}
        return [one for one in found if one not in told]


def _task_id(event: AlertEvent) -> int:
    """The number of 'task:7'."""
    return int(event.alert.subject_key.rpartition(":")[2])
