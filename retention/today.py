"""What Today gathers for one person: who waits, who is due, what is promised, in the order to act (A4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.working_time import working_seconds_between
from accounts.zones import country_of
from alerts.choices import Family, Kind
from alerts.models import Alert, Deadline
from alerts.order import gap_ratio, ranked
from crm.before_call import BeforeCall, Manner
from crm.day_words import clock_time, local_day, moment, span
from crm.listing import View
from crm.models import Clock, Customer
from crm.models.clock import State
from crm.phones import first_numbers, spoken
from crm.sentence import Fact, call_back_facts, facts_of, with_facts
from crm.their_time import their_time
from crm.waits import waits_of

#: Rows of a group; the rest is behind "n more".
SHOWN = 20
#: Of somebody's overdue clients, so many (longest due first) are put in order: the cost has a ceiling.
ORDERED = 2000


@dataclass
class Row:
    """One client to act on: why, how long, whom to call. `alert_id`: its silence, where one is open."""

    clock: Clock
    facts: list[Fact]
    state: str
    ratio: float | None
    words: str
    label: str = ""
    phone: str = ""
    phone_words: str = ""
    alert_id: int | None = None
    before: BeforeCall | None = None

    @property
    def customer(self) -> Customer:
        return self.clock.customer

    @property
    def never(self) -> bool:
        return self.clock.last_attention_at is None

    @property
    def no_owner(self) -> bool:
        return self.clock.owner_id is None


@dataclass
class Group:
    """Rows in the order to act, and how many there are in all. `name`: call_back, overdue or soon."""

    name: str
    count: int
    rows: list[Row] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.rows)

    @property
    def url(self) -> str:
        """The customer list of all of them."""
        return View(among=name_of(self.name)).address()


@dataclass
class Day:
    """Who needs a person today. `clients` counts those one acts for; `quiet` the overdue ones snoozed or accepted."""

    groups: list[Group]
    clients: int
    quiet: int
    next_due: dt.datetime | None

    @property
    def quiet_url(self) -> str:
        """The customer list of the quiet ones."""
        return View(among=name_of("quiet")).address()

    @property
    def waiting(self) -> int:
        return sum(group.count for group in self.groups)

    def count(self, name: str) -> int:
        return next((group.count for group in self.groups if group.name == name), 0)


def acts_for(user: User, prefix: str = "") -> Q:
    """The clients one acts for: one's own, those of somebody covered, the queue of one's teams (A10, A11)."""
    own = Q(**{f"{prefix}owner__in": user.acting_for_ids})
    return own | Q(**{f"{prefix}owner__isnull": True, f"{prefix}team__in": user.team_ids})


def day_of(user: User, now: dt.datetime) -> Day:
    """Gather the groups of Today. At most eight queries, however many rows."""
    mine = _marked(Clock.objects.filter(acts_for(user)))
    due, soon = _overdue(now), _soon(now)
    counts = mine.aggregate(
        clients=Count("pk", filter=Q(active=True)),
        call_back=Count("pk", filter=Q(waits=True)),
        overdue=Count("pk", filter=due),
        soon=Count("pk", filter=soon),
        quiet=Count("pk", filter=Q(active=True, due_at__lte=now, hushed=True)),
        next_due=Min("due_at", filter=Q(active=True, due_at__gt=now)),
    )
    calls = _call_backs(user, now) if counts["call_back"] else []
    overdue_ids = _in_order(mine.filter(due), now) if counts["overdue"] else []
    soon_ids = (
        list(mine.filter(soon).order_by("due_at", "pk").values_list("pk", flat=True)[:SHOWN]) if counts["soon"] else []
    )
    rows = _Rows(user, now, [*overdue_ids, *soon_ids, *(call.subject_id for call in calls)])
    # Whoever was erased between the queries is left out.
    groups = [
        Group(
            "call_back", counts["call_back"], [rows.call_back(call) for call in calls if call.subject_id in rows.clocks]
        ),
        Group("overdue", counts["overdue"], [rows.silence(pk) for pk in overdue_ids if pk in rows.clocks]),
        Group("soon", counts["soon"], [rows.silence(pk) for pk in soon_ids if pk in rows.clocks]),
    ]
    return Day([group for group in groups if group.count], counts["clients"], counts["quiet"], counts["next_due"])


def name_of(group: str) -> str:
    """What the clients of a group, or the "quiet" ones, are called in an address."""
    return f"today-{group.replace('_', '')}"


def needs(view: View, user: User, at: dt.datetime) -> Q:
    """For the list of clients: those of the group that `view.among` names, as Today counts them for `user`."""
    waits, hushed = Q(Exists(_waits())), Q(Exists(_hushed()))
    mine, free = acts_for(user), ~waits & ~hushed
    return {
        name_of("call_back"): mine & waits,
        name_of("overdue"): mine & free & Q(active=True, due_at__lte=at),
        name_of("soon"): mine & free & Q(active=True, due_at__gt=at, soon_at__lte=at),
        name_of("quiet"): mine & hushed & Q(active=True, due_at__lte=at),
    }.get(view.among, Q(pk__in=[]))


def _waits() -> QuerySet[Deadline]:
    return Deadline.objects.open().filter(customer=OuterRef("pk"), kind=Kind.CALL_BACK)


def _hushed() -> QuerySet[Alert]:
    return Alert.objects.open().quiet().filter(customer=OuterRef("pk"), family=Family.SILENCE)


def _marked(clocks: QuerySet[Clock]) -> QuerySet[Any]:
    """Mark who waits for a call back (shown there only) and whose silence is snoozed or accepted (not shown)."""
    return clocks.annotate(waits=Exists(_waits()), hushed=Exists(_hushed()))


def _overdue(now: dt.datetime) -> Q:
    return Q(active=True, due_at__lte=now, waits=False, hushed=False)


def _soon(now: dt.datetime) -> Q:
    return Q(active=True, due_at__gt=now, soon_at__lte=now, waits=False, hushed=False)


def _in_order(clocks: QuerySet[Any], now: dt.datetime) -> list[int]:
    rows = clocks.only("customer_id", "anchor_at", "due_at", "value", "currency").order_by("due_at", "pk")[:ORDERED]
    return [place.row.customer_id for place in ranked(rows, now)[:SHOWN]]


def _call_backs(user: User, now: dt.datetime) -> list[Any]:
    """The open call backs, first due first, with the working seconds that each has waited."""
    return list(
        Deadline.objects.open()
        .filter(acts_for(user, "customer__clock__"), kind=Kind.CALL_BACK)
        .annotate(worked=working_seconds_between("calendar_id", "anchor_at", Value(now)))
        .order_by("due_at", "pk")[:SHOWN]
    )


class _Rows:
    """The clocks of a page read at once, made into rows one by one without further queries."""

    def __init__(self, user: User, now: dt.datetime, ids: list[int]) -> None:
        self.user, self.now = user, now
        alert = Alert.objects.open().filter(customer=OuterRef("pk"), family=Family.SILENCE).values("pk")[:1]
        clocks = with_facts(Clock.objects.filter(pk__in=ids), wishes=False).annotate(alert_id=Subquery(alert))
        self.clocks = {clock.pk: clock for clock in clocks} if ids else {}
        self.waits = waits_of(self.clocks.values(), now)
        self.numbers = first_numbers(ids) if ids else {}

    def silence(self, pk: int) -> Row:
        clock = self.clocks[pk]
        wait = self.waits[pk]
        status = clock.status_at(self.now)
        facts = facts_of(clock, reader=self.user, now=self.now, wait=wait)
        row = Row(clock, facts, status.state, status.ratio, str(wait), alert_id=clock.alert_id)
        return self._with_phone(row)

    def call_back(self, deadline: Any) -> Row:
        clock = self.clocks[deadline.subject_id]
        late = deadline.due_at <= self.now
        facts = call_back_facts(
            called_at=deadline.anchor_at,
            due_at=deadline.due_at,
            hours=deadline.amount,
            clock=clock,
            reader=self.user,
            now=self.now,
        )
        ratio = gap_ratio(deadline.anchor_at, deadline.due_at, self.now)
        words = _("%(waited)s of %(hours)s h") % {"waited": span(deadline.worked or 0), "hours": deadline.amount}
        state = State.OVERDUE if late else State.SOON
        label = "" if late else _by(deadline.due_at, clock, self.now)
        return self._with_phone(Row(clock, facts, state, ratio, words, label))

    def _with_phone(self, row: Row) -> Row:
        number = self.numbers.get(row.clock.pk)
        manners = []
        if number is not None:
            row.phone, row.phone_words = number.value, spoken(number.value, country_of(self.user.time_zone))
            if number.called or number.hours:
                manners = [Manner(number.name, number.called, number.hours)]
        customer = row.customer
        row.before = BeforeCall(customer.care_note, manners, their_time(customer.time_zone, self.user.zone, self.now))
        return row


def _by(due_at: dt.datetime, clock: Clock, now: dt.datetime) -> str:
    """Return "By 10:10" when it is due today, else "By tomorrow at 9:40"."""
    zone = clock.calendar.tz
    if local_day(due_at, zone) == local_day(now, zone):
        return _("By %(time)s") % {"time": clock_time(due_at, zone)}
    return _("Due %(moment)s") % {"moment": moment(due_at, zone, now)}
