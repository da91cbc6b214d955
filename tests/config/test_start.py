"""Each process starts by the command that production uses, on the database and broker of the test."""

import re
import shlex
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from config import start
from config.celery import app
from tests.support.ports import free_port
from tests.support.processes import AppProcess

ROOT = Path(__file__).resolve().parent.parent.parent
Starter = Callable[..., AppProcess]


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


@pytest.mark.worker
def test_the_web_server_answers_and_ends_when_asked(start_process: Starter, tmp_path: Path) -> None:
    port = free_port()
    web = start_process("web", PORT=str(port), STATIC_HASHED="False")
    wait_until(lambda: start.web_answers(port, f"http://localhost:{port}"))
    assert web.stop() == 0
    assert not start.web_answers(port, f"http://localhost:{port}", seconds=0.5)


@pytest.mark.worker
def test_hashed_files_are_served_compressed_and_for_ever(start_process: Starter, tmp_path: Path) -> None:
    port = free_port()
    process = start_process("web", PORT=str(port), STATIC_HASHED="True", DATA_DIR=str(collect(tmp_path)))
    wait_until(lambda: start.web_answers(port, f"http://localhost:{port}"))
    name = next(file.name for file in (tmp_path / "static" / "vendor").glob("htmx.min.*.js"))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/static/vendor/{name}", headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]
    assert process.is_running


def collect(folder: Path) -> Path:
    """Collect the static files, hashed, into a data folder of this test."""
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    from django.test import override_settings

    with override_settings(STATIC_ROOT=folder / "static", STORAGES=storages):
        assert finders.find("vendor/htmx.min.js"), "run make assets first"
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.mark.worker
def test_a_worker_takes_what_beat_wakes_and_both_are_healthy(start_worker: Starter, start_process: Starter) -> None:
    worker = start_worker()
    beat = start_process("beat", DATA_DIR=str(worker.log.parent))
    worker.wait_for_output("Task alerts.tasks.pump[")
    assert start.beat_is_alive(worker.log.parent / "beat-schedule", time.time())
    assert not start.beat_is_alive(worker.log.parent / "beat-schedule", time.time() + 61)
    assert not start.beat_is_alive(worker.log.parent / "beat-schedule", time.time() - 61)
    assert app.control.ping(destination=[hostname(worker)], timeout=5)
    assert beat.stop() == 0
    assert worker.stop() == 0


@pytest.mark.worker
def test_a_worker_that_was_killed_leaves_no_process_behind(start_worker: Starter) -> None:
    worker = start_worker()
    assert worker.process is not None
    children = Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children").read_text().split()
    assert children
    worker.kill()
    wait_until(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children))
    assert worker.process.returncode == -signal.SIGKILL


@pytest.mark.embedded
def test_embedded_one_worker_holds_the_beat(start_worker: Starter) -> None:
    worker = start_worker("--beat")
    worker.wait_for_output("Task alerts.tasks.pump[")
    assert worker.stop() == 0


def test_compose_and_procfile_use_the_same_commands() -> None:
    commands = {name: service.get("command") for name, service in compose()["services"].items()}
    ours = {
        name: shlex.join(command) for name, command in commands.items() if name in {"web", "worker", "beat", "migrate"}
    }
    assert ours == {name: f"python -m config.start {name}" for name in ("web", "worker", "beat", "migrate")}
    for line in (ROOT / "Procfile").read_text().splitlines():
        assert re.match(r"(\w+): python -m config\.start \1( --beat)?$", line)


def test_every_service_of_compose_says_how_it_is_healthy() -> None:
    services = compose()["services"]
    assert set(services) == {"web", "worker", "beat", "postgres", "redis", "migrate"}
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["migrate"]
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for service in services.values():
        for mount in service.get("volumes", []):
            assert mount.split(":")[0] in compose()["volumes"]


def test_every_queue_that_tasks_use_is_worked_on() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE}
    assert routed == set(start.QUEUES.split(","))


def test_what_beat_wakes_exists() -> None:
    app.loader.import_default_modules()
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] in app.tasks, name


def hostname(worker: AppProcess) -> str:
    found = re.search(r"(\S+@\S+) ready\.", worker.output)
    assert found
    return found[1]


def wait_until(holds: Callable[[], bool], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


@pytest.mark.django_db
def test_pages_are_compressed_for_who_can_read_that(client: Client) -> None:
    plain = client.get("/accounts/login/", follow=True)
    assert "Content-Encoding" not in plain.headers
    packed = client.get("/accounts/login/", follow=True, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content)
