"""A whole run: the parts started, round after round with its kills and its trouble, everything checked, all ended."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from accounts.models import User
from tests.faults import invariants
from tests.faults.crew import Crew
from tests.faults.firm import Firm, build, let_all_fall_due
from tests.faults.killing import Done, Killer
from tests.faults.mail import FaultyMail
from tests.faults.moved_clock import MovedClock
from tests.faults.plan import SEND, SWEEP, Kill, Round
from tests.faults.quiet import NeverQuiet, due, wait_until_quiet
from tests.faults.servers import Redis
from tests.faults.troubles import Troubles
from tests.faults.visitors import Visitor
from tests.faults.watch import Watch
from tests.support.ports import free_port, wait_for_port
from tests.support.servers import Postgres

VISITORS = 2
#: A dead sender's mails come free after the lease; handing one over takes no longer than the limit. Seconds.
LEASE, LIMIT = "20", "3"


@dataclass
class Report:
    """What came of each round."""

    round: Round
    seconds: float
    problems: list[str]


@dataclass
class Campaign:
    """Everything that a run is made of; `folder` keeps the logs."""

    folder: Path
    postgres: Postgres
    redis: Redis
    customers: int
    seed: int
    mail: FaultyMail = field(default_factory=FaultyMail)
    reports: list[Report] = field(default_factory=list)
    visitors: list[Visitor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = MovedClock(self.folder / "clock")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.crew = Crew(self._variables(), self.folder)
        self.watch = Watch(self.postgres.url)
        self.killer = Killer(self.crew, self.watch, self.mail)
        self.firm: Firm

    def _variables(self) -> dict[str, str]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        return {
            **os.environ,
            **self.clock.variables(),
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": self.mail.url,
            "MAIL_LEASE_SECONDS": LEASE,
            "MAIL_LIMIT_SECONDS": LIMIT,
            "DATA_DIR": str(data),
            "SECRET_KEY": os.environ["SECRET_KEY"],
            "SITE_URL": self.address,
            "PORT": str(self.port),
            "STATIC_HASHED": "False",
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
        }

    def prepare(self) -> None:
        """Fill the database, start the crew and those who log calls."""
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        self.firm = build(self.customers, self.clock.now())
        self.troubles = Troubles(
            *(self.crew, self.postgres, self.redis, self.mail, self.clock, self.watch, self.killer),
            refused_person=self.firm.refused_person,
        )
        self.mail.start()
        self.crew.start("web", "web")
        self.crew.start("worker", "one")
        self.crew.start("worker", "two")
        self.crew.start("beat", "beat")
        if not wait_for_port(self.port, seconds=60):
            raise AssertionError("The web server did not start: " + self.crew.members["web"].process.output[-2000:])
        users = list(User.objects.filter(pk=self.firm.administrator.pk)) * VISITORS
        self.visitors = [
            Visitor(self.address, user, self.firm.customers, self.seed * VISITORS + number, self.clock)
            for number, user in enumerate(users)
        ]

    def run(self, one: Round) -> Report:
        """One round: everybody's promise passes, the kills and the trouble come, then all must hold."""
        begun = time.monotonic()
        if one.number:
            self.clock.move(dt.timedelta(days=1))
        self.troubles.problems.clear()
        self.troubles.begin(one.trouble)
        for visitor in self.visitors:
            visitor.works.set()
        let_all_fall_due(self.firm, self.clock.now())
        self._kill(one)
        for visitor in self.visitors:
            visitor.pause()
        try:
            wait_until_quiet(self.clock, self.crew.restart_ended)
            left: list[str] = []
        except NeverQuiet as error:
            left = [str(error)]
        self.troubles.end(one.trouble)
        problems = [*left, *self.troubles.problems, *self.check(one.trouble)]
        report = Report(one, time.monotonic() - begun, problems)
        self.reports.append(report)
        return report

    def _kill(self, one: Round) -> None:
        for place, kill in enumerate(one.kills):
            if place == one.trouble_at:
                self.troubles.come(one.trouble)
            self.crew.restart_ended()
            self._feed(kill)
            self.killer.arm(kill)
            self._say(self.killer.carry_out(kill, one.number, partial(self._feed, kill)))
        if one.trouble_at == len(one.kills):
            self.troubles.come(one.trouble)

    def _feed(self, kill: Kill) -> None:
        """See to it that there is work at the point of a kill, when what was there has been done."""
        work = due(self.clock.now())
        if kill.who.startswith("web"):
            return
        if kill.point in SWEEP and "deadlines" not in work:
            let_all_fall_due(self.firm, self.clock.now())
        elif (kill.point in SEND and not {"mails", "events"} & work.keys()) or (
            kill.point == "alerts_morning" and "mornings" not in work
        ):
            self.clock.move(dt.timedelta(days=1))

    @staticmethod
    def _say(done: Done) -> None:
        how = f"in {done.stood_in}" if done.hit else "MISSED"
        print(f"    {done.kill}: {done.victim} {how}, after {done.waited:.1f} s", flush=True)

    def check(self, trouble: str) -> Iterator[str]:
        """What does not hold, now that all is quiet."""
        now = self.clock.now()
        may_come_again = self.killer.may_come_again() | self.mail.unheard
        yield from invariants.alerts_hold(now)
        yield from invariants.events_hold()
        yield from invariants.mails_hold(self.mail.messages, may_come_again, now, refusing=True)
        yield from invariants.facts_hold()
        yield from invariants.calls_hold([call for visitor in self.visitors for call in visitor.calls])
        yield from invariants.audit_holds()

    def end(self) -> None:
        """End everything that was started."""
        self.killer.disarm()
        for visitor in self.visitors:
            visitor.ends.set()
            visitor.works.set()
        self.redis.go_on()
        self.crew.end()
        for visitor in self.visitors:
            visitor.leave()
        self.watch.close()
        connection.close()
        self.mail.stop()
        self.clock.close()


def new_seed() -> int:
    return secrets.randbelow(1_000_000)
