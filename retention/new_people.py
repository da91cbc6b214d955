"""What somebody new begins with: the firm's language, and its zone unless that of the first team is to hold."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import NewPeople, User
from accounts.setting_history import Line, note_change
from retention.person_changes import LANGUAGE, ZONE

AREA = "languages"
FIRST_TEAMS = gettext_noop("that of the first team")


def initial() -> dict[str, str]:
    """What an invitation's form begins with. One query."""
    row = NewPeople.current()
    return {"language": row.language, "zone": row.time_zone}


@transaction.atomic
def begin_with(*, language: str, zone: str, actor: User, now: dt.datetime) -> bool:
    """Say what somebody new begins with; nobody who is here changes. False where it was so already."""
    # The table has one row: who comes second waits for the first.
    row = NewPeople.objects.select_for_update().order_by("pk").first() or NewPeople.current()
    names = dict(NewPeople._meta.get_field("language").flatchoices)
    lines = []
    if row.language != language:
        lines.append(Line(LANGUAGE, names[row.language], names[language]))
    if row.time_zone != zone:
        lines.append(Line(ZONE, row.time_zone or FIRST_TEAMS, zone or FIRST_TEAMS))
    if not lines:
        return False
    row.language, row.time_zone = language, zone
    row.full_clean()
    row.save()
    note_change(AREA, lines=lines, actor=actor, now=now)
    return True
