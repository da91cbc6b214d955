"""Lines of the log: whatever is written, the secret in an address is not."""

from __future__ import annotations

import logging
import re

#: The links of mails, and those that let somebody choose a password.
SECRET = re.compile(r"(/from-mail/\w+/|/password/reset/key/)[^/\s\"']+")


class Line(logging.Formatter):
    """Writes a record with its traceback, the secrets blanked."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub(r"\1…", super().format(record))
