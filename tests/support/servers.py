"""A throwaway PostgreSQL and a throwaway Redis on free ports, gone when the tests end, also when they fail."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.ports import free_port, wait_for_port

PATIENCE = 30.0
# The data is thrown away, so it need not survive a power cut.
HURRY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=256MB")


class ServerError(Exception):
    """A server that the tests need did not come up."""


def postgres_folder() -> Path:
    """Return the folder of the newest PostgreSQL on this machine."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if folders:
        return folders[-1]
    initdb = shutil.which("initdb")
    if not initdb:
        raise ServerError("PostgreSQL is not installed.")
    return Path(initdb).resolve().parent


def unprivileged() -> pwd.struct_passwd | None:
    """Return whom PostgreSQL runs as when we are root, which it refuses; None when we are not."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerError("There is no user 'postgres' or 'nobody' to run PostgreSQL as.")


class Postgres:
    """A throwaway cluster in a folder of its own, which can be stopped and started again."""

    def __init__(self, settings: tuple[str, ...] = HURRY) -> None:
        self.binaries = postgres_folder()
        self.folder = Path(tempfile.mkdtemp(prefix="constante-pg-"))
        self.settings = settings
        self.port = free_port()
        self.server: subprocess.Popen[bytes] | None = None
        user = unprivileged()
        self._identity: dict[str, Any] = {}
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    @property
    def url(self) -> str:
        return f"postgres://constante@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make the files of the cluster."""
        names = ["-U", "constante", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        command = [str(self.binaries / "initdb"), "-D", str(self.folder / "data"), *names]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **self._identity)

    def start(self) -> None:
        """Start it and wait until it takes connections; after a crash it first reads what it had written."""
        log = self.folder / "log"
        options = [part for setting in self.settings for part in ("-c", setting)]
        place = ["-D", str(self.folder / "data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder)]
        command = [str(self.binaries / "postgres"), *place, *options]
        with log.open("ab") as output:
            self.server = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **self._identity)
        ready = [str(self.binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1"]
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(ready, check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Stop it: SIGINT is its fast shutdown, SIGQUIT its immediate one, as after a crash."""
        if self.server is not None:
            stop(self.server, number)
            self.server = None

    def remove(self) -> None:
        """Stop it and remove its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[str]:
    """Run PostgreSQL and give its DATABASE_URL."""
    cluster = Postgres()
    try:
        cluster.create()
        cluster.start()
        yield cluster.url
    finally:
        cluster.remove()


@contextmanager
def redis() -> Iterator[str]:
    """Run Redis, without keeping anything on disk, and give its REDIS_URL."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")
    try:
        if not wait_for_port(port, seconds=PATIENCE):
            raise ServerError("Redis did not start.")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        stop(server)


def stop(server: "subprocess.Popen[bytes]", number: int = signal.SIGINT) -> None:
    """End a server at once and wait for it; SIGINT is PostgreSQL's fast shutdown and ends Redis too."""
    server.send_signal(number)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
