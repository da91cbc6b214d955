"""How a mail leaves: by SMTP, or kept as a file where no mail server is set up. Each hand-over has one time limit."""

from __future__ import annotations

import os
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from django.conf import settings

#: Reading stops at lines longer than this, as smtplib itself does.
LINE_LIMIT = 8192


@dataclass(frozen=True)
class Letter:
    """A mail ready to leave: `name` is what it is kept as, `content` the whole text with its headers."""

    name: str
    sender: str
    recipient: str
    content: bytes


class MailError(Exception):
    """A mail was not handed over, with what follows from it.

    `permanent`: trying again is of no use. `address`: the server takes nothing for this address. `unsure`: the text was
    under way, it may have been taken. `connection`: the server could not be spoken with at all, whatever the mail.
    """

    def __init__(
        self,
        text: str,
        *,
        permanent: bool = False,
        address: bool = False,
        unsure: bool = False,
        connection: bool = False,
    ) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.address = address
        self.unsure = unsure
        self.connection = connection


class Transport(Protocol):
    """What the sender asks of a transport. `before_data` is called when the text is about to leave, and may raise."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def hand_over(self, letter: Letter, *, before_data: Callable[[], None], seconds: float) -> None: ...


def transport() -> Transport:
    """Return the transport that the settings name."""
    if settings.EMAIL_TRANSPORT is None:
        return FileTransport(Path(settings.MAIL_DIR))
    return SmtpTransport(settings.EMAIL_TRANSPORT)


@dataclass
class FileTransport:
    """Keeps mails as .eml files, readable by the owner of the process only: some hold a reset link."""

    folder: Path

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def hand_over(self, letter: Letter, *, before_data: Callable[[], None], seconds: float) -> None:
        """Write the file whole or not at all; a repeat replaces it."""
        before_data()
        draft = self.folder / f".{letter.name}.{os.getpid()}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(letter.content)
            draft.replace(self.folder / f"{letter.name}.eml")
        except OSError as error:
            raise MailError(f"The mail could not be kept as a file: {error}") from error


class _Lines:
    """The reading end of a connection, under the deadline of the hand-over, however slowly bytes come."""

    def __init__(self, smtp: _Deadline) -> None:
        self.smtp = smtp
        self.buffer = b""

    def readline(self, limit: int = LINE_LIMIT) -> bytes:
        while b"\n" not in self.buffer and len(self.buffer) < limit:
            more = self.smtp.receive()
            if not more:
                break
            self.buffer += more
        end = self.buffer.find(b"\n") + 1 or len(self.buffer)
        line, self.buffer = self.buffer[:end], self.buffer[end:]
        return line

    def close(self) -> None:
        self.buffer = b""


class _Deadline(smtplib.SMTP):
    """smtplib's client with one deadline (monotonic seconds) for all it says and hears, instead of one a read."""

    until = 0.0

    def remaining(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for one mail was over")
        return left

    def receive(self) -> bytes:
        assert self.sock is not None
        self.sock.settimeout(self.remaining())
        return self.sock.recv(4096)

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.remaining())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = _Lines(self)
        return super().getreply()


class _DeadlineSsl(_Deadline, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class SmtpTransport:
    """One connection for many mails, opened with the first one and again after an error."""

    def __init__(self, server: Mapping[str, Any]) -> None:
        self.server = server
        self.smtp: _Deadline | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def hand_over(self, letter: Letter, *, before_data: Callable[[], None], seconds: float) -> None:
        """Say the mail to the server within so many seconds, connecting included; raises `MailError`."""
        until = time.monotonic() + seconds
        smtp = self._address(letter, until)
        try:
            before_data()
        except BaseException:
            self._drop()
            raise
        try:
            code, reply = smtp.data(letter.content)
        except smtplib.SMTPDataError as error:
            # The server said no before any text left.
            code, reply = error.smtp_code, _bytes(error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise MailError(f"Cut off while handing over: {_said(error)}", unsure=True) from error
        if code != 250:
            self._reset()
            raise MailError(_reply(code, reply), permanent=500 <= code < 600)

    def _address(self, letter: Letter, until: float) -> _Deadline:
        """Say from whom and to whom; a kept connection that turns out dead is opened once more."""
        kept, to = self.smtp is not None, False
        try:
            smtp = self._connected(until)
            code, reply = smtp.mail(letter.sender)
            if code == 250:
                to = True
                code, reply = smtp.rcpt(letter.recipient)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if kept:
                return self._address(letter, until)
            raise MailError(_said(error), connection=True) from error
        if code in (250, 251):
            return smtp
        if code == 421:
            self._drop()
            if kept:
                return self._address(letter, until)
            raise MailError(_reply(code, reply), connection=True)
        self._reset()
        raise MailError(_reply(code, reply), permanent=500 <= code < 600, address=to and _names_address(code, reply))

    def _reset(self) -> None:
        """Make the connection fit for the next mail after a refusal."""
        try:
            if self.smtp is not None:
                self.smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _connected(self, until: float) -> _Deadline:
        if self.smtp is not None:
            self.smtp.until = until
            return self.smtp
        kind = _DeadlineSsl if self.server["use_ssl"] else _Deadline
        left = max(0.1, min(float(self.server["timeout"]), until - time.monotonic()))
        # Without a host the client does not connect yet: the deadline must be there first.
        smtp = kind(local_hostname=str(urlsplit(settings.SITE_URL).hostname), timeout=left)
        smtp.until = until
        try:
            self._greet(smtp)
        except BaseException:
            smtp.close()
            raise
        self.smtp = smtp
        return smtp

    def _greet(self, smtp: _Deadline) -> None:
        host, port = str(self.server["host"]), int(self.server["port"])
        smtp._host = host  # type: ignore[attr-defined]  # What smtplib itself checks the certificate against.
        code, reply = smtp.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, reply)
        smtp.ehlo_or_helo_if_needed()
        if self.server["use_tls"]:
            smtp.starttls(context=ssl.create_default_context())
        if self.server["username"]:
            smtp.login(str(self.server["username"]), str(self.server["password"]))

    def _leave(self) -> None:
        if self.smtp is not None:
            self.smtp.until = time.monotonic() + 2
            try:
                self.smtp.quit()
            except (OSError, smtplib.SMTPException):
                # The mails are over; how the server says good-bye changes nothing.
                self.smtp.close()
            self.smtp = None

    def _drop(self) -> None:
        if self.smtp is not None:
            self.smtp.close()
            self.smtp = None


def _names_address(code: int, reply: bytes) -> bool:
    """Whether a refusal is about the address itself: permanent, and not by a policy (5.7) or full storage (5.2.2)."""
    return 500 <= code < 600 and not reply.lstrip().startswith((b"5.7", b"5.2.2", b"5.3", b"5.4"))


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode()


def _reply(code: int, reply: bytes) -> str:
    return f"{code} {reply.decode(errors='replace')}"[:500]


def _said(error: Exception) -> str:
    # smtplib hides a time-out while reading behind a disconnection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "The mail server took too long to answer."
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, _bytes(error.smtp_error))
    return str(error)[:500] or type(error).__name__
