"""A broker that hangs or dies costs time, never work: once it is back, workers and beat go on.

By themselves as a rule; now and then kombu trips over the connection that died under it and the worker ends, with an
exit code that is not 0. Then whoever started it starts it anew, as `restart: unless-stopped` of the compose file does.
"""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.ports import free_port, wait_for_port
from tests.support.processes import AppProcess

WITHIN = 60.0


class OwnRedis:
    """A Redis of this test alone, to be stopped and started."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        assert wait_for_port(self.port, seconds=10)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    server.start()
    yield server
    server.send(signal.SIGCONT)
    server.kill()


def wake_ups(worker: AppProcess) -> int:
    """How many wake-ups the worker has taken."""
    return len(re.findall(r"Task alerts\.tasks\.pump\[\S+\] received", worker.output))


def wait_for_more(worker: AppProcess) -> None:
    before, deadline = wake_ups(worker), time.monotonic() + WITHIN
    while wake_ups(worker) == before:
        assert worker.is_running, worker.output[-3000:]
        assert time.monotonic() < deadline, worker.output[-3000:]
        time.sleep(0.1)


@pytest.mark.worker
def test_after_a_hang_and_after_a_crash_of_redis_the_wake_ups_come_again(
    redis: OwnRedis, start_process: Callable[..., AppProcess]
) -> None:
    worker = start_process("worker", "--beat", REDIS_URL=redis.url)
    wait_for_more(worker)

    redis.send(signal.SIGSTOP)
    time.sleep(8)
    redis.send(signal.SIGCONT)
    wait_for_more(worker)

    redis.kill()
    time.sleep(3)
    redis.start()
    try:
        wait_for_more(worker)
    except AssertionError:
        if worker.is_running:
            raise
        wait_for_more(start_process("worker", "--beat", REDIS_URL=redis.url))
