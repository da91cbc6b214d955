"""A real SMTP server on loopback that keeps what it received, and can refuse or be slow."""

import asyncio
import email
import email.policy
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port


@dataclass(frozen=True)
class Received:
    """One mail that the server said 250 to; `at` is in seconds since 1970."""

    sender: str
    recipients: list[str]
    raw: bytes
    at: float

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        """What mail programs tell repeats by."""
        return str(self.message["Message-ID"]).strip()


@dataclass
class MailServer:
    """The server, as the tests see it.

    `refuse_recipient` and `refuse_data` are replies such as "451 try later" or "550 no such person"; `delay` is how
    many seconds it thinks before it answers to the text of a mail.
    """

    port: int = field(default_factory=free_port)
    messages: list[Received] = field(default_factory=list)
    refuse_recipient: str = ""
    refuse_data: str = ""
    delay: float = 0.0
    _controller: Controller | None = None

    @property
    def url(self) -> str:
        """The EMAIL_URL of this server."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        """Take or refuse a recipient."""
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take or refuse the text."""
        await asyncio.sleep(self.delay)
        if self.refuse_data:
            return self.refuse_data
        raw = envelope.original_content or b""
        self.messages.append(Received(str(envelope.mail_from), list(envelope.rcpt_tos), raw, time.time()))
        return "250 OK"

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; connections are refused from now on."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def wait_for(self, count: int, *, seconds: float = 20.0) -> list[Received]:
        """Return the mails once there are that many; fails when they do not come."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.messages)} of {count} mails came within {seconds} s")
            time.sleep(0.05)
        return self.messages
