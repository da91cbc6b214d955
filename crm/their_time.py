"""The hour where a client is, and whether it is a decent one to call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: From and until when one calls people, by their own clock.
DECENT_FROM, DECENT_UNTIL = 8, 20


@dataclass(frozen=True)
class TheirTime:
    """Their clock at one instant. `words` is "06:10"; `early` and `late` say that one should rather not call."""

    words: str
    early: bool
    late: bool

    @property
    def is_odd(self) -> bool:
        return self.early or self.late


def their_time(zone_name: str, reader_zone: ZoneInfo, now: dt.datetime) -> TheirTime | None:
    """Return the client's clock at `now` (aware); None where their zone is not known or shows the reader's hour."""
    if not zone_name:
        return None
    try:
        local = now.astimezone(ZoneInfo(zone_name))
    except (ZoneInfoNotFoundError, ValueError):
        # Imported by other means than our forms.
        return None
    if local.utcoffset() == now.astimezone(reader_zone).utcoffset():
        return None
    return TheirTime(f"{local:%H:%M}", local.hour < DECENT_FROM, local.hour >= DECENT_UNTIL)
