"""One set of rows for all tests of a module; each actor's requests are taken back after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import time_machine
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.cast import Cast, build_cast, load_cast
from tests.gates.watch import Browsers
from tests.portfolio import NOW


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written within is not there afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast on a Tuesday morning, in a transaction that lasts for the module."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), taken_back():
        build_cast()
        yield load_cast()


@pytest.fixture
def apart(stage: Cast) -> Iterator[None]:
    """What the test writes is taken back after it."""
    with taken_back():
        yield


@pytest.fixture(scope="module")
def browsers(stage: Cast) -> Browsers:
    """`browsers.of("ana").get(…)`."""
    return Browsers(stage.people)


@pytest.fixture
def attempt(stage: Cast) -> Callable[[], AbstractContextManager[None]]:
    """`with attempt(): …`: what is written within is taken back at once."""
    return taken_back
