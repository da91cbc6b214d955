"""Processes of the app, started by the very commands that production uses."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


def database_url() -> str:
    """Return the address of the database that this test uses."""
    here = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{here['NAME']}"
    login = here["USER"] + (f":{here['PASSWORD']}" if here["PASSWORD"] else "")
    return f"postgres://{login}@{here['HOST']}:{here['PORT']}/{here['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """Return the variables under which a process sees the database and broker of this test."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "DEBUG",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


@dataclass
class AppProcess:
    """`python -m config.start …` in a process group of its own, its output in a file."""

    arguments: list[str]
    variables: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "config.start", *self.arguments]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.variables, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process is not None and self.process.poll() is None

    def wait_for_output(self, text: str, *, seconds: float = 30.0) -> None:
        """Wait until it has printed that; fails with its output when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while text not in self.output:
            if not self.is_running or time.monotonic() > deadline:
                raise AssertionError(f"{self.arguments} never said {text!r}:\n{self.output[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it and its children at once (-9), as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self, *, seconds: float = 15.0) -> int:
        """Ask it to end, wait, and return its exit code; kills what stays."""
        if self.process is None:
            return 0
        if self.is_running:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=seconds)
        self.kill()
        return self.process.returncode
