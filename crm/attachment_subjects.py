"""What files belong to beside their client, and when they go out of view with it.

An app above that keeps files (a complaint's) has a table of its own with a one-to-one key to `crm.Attachment` and a key
to its subject, and says here when the subject is gone: `gone(Q(complaint_file__complaint__archived_at__isnull=False))`.
"""

from __future__ import annotations

from django.db.models import Q

_gone: list[Q] = []


def gone(condition: Q) -> None:
    """Hide the files for which `condition` (on Attachment) holds: a condition that is never null."""
    if condition not in _gone:
        _gone.append(condition)


def subjects_gone() -> list[Q]:
    """The conditions under which a file is out of view though nobody removed it."""
    return list(_gone)
