"""How each process starts, in one place: `python -m config.start web|worker|beat|migrate|health`.

Procfile, docker-compose.yml and the tests call these very commands. Each replaces this process, so that signals reach
the server itself.

Variables beside those of the settings: BIND, WEB_WORKERS, WEB_THREADS, WORKER_PROCESSES, WORKER_QUEUES, WORKER_NAME;
`.env.example` explains them.
"""

import argparse
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
SHARED_MEMORY = Path("/dev/shm")
QUEUES = "sweep,mail,jobs"
# Beat writes its schedule after each wake-up (every 5 s); older than this, it hangs.
BEAT_SILENCE = 60.0


def worker_name(machine: str) -> str:
    """Return what a worker is called; several on one machine need names of their own."""
    return os.environ.get("WORKER_NAME", "worker") + f"@{machine}"


def web() -> list[str]:
    """Return the command of the web server."""
    from django.conf import settings

    bind = os.environ.get("BIND", "127.0.0.1")
    return [
        *(PYTHON, "-m", "gunicorn", "config.wsgi"),
        *("--bind", f"{bind}:{settings.PORT}"),
        *("--workers", os.environ.get("WEB_WORKERS", "2")),
        *("--worker-class", "gthread", "--threads", os.environ.get("WEB_THREADS", "4")),
        *("--timeout", "60", "--graceful-timeout", "20", "--keep-alive", "5"),
        # A worker that answered many requests is replaced, not all at the same moment: memory never creeps.
        *("--max-requests", "5000", "--max-requests-jitter", "500"),
        *("--log-level", "warning"),
        # The sign of life of each process is a file; on a disk it may wait for others.
        *(("--worker-tmp-dir", str(SHARED_MEMORY)) if SHARED_MEMORY.is_dir() else ()),
    ]


def worker(*, with_beat: bool = False) -> list[str]:
    """Return the command of a Celery worker; one of a small firm may hold the beat too."""
    from django.conf import settings

    command = [
        # Small firms run it as root; what Celery warns of then, pickled tasks from the broker, is refused anyway.
        *(PYTHON, "-W", "ignore:You're running the worker with superuser privileges"),
        *("-m", "celery", "--quiet", "--app", "config", "worker"),
        *("--queues", os.environ.get("WORKER_QUEUES", QUEUES)),
        *("--concurrency", os.environ.get("WORKER_PROCESSES", "2")),
        *("--hostname", worker_name("%h")),
        *("--without-gossip", "--without-mingle", "--loglevel", settings.LOG_LEVEL),
    ]
    if with_beat:
        command += ["--beat", "--schedule", settings.CELERY_BEAT_SCHEDULE_FILENAME]
    return command


def beat() -> list[str]:
    """Return the command of the beat; exactly one runs."""
    from django.conf import settings

    schedule = settings.CELERY_BEAT_SCHEDULE_FILENAME
    command = [PYTHON, "-m", "celery", "--quiet", "--app", "config", "beat", "--schedule", schedule, "--pidfile", ""]
    return [*command, "--loglevel", settings.LOG_LEVEL]


def migrate() -> None:
    """Bring the database up to date, with the table of the cache; twice is as good as once."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    call_command("createcachetable", verbosity=0)


def say_first_code() -> None:
    """Print the one-time code for the first administrator while nobody is there."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("first_code", "--if-empty")
    # What follows replaces this process, and what it has not written yet.
    sys.stdout.flush()


def web_answers(port: int, site_url: str, *, seconds: float = 4.0) -> bool:
    """Return whether the web server on this machine answers "ok" at /health/."""
    host = str(urlsplit(site_url).netloc)
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health/", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return bool(response.read() == b"ok")
    except (urllib.error.URLError, OSError):
        return False


def beat_is_alive(schedule: Path, now: float) -> bool:
    """Return whether the beat wrote its schedule lately; `now` in seconds since 1970."""
    # The database module behind the file adds an ending of its own on some systems.
    files = list(schedule.parent.glob(f"{schedule.name}*"))
    # Neither long ago nor, by a clock that was set back since, ahead.
    return any(abs(now - file.stat().st_mtime) < BEAT_SILENCE for file in files)


def worker_answers() -> bool:
    """Return whether the worker on this machine answers a ping through the broker."""
    from config.celery import app

    return bool(app.control.inspect(destination=[worker_name(socket.gethostname())], timeout=5.0).ping())


def health(role: str) -> bool:
    """Return whether the process of that role works."""
    from django.conf import settings

    if role == "web":
        return web_answers(settings.PORT, settings.SITE_URL)
    if role == "beat":
        return beat_is_alive(Path(settings.CELERY_BEAT_SCHEDULE_FILENAME), time.time())
    return worker_answers()


def main(arguments: list[str] | None = None) -> int:
    """Start what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m config.start", description="Start one process of Constante.")
    parser.add_argument("what", choices=["web", "worker", "beat", "migrate", "health"])
    parser.add_argument("role", nargs="?", default="web", choices=["web", "worker", "beat"], help="whose health")
    parser.add_argument("--beat", action="store_true", help="the worker holds the beat too")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.chdir(ROOT)
    if asked.what == "migrate":
        migrate()
        return 0
    if asked.what == "health":
        return 0 if health(asked.role) else 1
    if asked.what == "web":
        say_first_code()
    commands = {"web": web, "worker": lambda: worker(with_beat=asked.beat), "beat": beat}
    command = commands[asked.what]()
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
