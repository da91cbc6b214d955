"""Taking files in, and taking them away again.

The order is always content, row; row, content. `kept` writes the contents and takes away those that no row names in the
end, so that a form is saved with its files or not at all:

    with kept(form.cleaned_data["files"]) as files:
        with transaction.atomic():
            ...
            attach(customer, files, actor=user, now=now)
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import User
from crm.events import lock_clocks
from crm.file_kinds import HEAD, TAIL, Kind, kind_of
from crm.file_names import file_name
from crm.models import Attachment, Customer, Interaction
from crm.models.attachment import attachment_store

#: Removed files can be brought back for so long; then their content goes.
BROUGHT_BACK = dt.timedelta(days=30)


class NoRoom(ValidationError):
    """The files of one customer would take more than ATTACHMENTS_PER_CLIENT bytes."""


@dataclass(frozen=True)
class Kept:
    """A content that lies in the store, not yet named by a row. `size` in bytes."""

    title: str
    key: str
    kind: str
    size: int
    sha256: str


def what_is(upload: UploadedFile[Any]) -> Kind:
    """Return what an upload is, by its name and the bytes at both ends. Raises crm.file_kinds.Refused."""
    size = upload.size or 0
    upload.seek(0)
    head = upload.read(HEAD)
    upload.seek(max(size - TAIL, 0))
    tail = upload.read(TAIL)
    upload.seek(0)
    return kind_of(file_name(upload.name or ""), head, tail)


@contextmanager
def kept(uploads: Sequence[UploadedFile[Any]]) -> Iterator[list[Kept]]:
    """Write the contents of `uploads` for the time of the block; those that no row names after it are taken away."""
    files: list[Kept] = []
    try:
        for upload in uploads:
            files.append(_keep(upload))
        yield files
    except BaseException:
        # A database that cannot be asked now: the night takes away what is left over.
        with suppress(DatabaseError):
            _discard_unnamed(files)
        raise
    _discard_unnamed(files)


def _keep(upload: UploadedFile[Any]) -> Kept:
    kind = what_is(upload)
    digest = hashlib.sha256()
    size = 0
    for chunk in upload.chunks():
        digest.update(chunk)
        size += len(chunk)
    token = secrets.token_hex(16)
    # A file of ours, not the upload itself: a storage would move its temporary file away, and the request may be
    # tried again after a deadlock.
    key = attachment_store().save(f"{token[:2]}/{token}", File(upload.file, token))
    return Kept(file_name(upload.name or ""), key, kind.name, size, digest.hexdigest())


def _discard_unnamed(files: Sequence[Kept]) -> None:
    if not files:
        return
    keys = {one.key for one in files}
    keys -= set(Attachment.objects.filter(key__in=keys).values_list("key", flat=True))
    for key in keys:
        attachment_store().delete(key)


def attach(
    customer: Customer,
    files: Sequence[Kept],
    *,
    interaction: Interaction | None = None,
    actor: User | None,
    now: dt.datetime,
) -> list[Attachment]:
    """Name contents that are kept, in the caller's transaction. Without an `actor` they came in from outside.

    Raises NoRoom. Waits for whoever adds to the same customer, so that their sum is true.
    """
    if not files:
        return []
    with transaction.atomic():
        lock_clocks(Customer.objects.one(customer.pk))
        _make_sure_of_room(customer, sum(one.size for one in files))
        made = [
            Attachment(
                customer=customer,
                interaction=interaction,
                title=one.title[:200],
                key=one.key,
                kind=one.kind,
                size=one.size,
                sha256=one.sha256,
                added_at=now,
                added_by=actor,
            )
            for one in files
        ]
        for row in made:
            row.save()
    return made


def _make_sure_of_room(customer: Customer, more: int) -> None:
    rows = Attachment.objects.filter(customer=customer, purged_at=None)
    left = settings.ATTACHMENTS_PER_CLIENT - (rows.aggregate(taken=Sum("size"))["taken"] or 0)
    if more > left:
        said = {"left": filesizeformat(max(left, 0)), "all": filesizeformat(settings.ATTACHMENTS_PER_CLIENT)}
        raise NoRoom(
            _("There is room for %(left)s more with this client, of %(all)s in all. Remove what nobody needs.") % said,
            code="full",
        )


def here_already(customer: Customer, files: Sequence[Kept]) -> dict[str, Attachment]:
    """The files of `customer` with the same content, by sha256; of several the first. One query, none without files."""
    if not files:
        return {}
    rows = Attachment.objects.kept().filter(customer=customer, sha256__in={one.sha256 for one in files})
    rows = rows.exclude(key__in=[one.key for one in files]).select_related("added_by")
    return {row.sha256: row for row in rows.order_by("-added_at", "-pk")}


def follow(interaction: Interaction) -> None:
    """Bring the files of a contact to the customer that it was moved to."""
    for row in Attachment.objects.filter(interaction=interaction).exclude(customer=interaction.customer_id):
        row.customer_id = interaction.customer_id
        row.save(update_fields=["customer"])


def rename(attachment: Attachment, title: str) -> None:
    """Give a file another name; what it is stays."""
    attachment.title = title
    attachment.save(update_fields=["title"])


def remove(attachment: Attachment, *, actor: User, now: dt.datetime) -> None:
    """Take a file out of view; for 30 days it can be brought back. Twice is as good as once."""
    if attachment.removed_at is None:
        attachment.removed_at, attachment.removed_by = now, actor
        attachment.save(update_fields=["removed_at", "removed_by"])


def bring_back(attachment: Attachment) -> bool:
    """Undo a removal; False when the content has gone."""
    if attachment.purged_at is not None:
        return False
    if attachment.removed_at is not None:
        attachment.removed_at = attachment.removed_by = None
        attachment.save(update_fields=["removed_at", "removed_by"])
    return True
