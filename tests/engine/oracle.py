"""The oracle: what the clock, the deadlines and the alerts of each client must be, by ENGINE's rules alone.

It reads the rows of what people did (interactions, clients, policies, calendars, tasks, dates agreed) and walks over
them; it never asks the engine. What depends on the way there, `not_before` (A8), it keeps for itself.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from accounts.models import Absence, Membership, Team
from crm.models import AgreedDate, Customer, Interaction, NoFollowUp, Task
from retention.models import AttentionPolicy
from tests.engine.days import Days, days_of

FAMILY = {"attention": "silence", "personal": "silence"}
MISSED = {"missed", "message_for_us", "unanswered"}
TRIED = {"no_answer", "left_message", "cancelled"}
WRITTEN = {"chat", "email", "letter"}


def class_of(channel: str, direction: str, outcome: str, mass: bool) -> str:
    """The table "What counts"."""
    if mass:
        return "nothing"
    if (direction, outcome) in {("out", "reached"), ("in", "answered")}:
        return "personal" if channel in {"visit", "video"} else "attention"
    if direction == "in":
        return "inbound" if outcome in MISSED else "nothing"
    if outcome in TRIED or (outcome == "awaiting" and channel in WRITTEN):
        return "attempt"
    return "marks_address" if outcome in {"wrong_number", "bounced"} else "nothing"


@dataclass(frozen=True)
class Event:
    """An interaction as it counts."""

    pk: int
    counts: str
    at: dt.datetime
    date: dt.date
    direction: str
    entered_at: dt.datetime
    fulfils: int | None

    @property
    def order(self) -> tuple[dt.datetime, int]:
        return (self.at, self.pk)

    @property
    def is_attention(self) -> bool:
        return self.counts in {"attention", "personal"}


@dataclass(frozen=True)
class Owed:
    """A deadline that must be open."""

    customer: int
    kind: str
    key: str
    anchor: dt.datetime
    due: dt.datetime
    opens: dt.datetime
    not_before: dt.datetime | None = None

    @property
    def promise(self) -> tuple[Any, ...]:
        return (self.kind, self.key, self.anchor, self.due, self.opens)

    @property
    def alert_from(self) -> dt.datetime:
        return max(self.opens, self.not_before or self.opens)

    @property
    def soon(self) -> dt.datetime:
        """T1, in whole seconds."""
        return self.anchor + dt.timedelta(seconds=int((self.due - self.anchor).total_seconds()) * 4 // 5)


@dataclass(frozen=True)
class Facts:
    """What the clock says has happened: (instant, id) of the latest of each class, and the attempts since."""

    attention: Event | None
    personal: Event | None
    attempt: Event | None
    inbound: Event | None
    attempts: int
    attempt_days: int


class World:
    """The rows, read once."""

    def __init__(self) -> None:
        self.customers: dict[int, Mapping[str, Any]] = {row["id"]: row for row in Customer.objects.values()}
        teams: dict[int | None, int] = dict(Team.objects.values_list("pk", "calendar"))
        default = Team.objects.get(is_default=True).calendar_id
        primary: dict[int | None, int] = dict(Membership.objects.filter(is_primary=True).values_list("user", "team"))
        self.calendar_id = {
            pk: teams.get(row["team_id"] or primary.get(row["owner_id"]), default) for pk, row in self.customers.items()
        }
        self.days = days_of(sorted(set(self.calendar_id.values())))
        self.policies = list(AttentionPolicy.objects.filter(current=True).values())
        self.agreed = {row["customer_id"]: row for row in AgreedDate.objects.filter(withdrawn_at=None).values()}
        self.waived = {row["customer_id"]: row for row in NoFollowUp.objects.filter(until_at=None).values()}
        self.tasks = list(Task.objects.filter(promised=True, done_at=None, cancelled_at=None).values())
        self.events: dict[int, list[Event]] = defaultdict(list)
        for row in Interaction.objects.filter(deleted_at=None).order_by("pk").values():
            self.events[row["customer_id"]].append(self._event(row))

    def calendar(self, customer: int) -> Days:
        return self.days[self.calendar_id[customer]]

    def _event(self, row: Mapping[str, Any]) -> Event:
        counts = class_of(row["channel"], row["direction"], row["outcome"], row["mass"])
        at = (row["answered_at"] if counts in {"attention", "personal"} else None) or row["at"]
        date = self.calendar(row["customer_id"]).date_of(at)
        return Event(row["id"], counts, at, date, row["direction"], row["entered_at"], row["fulfils_id"])

    def policy(self, customer: int) -> Mapping[str, Any]:
        segment = self.customers[customer]["segment_id"]
        own = [row for row in self.policies if row["customer_id"] == customer]
        shared = [row for row in self.policies if segment and row["segment_id"] == segment]
        everybody = [row for row in self.policies if not row["segment_id"] and not row["customer_id"]]
        return (own + shared + everybody)[0]

    def is_active(self, customer: int) -> bool:
        row = self.customers[customer]
        return row["archived_at"] is None and row["stage"] not in {"leaving", "departed"}

    def facts(self, customer: int) -> Facts:
        events = sorted(self.events[customer], key=lambda event: event.order)

        def latest(found: Iterable[Event]) -> Event | None:
            return max(found, key=lambda event: event.order, default=None)

        attention = latest(event for event in events if event.is_attention)
        tries = [e for e in events if e.counts == "attempt" and (attention is None or e.at > attention.at)]
        return Facts(
            attention,
            latest(event for event in events if event.counts == "personal"),
            latest(event for event in events if event.counts == "attempt"),
            latest(event for event in events if event.direction == "in"),
            len(tries),
            len({event.date for event in tries}),
        )

    def owed(self) -> dict[tuple[str, str], Owed]:
        """Everything that must be open and is not waiting for a farewell."""
        found: list[Owed] = []
        for customer in self.customers:
            found += self._silences(customer) + self._call_back(customer) + self._review(customer)
        found += [owed for row in self.tasks for owed in self._promise(row)]
        return {(owed.kind, owed.key): owed for owed in found}

    def standing_date(self, customer: int) -> dt.date | None:
        """S3: agreed, and no attention on or after its day or said to be it."""
        agreed = self.agreed.get(customer)
        if agreed is None:
            return None
        for event in self.events[customer]:
            if event.is_attention and (event.date >= agreed["day"] or event.fulfils == agreed["id"]):
                return None
        return agreed["day"]

    def _silences(self, customer: int) -> list[Owed]:
        if not self.is_active(customer) or customer in self.waived:
            return []
        policy, facts, agreed = self.policy(customer), self.facts(customer), self.standing_date(customer)
        anchor, days, first_days = self._attention_terms(customer, policy, facts)
        calendar = self.calendar(customer)
        date = self._interval_after(calendar, anchor, days, policy["attention_unit"])
        if first_days is not None:
            date = min(date, calendar.day_after(calendar.date_of(anchor), first_days, working=True))
        found = [self._silence(customer, "attention", anchor, agreed or date, policy)]
        if policy["personal_amount"]:
            anchor = self._anchor(customer, facts.personal)
            days = self._slot(customer, facts, policy["personal_amount"])
            date = self._interval_after(calendar, anchor, days, policy["personal_unit"])
            found.append(self._silence(customer, "personal", anchor, max(date, agreed or date), policy))
        return found

    def _attention_terms(
        self, customer: int, policy: Mapping[str, Any], facts: Facts
    ) -> tuple[dt.datetime, int, int | None]:
        """The anchor, the interval and the working days within which a first or returning contact is due."""
        row = self.customers[customer]
        anchor, days = self._anchor(customer, facts.attention), policy["attention_amount"]
        if row["returned_at"] and (facts.attention is None or facts.attention.at < row["returned_at"]):
            return anchor, days, 5
        if facts.attention is None and not row["import_n"]:
            return anchor, days, policy["welcome_days"]
        return anchor, self._slot(customer, facts, days), None

    def _anchor(self, customer: int, last: Event | None) -> dt.datetime:
        """T4."""
        row = self.customers[customer]
        anchor: dt.datetime = last.at if last else row["added_at"]
        return max(anchor, row["returned_at"] or anchor) if last else row["returned_at"] or anchor

    def _slot(self, customer: int, facts: Facts, days: int) -> int:
        """T8: of an import's never contacted, the kth of n is due ⌈k·N/n⌉ days after it."""
        row = self.customers[customer]
        if facts.attention is not None or not row["import_n"] or row["returned_at"]:
            return days
        return int(-(-row["import_k"] * days // row["import_n"]))

    def _interval_after(self, calendar: Days, anchor: dt.datetime, days: int, unit: str) -> dt.date:
        return calendar.day_after(calendar.date_of(anchor), days, working=unit == "working_days")

    def _silence(self, customer: int, kind: str, anchor: dt.datetime, date: dt.date, policy: Mapping[str, Any]) -> Owed:
        calendar = self.calendar(customer)
        grace = policy["grace_days"]
        opens = calendar.opening_after(date, grace) if grace else calendar.alert_opening(date)
        return Owed(customer, kind, f"customer:{customer}", anchor, calendar.closing(date), opens)

    def _call_back(self, customer: int) -> list[Owed]:
        """W2, A12."""
        row, calendar, facts = self.customers[customer], self.calendar(customer), self.facts(customer)
        waiting = [
            event
            for event in self.events[customer]
            if event.counts == "inbound"
            and (facts.attention is None or event.order > facts.attention.order)
            and (row["departed_at"] is None or event.at >= row["departed_at"])
            and event.entered_at <= calendar.closing(calendar.day_after(event.date, 5, working=True))
        ]
        if not waiting or row["archived_at"]:
            return []
        first = min(waiting, key=lambda event: event.order)
        due = calendar.after_seconds(first.at, self.policy(customer)["call_back_hours"] * 3600)
        tries = sorted(e.order for e in self.events[customer] if e.counts == "attempt" and e.at > first.at)[:3]
        for at, _pk in tries:
            due = max(due, calendar.closing(calendar.day_after(calendar.date_of(at), 1, working=True)))
        return [Owed(customer, "call_back", f"customer:{customer}", first.at, due, first.at)]

    def _review(self, customer: int) -> list[Owed]:
        waived = self.waived.get(customer)
        if waived is None or not self.is_active(customer):
            return []
        calendar = self.calendar(customer)
        due = calendar.closing(waived["review_on"])
        opens = calendar.alert_opening(waived["review_on"])
        return [Owed(customer, "review", f"customer:{customer}", min(waived["from_at"], due), due, opens)]

    def _promise(self, task: Mapping[str, Any]) -> list[Owed]:
        row = self.customers[task["customer_id"]]
        if row["archived_at"] or row["stage"] == "departed":
            return []
        calendar = self.calendar(row["id"])
        due, opens = calendar.closing(task["due_on"]), calendar.alert_opening(task["due_on"])
        return [Owed(row["id"], "promise", f"task:{task['id']}", min(task["created_at"], due), due, opens)]


class Oracle:
    """Follows a world from change to change, and keeps what the rows alone do not say."""

    def __init__(self) -> None:
        self.world = World()
        self.open: dict[tuple[str, str], Owed] = {}
        self.opened: set[tuple[Any, ...]] = set()
        self.last_opened: set[tuple[Any, ...]] = set()
        self.told: dict[tuple[Any, ...], dt.datetime | None] = {}
        self.follow(dt.datetime.min.replace(tzinfo=dt.UTC))

    def follow(self, now: dt.datetime, *, gentle: bool = False, removal: bool = False) -> None:
        """Take in a change made at `now`; `gentle` where it falls under A8, `removal` of a contact (W7)."""
        before, self.world = self.open, World()
        # A promise that comes back by an undo keeps its `not_before`.
        self.open = {
            name: replace(owed, not_before=self.told.get(owed.promise)) for name, owed in self.world.owed().items()
        }
        if gentle:
            self._put_off(before, now)
        opened = {
            owed.promise
            for name, owed in self.open.items()
            if owed.promise in self.opened or self._takes_part(before.get(name), owed, now)
        }
        alive = {self._alert(owed) for owed in self.open.values() if owed.promise in opened}
        stood = {owed.promise for owed in before.values()}
        back = [o for o in self.open.values() if o.promise in self.last_opened and o.promise not in stood]
        self.opened = opened | {owed.promise for owed in back if removal or self._alert(owed) in alive}
        self._remember()
        self.told |= {owed.promise: owed.not_before for owed in self.open.values()}

    def _takes_part(self, before: Owed | None, owed: Owed, now: dt.datetime) -> bool:
        """W6: what is overdue still takes the place of the part before it."""
        return before is not None and before.promise in self.opened and owed.alert_from <= now

    def swept(self, now: dt.datetime) -> None:
        self.opened = {owed.promise for owed in self.open.values() if owed.alert_from <= now}
        self._remember()

    def _remember(self) -> None:
        """Which promises were part of an alert when they were last owed."""
        self.last_opened = self.last_opened - {owed.promise for owed in self.open.values()} | self.opened

    def alerts(self) -> set[tuple[str, str]]:
        """(family, subject) of the alerts that must be open after a sweep."""
        return {self._alert(owed) for owed in self.open.values() if owed.promise in self.opened}

    def _alert(self, owed: Owed) -> tuple[str, str]:
        return (FAMILY.get(owed.kind, owed.kind), owed.key)

    def silences(self, customer: int) -> list[Owed]:
        """The open silence deadlines, the one due first before the other."""
        found = [self.open.get((kind, f"customer:{customer}")) for kind in ("attention", "personal")]
        return sorted(filter(None, found), key=lambda owed: (owed.due, owed.kind))

    def state(self, customer: int, now: dt.datetime) -> str:
        """S1."""
        silences = self.silences(customer)
        if not silences:
            return "nocadence"
        if now >= min(owed.due for owed in silences):
            return "overdue"
        return "soon" if now >= min(owed.soon for owed in silences) else "fine"

    def _put_off(self, before: Mapping[tuple[str, str], Owed], now: dt.datetime) -> None:
        """A8: what is new or would open earlier within 5 working days is spread per acting owner."""
        shares: dict[Any, dict[int, list[Owed]]] = defaultdict(lambda: defaultdict(list))
        for name, owed in self.open.items():
            old, calendar = before.get(name), self.world.calendar(owed.customer)
            if owed.kind not in FAMILY or (old is not None and old.promise == owed.promise):
                continue
            if old is not None and (old.promise in self.opened or owed.opens >= old.alert_from):
                continue
            if owed.opens < calendar.opening_after(calendar.date_of(now), 5):
                shares[self._acting(owed.customer, now)][owed.customer].append(owed)
        for share in shares.values():
            order = sorted(share, key=lambda one: (min(owed.anchor for owed in share[one]), one))
            for k, customer in enumerate(order):
                calendar = self.world.calendar(customer)
                at = calendar.opening_after(calendar.date_of(now), 5 + 16 * k // len(order))
                for owed in share[customer]:
                    name = (owed.kind, owed.key)
                    latest = min(at, before[name].alert_from) if name in before else at
                    self.open[name] = replace(owed, not_before=latest if latest > owed.opens else None)

    def _acting(self, customer: int, now: dt.datetime) -> tuple[str, int | None]:
        """A10: who acts for the owner, else the queue of the team."""
        row = self.world.customers[customer]
        person: int | None = row["owner_id"]
        seen = 0
        away = {
            absence.user_id: absence.cover_id
            for absence in Absence.objects.order_by("starts_at", "pk")
            if absence.starts_at <= now and (absence.ends_at is None or absence.ends_at > now)
        }
        while person in away and seen < 4:
            person, seen = away[person], seen + 1
        if person is None or person in away:
            return ("queue", row["team_id"])
        return ("person", person)
