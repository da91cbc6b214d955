"""The processes of the app: started, watched, killed, and started anew as `restart: unless-stopped` would."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes import AppProcess

#: In the environment of every process of a run, by which its leftovers are known.
MARK = "CONSTANTE_FAULTS"


def _read(path: str) -> bytes:
    with contextlib.suppress(OSError):
        return Path(path).read_bytes()
    return b""


def parent_of(pid: int) -> int:
    """The number of a process' parent; 0 when it is gone."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields and fields[0] != b"Z" else 0


def sockets_of(pid: int) -> set[str]:
    """The inodes of a process' sockets."""
    found = set()
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                name = os.readlink(entry.path)
                if name.startswith("socket:["):
                    found.add(name[8:-1])
    return found


def connections() -> dict[str, tuple[int, int]]:
    """Own and other port of each TCP connection of this machine, by inode."""
    found = {}
    for line in _read("/proc/net/tcp").decode().splitlines()[1:]:
        parts = line.split()
        found[parts[9]] = (int(parts[1].rpartition(":")[2], 16), int(parts[2].rpartition(":")[2], 16))
    return found


@dataclass
class Member:
    """One process group of the app: role "web", "worker" or "beat"."""

    role: str
    name: str
    arguments: list[str]
    process: AppProcess

    @property
    def pid(self) -> int:
        return self.process.process.pid if self.process.process else 0


@dataclass
class Crew:
    """Who works. All of them share `variables`; each has a log in `folder`."""

    variables: dict[str, str]
    folder: Path
    members: dict[str, Member] = field(default_factory=dict)
    run: str = field(default_factory=lambda: str(uuid.uuid4()))
    starts: int = 0
    #: Processes whose parent was killed: they end what they have in hand.
    orphans: set[int] = field(default_factory=set)

    def start(self, role: str, name: str, **more: str) -> Member:
        """Start a member, or start it anew under its name."""
        self.starts += 1
        variables = {**self.variables, "WORKER_NAME": name, MARK: self.run, **more}
        process = AppProcess([role], variables, self.folder / f"{name}.log")
        process.start()
        member = Member(role, name, [role], process)
        self.members[name] = member
        return member

    def again(self, member: Member) -> Member:
        """Start a member anew that ended, with the variables it had."""
        if member.process.process is not None:
            member.process.process.wait()
        self.starts += 1
        member.process.start()
        return member

    def restart_ended(self) -> list[str]:
        """Start anew whoever has ended; returns their names."""
        ended = [one for one in self.members.values() if not one.process.is_running]
        for member in ended:
            self.again(member)
        return [one.name for one in ended]

    def dismiss(self, name: str) -> None:
        """Kill a member and its children, and do not start it again."""
        member = self.members.pop(name)
        pids = [member.pid, *self.children_of(member)]
        for pid in pids:
            kill(pid)
        if member.process.process is not None:
            member.process.process.wait()

    def with_role(self, role: str) -> list[Member]:
        return [one for one in self.members.values() if one.role == role]

    def children_of(self, member: Member) -> list[int]:
        return [pid for pid, parent in self.all().items() if parent == member.pid]

    def all(self) -> dict[int, int]:
        """Every living process of this run with its parent, by the mark in its environment."""
        mark = f"{MARK}={self.run}".encode()
        found = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and mark in _read(f"/proc/{entry}/environ"):
                parent = parent_of(int(entry))
                if parent:
                    found[int(entry)] = parent
        return found

    def owner_of(self, pid: int) -> Member | None:
        """Whose process this is: itself, or a child of it."""
        parent = parent_of(pid)
        return next((one for one in self.members.values() if one.pid in (pid, parent)), None)

    def who_has(self, port: int) -> int:
        """The process whose connection has this port on our side; 0 when there is none."""
        inodes = {inode for inode, (own, _other) in connections().items() if own == port}
        return next((pid for pid in self.all() if inodes & sockets_of(pid)), 0)

    def ports_to(self, pid: int, port: int) -> set[int]:
        """Our side's ports of a process' connections to a server's port."""
        known = connections()
        pairs = (known.get(inode, (0, 0)) for inode in sockets_of(pid))
        return {own for own, other in pairs if other == port}

    def end(self) -> None:
        """Kill whatever of this run is left, by its number."""
        for member in self.members.values():
            kill(member.pid)
            if member.process.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    member.process.process.wait(timeout=5)
        for _try in range(50):
            left = self.all()
            if not left:
                return
            for pid in left:
                kill(pid)
            time.sleep(0.1)


def kill(pid: int) -> None:
    """-9."""
    with contextlib.suppress(ProcessLookupError):
        if pid:
            os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Let a process stand still, so that what it holds can be looked at in peace."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
