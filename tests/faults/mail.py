"""The SMTP server of the run. What it took is the truth; it refuses, dawdles and cuts off as it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.mailbox import MailServer, Received

#: One mail in so many is treated as the mode says; the others pass.
SHARE = 3


@dataclass
class Talk:
    """One connection of a sender: by its port, what it was saying last."""

    port: int
    recipient: str = ""
    message_id: str = ""


@dataclass
class Hold:
    """Keeps the next sender that comes to `phase`: "rcpt", "data" (not taken), "taken" (no 250 yet), "settle"."""

    phase: str
    talk: Talk | None = None
    is_over: bool = False
    on_caught: Callable[[Talk], None] | None = None


class CutSmtp(SMTP):
    """Can leave in the middle of a mail's text."""

    async def smtp_DATA(self, arg: str) -> None:
        owner = self.event_handler
        if isinstance(owner, FaultyMail) and owner.mode == "cut in the text" and owner.its_turn():
            await self.push("354 go ahead")
            await asyncio.sleep(0.005)
            leave(self)
            return
        await super().smtp_DATA(arg)


def leave(server: SMTP) -> None:
    """Drop the connection at once."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


class CutController(Controller):
    def factory(self) -> SMTP:
        return CutSmtp(self.handler, **self.SMTP_kwargs)


@dataclass
class FaultyMail(MailServer):
    """`mode` says what happens to one mail in three; `hold` keeps the next sender at one point.

    `unheard` are the Message-IDs of mails that were taken without the sender hearing so: those may come again.
    """

    mode: str = ""
    turns: int = 0
    talks: dict[int, Talk] = field(default_factory=dict)
    hold: Hold | None = None
    unheard: set[str] = field(default_factory=set)
    refused_person: str = ""

    def start(self) -> None:
        self._controller = CutController(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def its_turn(self) -> bool:
        self.turns += 1
        return self.turns % SHARE == 0

    def talk_of(self, session: Session) -> Talk:
        port = int(session.peer[1]) if session.peer else 0
        return self.talks.setdefault(port, Talk(port))

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        # A port that was used before starts anew.
        if session.peer:
            self.talks[int(session.peer[1])] = Talk(int(session.peer[1]))
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        talk = self.talk_of(session)
        talk.recipient, talk.message_id = address, ""
        await self.keep("rcpt", talk)
        if self.refused_person and address == self.refused_person:
            return "550 5.1.1 no such person"
        if self.mode == "refusing people" and self.its_turn():
            return "451 4.3.0 later, please"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        talk, mode = self.talk_of(session), self.mode
        came = Received(str(envelope.mail_from), list(envelope.rcpt_tos), envelope.original_content or b"", time.time())
        talk.message_id = came.message_id
        turn = bool(mode) and self.its_turn()
        if turn and mode == "refusing texts":
            return "451 4.3.0 later, please"
        if turn and mode == "refusing for good":
            return "550 5.7.1 not here"
        if turn and mode == "slow":
            await asyncio.sleep(1.5)
        if turn and mode == "too slow":
            await asyncio.sleep(4.0)
        if turn and mode == "cut before taking":
            return self.cut(server)
        await self.keep("data", talk)
        self.messages.append(came)
        return await self._answer(server, talk, mode if turn else "")

    async def _answer(self, server: SMTP, talk: Talk, mode: str) -> str:
        if mode == "cut before 250":
            self.unheard.add(talk.message_id)
            return self.cut(server)
        if mode == "cut after 250":
            await server.push("250 OK")
            return self.cut(server)
        await self.keep("taken", talk)
        if server.transport is None or server.transport.is_closing():
            self.unheard.add(talk.message_id)
        hold = self.hold
        if hold is not None and hold.phase == "settle" and hold.talk is None:
            if hold.on_caught:
                hold.on_caught(talk)
            hold.talk = talk
        return "250 OK"

    @staticmethod
    def cut(server: SMTP) -> str:
        """Leave without another word."""
        leave(server)
        return "421 gone"

    async def keep(self, phase: str, talk: Talk) -> None:
        """Hold this sender here when it is the one that is waited for."""
        hold = self.hold
        if hold is None or hold.phase != phase or hold.talk is not None:
            return
        hold.talk = talk
        while not hold.is_over:
            await asyncio.sleep(0.02)
