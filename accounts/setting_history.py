"""The history of settings: written with each change, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from accounts.models import SettingChange, User


@dataclass(frozen=True)
class Line:
    """What one field was and is. Words are English and marked for translation where they are written; values plain."""

    label: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Told:
    """One change as its reader sees it."""

    change: SettingChange
    differences: list[Line]


def note_change(
    area: str,
    *,
    lines: Iterable[Line],
    now: datetime,
    actor: User | None,
    subject: str = "",
    reason: str = "",
) -> SettingChange:
    """Write who changed what and why; call it in the transaction of the change itself."""
    return SettingChange.objects.create(
        area=area,
        subject=subject,
        at=now,
        actor=actor,
        reason=reason,
        lines=[asdict(line) for line in lines],
    )


def said_why(reason: str) -> str:
    """The reason of a change as it is kept. Raises ValidationError beside `reason` where none is given."""
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": gettext("Say why, for those who look at it later.")})
    return reason[:200]


def history_of(area: str, subject: str | None = None, *, limit: int = 50) -> list[Told]:
    """Return the latest changes of a page (None), or of one thing on it, newest first."""
    changes = SettingChange.objects.filter(area=area).select_related("actor")
    if subject is not None:
        changes = changes.filter(subject=subject)
    return [Told(change, _said(change.lines)) for change in changes[:limit]]


def worded(lines: Iterable[Line]) -> list[Line]:
    """Lines that were not kept yet, in the reader's language."""
    return _said([asdict(line) for line in lines])


def _said(lines: Sequence[dict[str, str]]) -> list[Line]:
    return [Line(*(_word(line[part]) for part in ("label", "before", "after"))) for line in lines]


def _word(text: str) -> str:
    """The translation of the empty text would be the catalogue's head."""
    return gettext(text) if text else ""
