"""A delivery as the text that goes over the wire: headers, text, HTML, attachments. No header can be smuggled in."""

from __future__ import annotations

import base64
import email.policy
import re
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

from django.conf import settings

from alerts.choices import Purpose
from alerts.mail.letters import one_line
from alerts.mail.tokens import lines_address, with_links
from alerts.models import Delivery
from alerts.transport import Letter

#: Answered by no machine, and sorted by list: purposes that go to colleagues.
TO_COLLEAGUES = {
    *(Purpose.SINGLE, Purpose.LIST, Purpose.MORNING, Purpose.WEEKLY, Purpose.TEST),
    *(Purpose.HAND_OVER, Purpose.HAND_BACK),
}
#: Mails with lines that may be switched off.
WITH_LINES = {Purpose.MORNING, Purpose.WEEKLY}


class Whole(UnstructuredHeader):
    """A header of one long address, never folded: mail programs read no encoded pieces of it."""

    name: str

    def fold(self, *, policy: email.policy.Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_headers = HeaderRegistry()
# The registry itself adds BaseHeader to it.
_headers.map_to_type("list-unsubscribe", Whole)  # type: ignore[arg-type]
POLICY = email.policy.SMTP.clone(header_factory=_headers)


def host() -> str:
    return str(urlsplit(settings.SITE_URL).hostname)


def message_id_of(delivery: Delivery) -> str:
    """Return the constant Message-ID of a delivery: from its key, the same on every repeat."""
    return f"<{re.sub(r'[^A-Za-z0-9._-]', '.', delivery.key)}@{host()}>"


def sender_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def letter_of(delivery: Delivery) -> Letter:
    """Return a rendered delivery as a letter; raises ValueError where an address or header is none."""
    message = EmailMessage(policy=POLICY)
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message["From"] = Address(one_line(name), addr_spec=address)
    reader = delivery.to_user
    message["To"] = Address(one_line(reader.name) if reader else "", addr_spec=delivery.to_address)
    message["Subject"] = one_line(delivery.subject)
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = delivery.message_id
    if delivery.reply_to:
        message["Reply-To"] = one_line(delivery.reply_to)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if delivery.purpose in TO_COLLEAGUES:
        message["List-ID"] = f"Constante <alerts.{host()}>"
    if delivery.purpose in WITH_LINES and delivery.to_user_id is not None:
        # RFC 8058: what of it may be switched off, with one click. Alerts and what climbs may not.
        link = settings.SITE_URL + lines_address(delivery=delivery.pk, reader=delivery.to_user_id)
        message["List-Unsubscribe"] = f"<{link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for header, value in delivery.headers.items():
        if header not in message:
            message[one_line(header)] = one_line(str(value))
    text = _as_it_leaves(delivery, delivery.text_body)
    message.set_content(text, cte="base64" if len(text) > 4000 else None)
    if delivery.html_body:
        # Base64 is made in C; quoted-printable of a page takes longer than all the rest.
        message.add_alternative(_as_it_leaves(delivery, delivery.html_body), subtype="html", cte="base64")
    for attachment in delivery.attachments:
        kind, _slash, subtype = str(attachment["type"]).partition("/")
        message.add_attachment(
            base64.b64decode(attachment["content"]),
            maintype=kind or "application",
            subtype=subtype or "octet-stream",
            filename=one_line(str(attachment["name"])),
        )
    return Letter(f"{delivery.pk:08d}", sender_address(), delivery.to_address, message.as_bytes())


def _as_it_leaves(delivery: Delivery, body: str) -> str:
    """The body with the links that act without signing in: they are in the letter only, never in what is kept."""
    if delivery.purpose not in TO_COLLEAGUES or delivery.to_user_id is None:
        return body
    return with_links(body, delivery=delivery.pk, reader=delivery.to_user_id)
