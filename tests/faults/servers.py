"""The servers of the run: PostgreSQL that can be restarted, Redis that can be stopped, hung and emptied."""

from __future__ import annotations

import signal
import subprocess

from tests.support.ports import free_port, wait_for_port
from tests.support.servers import Postgres, ServerError, stop

#: No power cut comes, so nothing waits for the disk; but what is committed outlives an immediate shutdown.
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=256MB")


def cluster() -> Postgres:
    """A PostgreSQL whose commits hold when it is shut down at once."""
    return Postgres(SETTINGS)


class Redis:
    """A Redis on a port of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/", start_new_session=True)
        if not wait_for_port(self.port, seconds=30):
            raise ServerError("Redis did not start.")

    def empty(self) -> None:
        """Forget every message."""
        import redis

        with redis.Redis(port=self.port) as client:
            client.flushall()

    def hang(self) -> None:
        """Keep connections open and answer nothing."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """Die at once, with everything it held."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None

    def remove(self) -> None:
        if self.server is not None:
            self.go_on()
            stop(self.server)
            self.server = None

    def _send(self, number: signal.Signals) -> None:
        if self.server is not None:
            self.server.send_signal(number)
