"""What befalls a round beside its kills: servers that fail, twins that should not be, clocks that are set."""

from __future__ import annotations

import datetime as dt
import signal
import time
from dataclasses import dataclass, field

from django.db import connection

from alerts.models import Heartbeat
from tests.faults.crew import Crew
from tests.faults.killing import Killer
from tests.faults.mail import FaultyMail
from tests.faults.moved_clock import MovedClock
from tests.faults.servers import Redis
from tests.faults.watch import Watch
from tests.support.servers import Postgres

#: Seconds that a server is away, or a mail server in one mood.
AWAY, MOOD = 6.0, 4.0
#: Longer than the socket's time-out of 5 s.
HANGS = 8.0
MORE_WORKERS = 8
REFUSALS = ("refusing people", "refusing texts", "refusing for good", "slow", "too slow")
CUTS = ("cut in the text", "cut before taking", "cut before 250", "cut after 250")
_IN_FLIGHT = "SELECT message_id FROM alerts_delivery WHERE state = 'sending' AND handed_at IS NOT NULL"


@dataclass
class Troubles:
    """Brings the trouble of a round, and takes it away."""

    crew: Crew
    postgres: Postgres
    redis: Redis
    mail: FaultyMail
    clock: MovedClock
    watch: Watch
    killer: Killer
    refused_person: str
    problems: list[str] = field(default_factory=list)

    def begin(self, trouble: str) -> None:
        """What stands from the round's first moment."""
        if trouble == "two beats":
            self.crew.start("beat", "beat-2", DATA_DIR=self.crew.variables["DATA_DIR"] + "-2")
        if trouble == "ten workers":
            for number in range(MORE_WORKERS):
                self.crew.start("worker", f"more-{number}", WORKER_PROCESSES="1")
        self.mail.refused_person = self.refused_person if trouble == "mail refused" else ""

    def come(self, trouble: str) -> None:
        """What comes in the middle of the round, and passes."""
        if trouble == "redis emptied":
            for _time in range(5):
                self.redis.empty()
                self.stand(1.0)
        elif trouble == "redis stopped":
            self.redis.kill()
            self.stand(AWAY)
            self.redis.start()
        elif trouble == "redis hanging":
            self.redis.hang()
            self.stand(HANGS)
            self.redis.go_on()
        elif trouble.startswith("postgresql restarted"):
            self.restart_postgres(signal.SIGQUIT if "immediate" in trouble else signal.SIGINT)
        elif trouble in ("mail refused", "mail cut off"):
            self.upset_mail(REFUSALS if trouble == "mail refused" else CUTS)
        elif trouble == "clock moved":
            self.set_clock()

    def end(self, trouble: str) -> None:
        """Back to the ordinary crew."""
        extra = [name for name in self.crew.members if name == "beat-2" or name.startswith("more-")]
        for name in extra:
            self._note_talks(name)
            self.crew.dismiss(name)
        self.mail.refused_person = ""

    def _note_talks(self, name: str) -> None:
        member = self.crew.members[name]
        self.killer.note_cut([member.pid, *self.crew.children_of(member)])

    def stand(self, seconds: float) -> None:
        """Let time pass; whoever ends meanwhile is started anew."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.crew.restart_ended()
            time.sleep(0.1)

    def restart_postgres(self, number: int) -> None:
        """Stop it under everybody, and start it again after a while."""
        connection.close()
        self.watch.close()
        self.postgres.stop(number)
        self.stand(2.0)
        self.postgres.start()
        # Who was handing a mail over could not say how it ended.
        self.killer.cut |= {row[0] for row in self.watch.rows(_IN_FLIGHT)}

    def upset_mail(self, moods: tuple[str, ...]) -> None:
        """One mood after the other; the server that refuses is also away for a while."""
        for mood in moods:
            self.mail.mode = mood
            self.stand(MOOD)
        self.mail.mode = ""
        if moods == REFUSALS:
            self.mail.stop()
            self.stand(MOOD)
            self.mail.start()

    def set_clock(self) -> None:
        """Two hours on, as after a machine's sleep; then ten minutes back; then right again."""
        self._jump(dt.timedelta(hours=2))
        self.stand(3.0)
        self._jump(dt.timedelta(minutes=-10))
        before = self._pumped_at()
        until = time.monotonic() + 30
        while self._pumped_at() == before and time.monotonic() < until:
            self.stand(0.5)
        if self._pumped_at() == before:
            self.problems.append("after the clock was set back ten minutes, the pump did not run for 30 s")
        self.stand(3.0)
        self._jump(dt.timedelta(minutes=10))

    def _jump(self, by: dt.timedelta) -> None:
        """A lease that ends by a jump frees a mail that its sender is handing over: that one may come again."""
        self.clock.move(by)
        self.killer.cut |= {row[0] for row in self.watch.rows(_IN_FLIGHT)}

    def _pumped_at(self) -> dt.datetime | None:
        return Heartbeat.objects.filter(name="pump").values_list("at", flat=True).first()
