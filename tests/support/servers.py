"""A throwaway PostgreSQL and a throwaway Redis on free ports, gone when the tests end, also when they fail."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def postgres() -> Iterator[str]:
    """Run PostgreSQL and give its DATABASE_URL."""
    binaries = postgres_folder()
    folder = Path(tempfile.mkdtemp(prefix="constante-pg-"))
    user = unprivileged()
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, port, log = folder / "data", free_port(), folder / "log"
    initdb = [binaries / "initdb", "-D", data, "-U", "constante", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    options = [part for setting in HURRY for part in ("-c", setting)]
    command = [binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, *options]
    try:
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/", **identity)  # type: ignore[call-overload]
        with log.open("wb") as output:
            server = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **identity)  # type: ignore[call-overload]
        try:
            if not wait_for_port(port, seconds=PATIENCE):
                raise ServerError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
            yield f"postgres://constante@127.0.0.1:{port}/postgres"
        finally:
            stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def stop(server: "subprocess.Popen[bytes]") -> None:
    """End a server at once and wait for it; SIGINT is PostgreSQL's fast shutdown and ends Redis too."""
    server.send_signal(2)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
