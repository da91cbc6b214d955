"""Two years of the demo firm: a clock that jumps to the next wake, morning, mail or planned act, sweeps included."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
import zlib
from collections.abc import Callable

from django.db import connection

from accounts.models import User
from alerts import actions
from alerts.choices import EventKind, Family
from alerts.exceptions import NotAllowed
from alerts.models import Alert, AlertEvent
from alerts.mornings import ensure_mornings
from alerts.send import send_due
from alerts.sweep import run_sweep
from crm.choices import IN_PERSON
from crm.log import Entry, NextStep, log_interaction
from crm.models import Interaction, Task
from crm.tasks import mark_done
from retention.demo.habits import Client, Touch, WorkHours, inbound, next_contact_day, outbound
from retention.demo.people import Staff
from retention.demo.words import NEXT_STEPS, SNOOZES

Act = Callable[[dt.datetime], object]
#: The year's end: the firm has more to do than it can, so that its pages have something to show.
RUSH_BEGAN = dt.timedelta(days=40)
_NEXT = """
SELECT 'sweep', min(wake_at) FROM alerts_deadline
 WHERE met_at IS NULL AND cancelled_at IS NULL AND wake_at IS NOT NULL
UNION ALL SELECT 'sweep', min(wake_at) FROM alerts_alert WHERE closed_at IS NULL AND wake_at IS NOT NULL
UNION ALL SELECT 'sweep', min(next_at) FROM alerts_morning
UNION ALL SELECT 'send', min(next_try_at) FROM alerts_delivery WHERE state IN ('planned', 'sending')
"""


class Simulation:
    """The firm at work. Everything it does goes through the functions that the pages call."""

    def __init__(self, staff: Staff, source: random.Random, end: dt.datetime) -> None:
        self.staff, self.source, self.end = staff, source, end
        self.hours = {name: WorkHours(team.calendar, source) for name, team in staff.teams.items()}
        self._team_of = {team.pk: name for name, team in staff.teams.items()}
        self.clients: dict[int, Client] = {}
        self._acts: list[tuple[dt.datetime, int, Act]] = []
        self._numbers = itertools.count()
        self._seen = AlertEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._quiet = 0

    # --- the clock ---------------------------------------------------------------------------------------------------

    def at(self, when: dt.datetime, act: Act) -> None:
        """Plan an act."""
        heapq.heappush(self._acts, (when, next(self._numbers), act))

    def run(self, start: dt.datetime, end: dt.datetime, tick: Callable[[dt.datetime], None] | None = None) -> None:
        """Live from `start` to `end`; `tick` is told each instant that is reached."""
        ensure_mornings(start)
        now = start
        while now < end:
            wakes = self._next_of_engine()
            planned = self._acts[0][0] if self._acts else end
            now = max(now, min(planned, end, *wakes.values()))
            if tick is not None:
                tick(now)
            if now >= end:
                break
            if wakes.get("sweep", end) <= now:
                self._sweep(now)
            elif wakes.get("send", end) <= now:
                self._send(now)
            else:
                _when, _number, act = heapq.heappop(self._acts)
                act(now)

    def _next_of_engine(self) -> dict[str, dt.datetime]:
        """The next instants at which sweep and sender have work; asked after each act, so by one statement."""
        wakes: dict[str, dt.datetime] = {}
        with connection.cursor() as cursor:
            cursor.execute(_NEXT)
            for job, at in cursor.fetchall():
                if at is not None:
                    # SQLite gives text, in UTC without saying so.
                    when = at if isinstance(at, dt.datetime) else dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
                    wakes[job] = min(when, wakes.get(job, when))
        return wakes

    def _send(self, now: dt.datetime) -> None:
        while send_due(now):
            pass

    def _sweep(self, now: dt.datetime) -> None:
        run_sweep(now)
        self._send(now)
        events = AlertEvent.objects.filter(
            pk__gt=self._seen, kind__in=(EventKind.ADMITTED, EventKind.CLIMBED, EventKind.OPENED)
        ).select_related("alert")
        for event in events.order_by("pk"):
            self._seen = event.pk
            client = self.clients.get(event.alert.customer_id)
            if client is not None and not client.silent:
                self._react(client, event, now)

    # --- what people do ----------------------------------------------------------------------------------------------

    def hours_of(self, client: Client) -> WorkHours:
        return self.hours[self._team_of[client.customer.team_id or 0]]

    def plan(self, client: Client, now: dt.datetime) -> None:
        """Plan the next contact after one, and let go of what was planned before."""
        hours = self.hours_of(client)
        client.planned += 1
        client.tries = 0
        when = hours.on_or_after(next_contact_day(client, self.source, hours.local(now), rush=self._is_rush(now)))
        self.plan_try(client, max(when, now + dt.timedelta(hours=1)))

    def _is_rush(self, now: dt.datetime) -> bool:
        return now > self.end - RUSH_BEGAN

    def plan_try(self, client: Client, when: dt.datetime) -> None:
        """Plan one attempt to reach them, void once another contact has been planned."""
        plan = client.planned
        self.at(when, lambda now: self._try(client, plan, now))

    def _try(self, client: Client, plan: int, now: dt.datetime) -> None:
        if client.silent or plan != client.planned:
            return
        touch = outbound(client, self.source, now)
        self.log(client, touch, now)
        if touch.is_felt:
            self.plan(client, now)
            return
        client.tries += 1
        self.plan_try(client, self.hours_of(client).within(now, 1, 3 if client.tries < 4 else 9))

    def expect_call(self, client: Client, now: dt.datetime) -> None:
        """Clients call on their own, about each `calls_every` days."""
        days = max(1, round(self.source.expovariate(1 / client.calls_every)))
        when = self.hours_of(client).on_or_after(self.hours_of(client).local(now) + dt.timedelta(days=days))
        self.at(max(when, now + dt.timedelta(hours=1)), lambda at: self._they_call(client, at))

    def _they_call(self, client: Client, now: dt.datetime) -> None:
        if client.silent:
            return
        touch = inbound(self.source)
        self.log(client, touch, now)
        if touch.is_felt:
            self.plan(client, now)
        self.expect_call(client, now)

    def log(self, client: Client, touch: Touch, now: dt.datetime, by: User | None = None) -> Interaction:
        """Log one contact as the owner would in the drawer."""
        entry = Entry(
            customer=client.customer,
            channel=touch.channel,
            direction=touch.direction,
            outcome=touch.outcome,
            at=now,
            answered_at=now if touch.is_felt and touch.channel in ("email", "chat") else None,
            minutes=touch.minutes,
            participants=client.contacts[:1] if touch.is_felt else [],
            summary="" if _in_a_hurry(client, touch, now) else touch.summary,
            sentiment=touch.sentiment,
            solved=touch.solved,
            next_step=self._next_step(client, now) if touch.is_felt and touch.direction == "out" else None,
        )
        logged = log_interaction(entry, actor=by or client.owner, now=now)
        if touch.is_felt:
            client.served_at = now
            if touch.channel in IN_PERSON:
                client.met_at = now
        return logged.interaction

    def _next_step(self, client: Client, now: dt.datetime) -> NextStep | None:
        if self.source.random() > 0.13:
            return None
        hours = self.hours_of(client)
        due = hours.on_or_after(hours.local(now), self.source.randint(2, 8))
        done = due if self.source.random() < 0.86 else hours.within(due, 1, 5)
        self.at(done - dt.timedelta(minutes=30), lambda at: self._tick(client, at))
        return NextStep(self.source.choice(NEXT_STEPS), hours.local(due), promised=self.source.random() < 0.7)

    def _tick(self, client: Client, now: dt.datetime) -> None:
        task = Task.objects.open().filter(customer=client.customer).order_by("due_on", "pk").first()
        if task is not None and not client.silent:
            mark_done(task, actor=client.owner, now=now)

    # --- what alerts make them do ------------------------------------------------------------------------------------

    def _react(self, client: Client, event: AlertEvent, now: dt.datetime) -> None:
        hours, chance = self.hours_of(client), self.source.random()
        if self._is_rush(now) and chance < 0.5:
            return
        if event.alert.family == Family.CALL_BACK:
            client.planned += 1
            self.plan_try(client, hours.within(now, 0, 0) if chance < 0.9 else hours.within(now, 1, 2))
        elif event.kind == EventKind.CLIMBED:
            client.planned += 1
            self.plan_try(client, hours.within(now, 0, 2 if chance < 0.8 else 6))
        elif event.kind == EventKind.ADMITTED and chance < 0.09:
            self._snooze(client, event.alert, now)
        elif event.kind == EventKind.ADMITTED and chance < 0.70:
            client.planned += 1
            self.plan_try(client, hours.within(now, 0, 2))

    def _snooze(self, client: Client, alert: Alert, now: dt.datetime) -> None:
        when = now + dt.timedelta(minutes=self.source.randint(5, 90))
        days = self.source.choice((1, 3, 3, 7))
        reason = self.source.choice(SNOOZES) if days > 3 else ""

        def act(at: dt.datetime) -> None:
            try:
                actions.snooze(Alert.objects.get(pk=alert.pk), days=days, actor=client.owner, now=at, reason=reason)
            except NotAllowed:
                self._quiet += 1

        self.at(when, act)


def _in_a_hurry(client: Client, touch: Touch, now: dt.datetime) -> bool:
    """Whoever lets things slip logs without a word as often. Told by the day: nothing else is drawn otherwise by it."""
    drawn = zlib.crc32(f"{client.customer.name} {now:%Y-%m-%d}".encode()) % 100
    return touch.is_felt and touch.sentiment is None and drawn < client.slips * 100
