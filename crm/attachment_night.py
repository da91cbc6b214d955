"""What the night does about files: removed ones lose their content, and what a crash left over is found on both sides.

Contents without a row go, rows without a content are marked and said; both only when they are older than a day, so that
nothing is touched that is being written now. Whatever else lies in the store is left alone.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterator

from django.core.files.storage import Storage
from django.db.models import Q, QuerySet
from simple_history.utils import bulk_update_with_history

from crm.attachments import BROUGHT_BACK
from crm.models import Attachment
from crm.models.attachment import attachment_store

log = logging.getLogger(__name__)
#: As long as no request lives.
SETTLED = dt.timedelta(days=1)
BATCH = 500
FOLDERS = [f"{number:02x}" for number in range(256)]
OURS = re.compile(r"[0-9a-f]{32}")


def tidy(now: dt.datetime) -> None:
    """The work of the night; twice is as good as once."""
    purge(now)
    store = attachment_store()
    for folder in FOLDERS:
        _compare(store, folder, now)


def purge(now: dt.datetime) -> int:
    """Delete the contents of what was removed more than 30 days ago, by itself or with its contact; returns how many.

    The content goes first: a crash in between is made good by the next night.
    """
    until = now - BROUGHT_BACK
    rows = Attachment.objects.filter(purged_at=None).filter(
        Q(removed_at__lte=until) | Q(interaction__deleted_at__lte=until)
    )
    store, count = attachment_store(), 0
    for batch in _batches(rows):
        for row in batch:
            store.delete(row.key)
            row.purged_at = now
        # By itself: nobody did it.
        bulk_update_with_history(batch, Attachment, ["purged_at"], batch_size=BATCH)
        count += len(batch)
    return count


def _batches(rows: QuerySet[Attachment]) -> Iterator[list[Attachment]]:
    while batch := list(rows.order_by("pk")[:BATCH]):
        yield batch


def _compare(store: Storage, folder: str, now: dt.datetime) -> None:
    """Put one folder and its rows right; one query for each, however many there are."""
    lies = {f"{folder}/{name}" for name in _names(store, folder) if OURS.fullmatch(name)}
    named = dict(
        Attachment.objects.filter(key__startswith=f"{folder}/", purged_at=None).values_list("key", "missing_since")
    )
    for key in lies - named.keys():
        if store.get_modified_time(key) < now - SETTLED:
            store.delete(key)
            log.warning("A content that no attachment names was deleted: %s", key)
    lost = [key for key, since in named.items() if since is None and key not in lies]
    marked = (
        Attachment.objects.filter(key__in=lost, added_at__lt=now - SETTLED).update(missing_since=now) if lost else 0
    )
    if marked:
        log.error("%s attachments have no content in the store, under %s/", marked, folder)
    found = [key for key, since in named.items() if since is not None and key in lies]
    if found:
        Attachment.objects.filter(key__in=found).update(missing_since=None)


def _names(store: Storage, folder: str) -> list[str]:
    try:
        return store.listdir(folder)[1]
    except FileNotFoundError:
        return []
