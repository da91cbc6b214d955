"""What the shell (templates/base.html) needs on every page."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from accounts.navigation import ShownEntry, entries_for


class Shell:
    """The navigation of one request, worked out when a template asks: a fragment never does."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def entries(self) -> list[ShownEntry]:
        return entries_for(self.user, self.request.path) if self.user else []

    @property
    def main(self) -> list[ShownEntry]:
        return [entry for entry in self.entries if not entry.foot]

    @property
    def foot(self) -> list[ShownEntry]:
        return [entry for entry in self.entries if entry.foot]

    @property
    def before_log(self) -> list[ShownEntry]:
        """The two entries left of Log on the phone's bar."""
        return self.main[:2]

    @property
    def after_log(self) -> list[ShownEntry]:
        return self.main[2:3]

    @property
    def more(self) -> list[ShownEntry]:
        """What the phone keeps behind "More"."""
        return [*self.main[3:], *self.foot]

    @property
    def theme(self) -> str:
        """`light`, `dark`, or `auto`: then static/look/theme.js asks the device before the first paint."""
        return self.user.theme if self.user else "auto"

    @property
    def single_keys(self) -> bool:
        return self.user.single_keys if self.user else False


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` (above) and `nav`, its main entries, not worked out before they are used."""
    made = Shell(request)
    return {"shell": made, "nav": lambda: made.main}
