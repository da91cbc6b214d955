"""Fixtures for every test: the real parts around the app. The people stand in `tests/cast.py`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.support.browser import Pages
from tests.support.browser import chromium as run_chromium
from tests.support.mailbox import MailServer
from tests.support.processes import AppProcess, environment
from tests.support.seeds import Seeds, commits

if (Path(__file__).parent / "cast.py").exists():
    pytest_plugins = ["tests.cast"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what the migrations wrote survive the tests that commit; set up first, this is torn down last."""
    for item in items:
        if isinstance(item, pytest.Function) and commits(item):
            item.fixturenames.insert(0, "seeds_again")


@pytest.fixture(scope="session")
def seeds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Seeds:
    """What stood in the database before the first test that commits."""
    with django_db_blocker.unblock():
        return Seeds.take()


@pytest.fixture
def seeds_again(seeds: Seeds, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Put the seeds back when the database was emptied after the test."""
    yield
    with django_db_blocker.unblock():
        seeds.put_back()


@pytest.fixture
def smtp_server() -> Iterator[MailServer]:
    """A real SMTP server on loopback; what it can do stands in `tests/support/mailbox.py`."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def empty_broker() -> Iterator[None]:
    """Nothing waits in the broker, before and after."""
    forget_messages()
    yield
    forget_messages()


def forget_messages() -> None:
    """Remove every message of this test process from its broker."""
    if settings.REDIS_URL:
        import redis

        with redis.Redis.from_url(settings.REDIS_URL) as server:
            for key in server.scan_iter(f"{settings.REDIS_PREFIX}*", count=1000):
                server.delete(key)
        return
    for folder in settings.QUEUE_DIR.iterdir():
        for file in folder.iterdir():
            file.unlink(missing_ok=True)


@pytest.fixture
def start_process(transactional_db: None, empty_broker: None, tmp_path: Path) -> Iterator[Callable[..., AppProcess]]:
    """Start `python -m config.start …` on this test's database and broker: `start_process("worker", EMAIL_URL=…)`."""
    started: list[AppProcess] = []

    def start(*arguments: str, **variables: str) -> AppProcess:
        name = f"{arguments[0]}-{len(started)}"
        own = {"WORKER_NAME": name, **variables}
        process = AppProcess(list(arguments), environment(**own), tmp_path / f"{name}.log")
        started.append(process)
        process.start()
        return process

    yield start
    for process in started:
        process.stop()
        # Shown beside a failure only.
        print(f"--- {process.log.name}\n{process.output[-4000:]}")


@pytest.fixture
def start_worker(start_process: Callable[..., AppProcess]) -> Callable[..., AppProcess]:
    """Start a Celery worker and wait until it takes tasks: `start_worker(EMAIL_URL=smtp_server.url)`."""

    def start(*arguments: str, **variables: str) -> AppProcess:
        process = start_process("worker", *arguments, **variables)
        process.wait_for_output(" ready.")
        return process

    return start


@pytest.fixture
def worker(start_worker: Callable[..., AppProcess], smtp_server: MailServer) -> AppProcess:
    """A running Celery worker whose mail goes to `smtp_server`."""
    return start_worker(EMAIL_URL=smtp_server.url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, started once."""
    with run_chromium() as browser:
        yield browser


@pytest.fixture
def pages(chromium: Browser, live_server: LiveServer) -> Iterator[Pages]:
    """Opens pages of the live server: `pages.open(ana, path="/", width=390, theme="dark", locale="es")`."""
    opened = Pages(chromium, live_server.url)
    yield opened
    opened.close()
    assert not opened.problems, opened.problems


@pytest.fixture
def page(pages: Pages) -> Page:
    """One page, nobody signed in."""
    return pages.open()
