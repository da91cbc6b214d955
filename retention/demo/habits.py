"""How the demo's people work and its clients answer: when the next contact is tried, what comes of it."""

from __future__ import annotations

import bisect
import datetime as dt
import random
from dataclasses import dataclass, field

from accounts.models import Calendar, CalendarDay, User
from crm.choices import Channel, Direction, Outcome
from crm.models import Contact, Customer
from retention.demo.firms import Firm
from retention.demo.words import INBOUND, MESSAGES, TALK

#: Segment → days between two contacts that the firm promises, and between two personal moments.
PROMISED = {"A": (20, 90), "B": (30, 180), "C": (75, None)}
#: How much more often contacts are let slip in the rush of the last weeks.
RUSH = 5
_CHANNELS = (Channel.CALL, Channel.VISIT, Channel.VIDEO, Channel.EMAIL, Channel.CHAT)
_WEIGHTS = (66, 10, 6, 10, 8)


@dataclass
class Client:
    """A client with their rhythm: who serves them, how often they pick up, how often they call."""

    customer: Customer
    firm: Firm
    owner: User
    slips: float
    contacts: list[Contact] = field(default_factory=list)
    reach: float = 0.75
    calls_every: int = 60
    forgets: int = 10
    """Days before its due at which the owner begins to think of a visit; negative: after it."""
    served_at: dt.datetime | None = None
    met_at: dt.datetime | None = None
    """When somebody saw them in person or on video."""
    tries: int = 0
    planned: int = 0
    silent: bool = False
    """A planted story of neglect: nobody plans or reacts any more."""


class WorkHours:
    """Instants at which a team is at work, without asking the database each time."""

    def __init__(self, calendar: Calendar, source: random.Random) -> None:
        self._zone, self._source = calendar.tz, source
        days = CalendarDay.objects.filter(calendar=calendar, is_open=True).order_by("date")
        self._days = list(days.values_list("date", flat=True))

    def on_or_after(self, day: dt.date, working_days: int = 0) -> dt.datetime:
        """A moment between 9:30 and 17:30 on the first working day from `day`, some working days later."""
        place = bisect.bisect_left(self._days, day) + working_days
        minutes = self._source.choice((570, 600, 640, 690, 725, 760, 960, 990, 1020, 1045)) + self._source.randint(0, 9)
        start = dt.datetime.combine(self._days[place], dt.time(), self._zone)
        return (start + dt.timedelta(minutes=minutes)).astimezone(dt.UTC)

    def within(self, now: dt.datetime, least: int, most: int) -> dt.datetime:
        """A moment some working days after `now`; for 0 perhaps still today, later than now."""
        today = now.astimezone(self._zone).date()
        when = self.on_or_after(today, self._source.randint(least, most))
        if when > now:
            return when
        soon = now + dt.timedelta(minutes=self._source.randint(20, 150))
        closing = now.astimezone(self._zone).replace(hour=17, minute=50)
        return soon if soon <= closing else self.on_or_after(today + dt.timedelta(days=1))

    def local(self, now: dt.datetime) -> dt.date:
        return now.astimezone(self._zone).date()


def next_contact_day(client: Client, source: random.Random, today: dt.date, *, rush: bool) -> dt.date:
    """When the owner plans the next contact: mostly well before the due, sometimes past it, more often in a rush."""
    promised = PROMISED[client.firm.segment][0]
    if source.random() < client.slips * (RUSH if rush else 1):
        share = source.uniform(1.15, 2.0)
    else:
        share = min(0.96, max(0.3, source.gauss(0.78, 0.16)))
    return today + dt.timedelta(days=max(2, round(promised * share)))


@dataclass(frozen=True)
class Touch:
    """One contact as it will be logged."""

    channel: str
    direction: str
    outcome: str
    summary: str
    minutes: int | None = None
    sentiment: int | None = None
    solved: str = ""

    @property
    def is_felt(self) -> bool:
        return self.outcome in (Outcome.REACHED, Outcome.ANSWERED)


def is_to_be_met(client: Client, now: dt.datetime) -> bool:
    """Whether a personal moment is due before the next contact, the way a careful owner would see it."""
    promised = PROMISED[client.firm.segment]
    if promised[1] is None:
        return False
    since = client.met_at or client.customer.added_at
    return now - since > dt.timedelta(days=promised[1] - promised[0] - client.forgets)


def outbound(client: Client, source: random.Random, now: dt.datetime) -> Touch:
    channel = source.choices(_CHANNELS, _WEIGHTS)[0]
    if is_to_be_met(client, now):
        channel = source.choice((Channel.VISIT, Channel.VISIT, Channel.VIDEO))
    elif channel in (Channel.VISIT, Channel.VIDEO):
        channel = Channel.CALL
    if source.random() > client.reach and channel in (Channel.CALL, Channel.VIDEO):
        outcome = source.choice((Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE))
        return Touch(Channel.CALL, Direction.OUT, outcome, source.choice(MESSAGES))
    who = client.contacts[0].name.split()[0] if client.contacts else ""
    words = source.choice(TALK[client.firm.trade]).format(who=who)
    minutes = {Channel.VISIT: source.randint(25, 80), Channel.VIDEO: source.randint(20, 50)}.get(
        channel, source.randint(3, 22)
    )
    feeling = source.choices((None, 2, 3, 4, 5), (45, 4, 12, 28, 11))[0]
    solved = source.choices(("", "yes", "not_yet"), (60, 34, 6))[0]
    talked = None if channel in (Channel.EMAIL, Channel.CHAT) else minutes
    return Touch(channel, Direction.OUT, Outcome.REACHED, words, talked, feeling, solved)


def inbound(source: random.Random) -> Touch:
    if source.random() < 0.15:
        outcome = source.choice((Outcome.MISSED, Outcome.MISSED, Outcome.MESSAGE_FOR_US))
        return Touch(Channel.CALL, Direction.IN, outcome, "")
    minutes = source.randint(2, 12)
    return Touch(Channel.CALL, Direction.IN, Outcome.ANSWERED, source.choice(INBOUND), minutes, solved="yes")
