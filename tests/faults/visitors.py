"""People who log calls in their browsers meanwhile, and click again when no answer comes."""

from __future__ import annotations

import http.client
import random
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.faults.moved_clock import MovedClock

#: Seconds between two calls of one person.
PAUSE = 0.25
PATIENCE = 30


@dataclass
class Call:
    """One call that somebody logs: its key, and what came of each click."""

    key: uuid.UUID
    customer: int
    outcome: str
    answers: list[int | str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def is_saved(self) -> bool:
        """Whether the browser was told that it is."""
        return any(isinstance(answer, int) and 200 <= answer < 300 for answer in self.answers)


@dataclass
class Visitor:
    """One browser in a thread of its own: logs calls for `customers` until it is told to end."""

    address: str
    user: User
    customers: list[int]
    seed: int
    clock: MovedClock
    calls: list[Call] = field(default_factory=list)
    works: threading.Event = field(default_factory=threading.Event)
    ends: threading.Event = field(default_factory=threading.Event)
    is_idle: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        client = Client()
        client.force_login(self.user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._token = "t" * 32
        self._cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={self._token}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._chance = random.Random(self.seed)
        self._thread.start()

    def pause(self) -> None:
        """Let the call in hand be saved, then no other one; returns when it is."""
        self.works.clear()
        self.is_idle.wait(timeout=90)

    def leave(self) -> None:
        self.ends.set()
        self.works.set()
        self._thread.join(timeout=PATIENCE + 5)

    def _run(self) -> None:
        while not self.ends.is_set():
            if not self.works.is_set():
                self.is_idle.set()
                self.works.wait()
                self.is_idle.clear()
                continue
            self._log(self._next())
            time.sleep(PAUSE)

    def _next(self) -> Call:
        outcome = "missed" if self._chance.random() < 0.7 else "reached"
        key = uuid.UUID(int=self._chance.getrandbits(128), version=4)
        call = Call(key, self._chance.choice(self.customers), outcome)
        self.calls.append(call)
        return call

    def _log(self, call: Call) -> None:
        """Click until it is saved; the same form is sent each time."""
        while not call.is_saved and not self.ends.is_set():
            begun = time.monotonic()
            call.answers.append(self._click(call))
            call.seconds.append(time.monotonic() - begun)
            if not call.is_saved:
                time.sleep(0.5)

    def _click(self, call: Call) -> int | str:
        said = {
            "customer": str(call.customer),
            "channel": "call",
            "direction": "in" if call.outcome == "missed" else "out",
            "outcome": call.outcome,
            "idempotency_key": str(call.key),
        }
        headers = {"Cookie": self._cookie, "X-CSRFToken": self._token, "HX-Request": "true"}
        body = urllib.parse.urlencode(said).encode()
        request = urllib.request.Request(self.address + "/log/", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
