"""One kill: wait until a process of the right kind holds claimed work, stop it there, look, and kill it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.faults.crew import Crew, Member, frozen, kill
from tests.faults.mail import FaultyMail, Hold, Talk
from tests.faults.plan import SEND, Kill
from tests.faults.watch import Watch

#: Seconds that a kill waits for its point; then whoever is there is killed, and it counts as a miss.
PATIENCE = 40.0
#: After so many seconds without anybody there, there may be nothing left to do: more is asked for.
HUNGRY = 10.0
_HELD = "SELECT count(*) FROM alerts_delivery WHERE state = 'sending' AND lease_token IS NOT NULL AND to_address = %s"
_STAMPED = "SELECT count(*) FROM alerts_delivery WHERE state = 'sending' AND handed_at IS NOT NULL AND message_id = %s"


@dataclass
class Done:
    """What one kill did: the process, what it stood in, whether that was claimed work."""

    kill: Kill
    round: int
    victim: int = 0
    hit: bool = False
    stood_in: str = ""
    waited: float = 0.0


@dataclass
class Caught:
    """A process that stands at the point of a kill."""

    pid: int
    member: Member
    stood_in: str
    claimed: bool


@dataclass
class Killer:
    """Kills by plan. `cut` are the Message-IDs of mails whose hand-over a kill cut off: those may come again."""

    crew: Crew
    watch: Watch
    mail: FaultyMail
    done: list[Done] = field(default_factory=list)
    cut_talks: list[Talk] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)

    def arm(self, one: Kill) -> None:
        """Set the trap of a kill, before anything else is let go."""
        if one.point in SEND:
            hold = Hold(one.point)
            if one.point == "settle":
                self.watch.open_trap()
                hold.on_caught = lambda talk: self.watch.lock_mail(talk.message_id)
            self.mail.hold = hold
            return
        self.watch.open_trap()
        self.watch.lock_table(one.point)

    def disarm(self) -> None:
        if self.mail.hold is not None:
            self.mail.hold.is_over = True
            self.mail.hold = None
        self.watch.spring()

    def carry_out(self, one: Kill, number: int, feed: Callable[[], object]) -> Done:
        """Kill at the point of the plan; whoever holds that point goes on afterwards. `feed` brings work there."""
        begun, done = time.monotonic(), Done(one, number)
        caught, fed = None, begun
        while caught is None and time.monotonic() - begun < PATIENCE:
            self.crew.restart_ended()
            caught = self._caught(one)
            if caught is None:
                time.sleep(0.03)
            if caught is None and time.monotonic() - fed > HUNGRY:
                self.disarm()
                feed()
                self.arm(one)
                fed = time.monotonic()
        victims = self._victims(one, caught)
        done.waited = time.monotonic() - begun
        done.victim = victims[0] if victims else 0
        if caught is not None:
            with frozen(caught.pid):
                again = self._caught(one, only=caught.pid)
                done.hit = again is not None and again.claimed
                done.stood_in = caught.stood_in
                self.note_cut(self._dying(victims))
                if caught.pid in victims:
                    kill(caught.pid)
        # One that stands still as its parent dies would be hung up on, and not go on.
        for pid in victims:
            kill(pid)
        self.disarm()
        self.done.append(done)
        return done

    def _victims(self, one: Kill, caught: Caught | None) -> list[int]:
        """Who dies: the process that was caught, its parent, all of the group, or the beat beside it."""
        if one.who == "beat":
            return [member.pid for member in self.crew.with_role("beat")][:1]
        role = "web" if one.who.startswith("web") else "worker"
        member = caught.member if caught else next(iter(self.crew.with_role(role)))
        children = self.crew.children_of(member)
        if one.who in ("pool child", "web worker"):
            return [caught.pid] if caught else children[:1]
        if one.who == "worker parent":
            return [member.pid]
        return [member.pid, *children]

    def _dying(self, victims: list[int]) -> set[int]:
        """Who dies with them: Celery has the kernel kill the children of a worker whose parent has gone."""
        return {*victims, *(pid for pid, parent in self.crew.all().items() if parent in victims)}

    def _caught(self, one: Kill, only: int = 0) -> Caught | None:
        """A process that stands at the point of a kill and may be its victim; `only` that one."""
        role = "web" if one.who.startswith("web") else "worker"
        if one.point in ("rcpt", "data", "taken"):
            return self._caught_talking()
        if one.point == "settle" and (self.mail.hold is None or self.mail.hold.talk is None):
            return None
        for backend in self.watch.backends():
            if not backend.is_caught:
                continue
            pid = self.crew.who_has(backend.port)
            member = self.crew.owner_of(pid) if pid else None
            if member is not None and member.role == role and pid != member.pid and only in (0, pid):
                claimed = backend.writes or self._holds_mail(pid)
                return Caught(pid, member, " ".join(backend.query.split()[:3]), claimed)
        return None

    def _caught_talking(self) -> Caught | None:
        """The sender that stands in its conversation with the mail server."""
        hold = self.mail.hold
        talk = hold.talk if hold else None
        if hold is None or talk is None:
            return None
        pid = self.crew.who_has(talk.port)
        member = self.crew.owner_of(pid) if pid else None
        if member is None:
            # It has given up meanwhile: the next one will do.
            hold.is_over = True
            self.mail.hold = Hold(hold.phase)
            return None
        sql, about = (_HELD, talk.recipient) if hold.phase == "rcpt" else (_STAMPED, talk.message_id)
        return Caught(pid, member, f"mail: {hold.phase}", self.watch.rows(sql, (about,))[0][0] > 0)

    def _holds_mail(self, pid: int) -> bool:
        """Whether a process is in the middle of a batch of mails: it talks, and one to that person is leased."""
        talks = [self.mail.talks.get(port) for port in self.crew.ports_to(pid, self.mail.port)]
        return any(talk and self.watch.rows(_HELD, (talk.recipient,))[0][0] > 0 for talk in talks)

    def note_cut(self, victims: Iterable[int]) -> None:
        """Remember what each victim was handing over: its conversation, whose last mail may come again."""
        for pid in victims:
            for port in self.crew.ports_to(pid, self.mail.port):
                talk = self.mail.talks.get(port)
                if talk is not None:
                    self.cut_talks.append(talk)

    def may_come_again(self) -> set[str]:
        """The Message-IDs of mails that a kill cut off, as the server knows them by now."""
        return {talk.message_id for talk in self.cut_talks if talk.message_id} | self.cut
