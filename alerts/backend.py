"""Django's mail backend of every app: a mail becomes a `Delivery` row, and a worker sends it.

Nothing leaves from a request: a mail server that is slow or down touches no page.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from email.message import MIMEPart
from email.mime.base import MIMEBase
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from alerts.choices import Purpose
from alerts.models import Delivery

SUBJECT_LIMIT = 300
#: Headers that the sender writes itself.
OWN_HEADERS = {"from", "to", "cc", "reply-to", "subject", "date", "message-id"}


class OutboxBackend(BaseEmailBackend):
    """Writes one `Delivery` a recipient, in the transaction of the caller."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the mails to be sent; returns how many. A header with a line break raises `BadHeaderError`."""
        rows = []
        for message in email_messages:
            message.message()  # Refuses line breaks in headers now, where the caller can hear it.
            rows += _deliveries(message)
        with transaction.atomic():
            Delivery.objects.bulk_create(rows)
        return len([message for message in email_messages if message.recipients()])


def _deliveries(message: EmailMessage) -> list[Delivery]:
    addresses = message.recipients()
    people = {user.email: user for user in User.objects.filter(email__in=[one.lower() for one in addresses])}
    now = timezone.now()
    return [
        Delivery(
            purpose=Purpose.ACCOUNT,
            to_user=people.get(address.lower()),
            to_address=address,
            reply_to=", ".join(str(one) for one in message.reply_to)[:254],
            headers=_headers(message),
            attachments=[_attachment(one) for one in message.attachments],
            language=get_language() or "en",
            subject=str(message.subject)[:SUBJECT_LIMIT],
            text_body=str(message.body),
            html_body=_html(message),
            window_at=now,
            next_try_at=now,
            created_at=now,
        )
        for address in addresses
    ]


def _headers(message: EmailMessage) -> dict[str, str]:
    return {name: str(value) for name, value in message.extra_headers.items() if name.lower() not in OWN_HEADERS}


def _html(message: EmailMessage) -> str:
    if isinstance(message, EmailMultiAlternatives):
        for content, kind in message.alternatives:
            if kind == "text/html":
                return str(content)
    return str(message.body) if message.content_subtype == "html" else ""


def _attachment(given: Any) -> dict[str, str]:
    """Return an attachment as JSON: name, type, content in base64."""
    if isinstance(given, (MIMEBase, MIMEPart)):
        content: Any = given.get_payload(decode=True)
        name, kind = given.get_filename() or "attachment", given.get_content_type()
    else:
        name, content, kind = given
    data = content.encode() if isinstance(content, str) else bytes(content)
    return {
        "name": str(name or "attachment"),
        "type": str(kind or "application/octet-stream"),
        "content": base64.b64encode(data).decode("ascii"),
    }
