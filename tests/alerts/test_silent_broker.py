"""With a broker that takes the connection and never answers, pages work as ever, and nothing owed is lost."""

from __future__ import annotations

import datetime as dt
import re
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.calendar_build import rebuild
from accounts.models import WeeklySpan
from config.start import web_answers
from crm.models import Customer, Interaction
from tests.cast import Cast
from tests.config.test_start import wait_until
from tests.portfolio import client_of
from tests.support.browser import session_cookie
from tests.support.mailbox import MailServer
from tests.support.ports import free_port
from tests.support.processes import AppProcess

pytestmark = pytest.mark.worker
Start = Callable[..., AppProcess]


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts and says nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def take() -> None:
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    threading.Thread(target=take, daemon=True).start()
    yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    listener.close()
    for one in taken:
        one.close()


@pytest.fixture
def open_all_day(transactional_db: None, cast: Cast) -> Cast:
    cast.madrid.weekly_spans.all().delete()
    WeeklySpan.objects.bulk_create(
        WeeklySpan(calendar=cast.madrid, weekday=day, opens=dt.time(0, 0), closes=dt.time(23, 59, 59))
        for day in range(7)
    )
    rebuild(cast.madrid, today=timezone.now().date())
    return cast


class Visitor:
    """Somebody signed in who speaks HTTP to the web server."""

    def __init__(self, address: str, session: str) -> None:
        self.address = address
        self.token = "t" * 32
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={self.token}"

    def ask(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, body and what the page is told beside it."""
        headers = {"Cookie": self.cookie, "X-CSRFToken": self.token, "HX-Request": "true"}
        body = urllib.parse.urlencode(data).encode() if data else None
        request = urllib.request.Request(self.address + path, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers.get("HX-Trigger", "")


def missed_call(visitor: Visitor, customer: Customer) -> float:
    """Log it by the drawer's own fields; return the seconds that saving took."""
    status, drawer, _ = visitor.ask(f"/log/?customer={customer.pk}")
    assert status == 200
    key = re.search(r'name="idempotency_key" value="([^"]+)"', drawer)
    assert key
    said = {"customer": str(customer.pk), "channel": "call", "direction": "in", "outcome": "missed"}
    started = time.monotonic()
    status, _, told = visitor.ask("/log/", {**said, "idempotency_key": key[1]})
    assert 200 <= status < 300
    assert "Logged" in told
    return time.monotonic() - started


def test_a_call_is_logged_and_what_it_owes_goes_out_once_the_broker_is_back(
    open_all_day: Cast, silent: str, start_process: Start, smtp_server: MailServer
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    served = [client_of(open_all_day.ana, f"Cliente {number}", open_all_day.iberia) for number in range(3)]
    start_process("web", PORT=str(port), SITE_URL=address, STATIC_HASHED="False", REDIS_URL=silent)
    wait_until(lambda: web_answers(port, address), seconds=60)
    visitor = Visitor(address, session_cookie(open_all_day.ana, address)["value"])

    seconds = [missed_call(visitor, customer) for customer in served]

    print("seconds to save with a broker that never answers:", [round(one, 2) for one in seconds])
    assert Interaction.objects.filter(outcome="missed").count() == 3
    assert smtp_server.messages == []
    start_process("worker", "--beat", EMAIL_URL=smtp_server.url)
    mails = smtp_server.wait_for(1, seconds=60)
    wait_until(lambda: all(customer.name in told(mails) for customer in served), seconds=60)


def told(mails: list) -> str:
    """Everything that the mails say."""
    parts = [str(mail.message["Subject"]) for mail in mails]
    for mail in mails:
        body = mail.message.get_body(("plain",))
        parts.append(body.get_content() if body else "")
    return "\n".join(parts)
