from __future__ import annotations

from pathlib import PurePosixPath
from typing import ClassVar

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.file_kinds import Kind, kind_named
from crm.file_names import file_name
from crm.models.customer import Customer
from crm.models.interaction import Interaction
from crm.querysets import AttachmentQuerySet


class Attachment(models.Model):
    """A file about a customer, perhaps of one contact made with them.

    The customer is always known, because who may see the client may see the file. What it belongs to beside that is a
    foreign key where crm owns the thing (`interaction`), and a table of its own with a one-to-one key to this one where
    an app above does (`crm.attachment_subjects`): each link is a constraint of the database, which a generic foreign
    key would not be, and no arrow goes upwards.

    The content lies in the storage "attachments" under `key`, which is drawn by lot and tells nothing of its name. It
    is written before the row and removed after it, so that no row ever waits for a file; what a crash leaves over is
    swept at night (`crm.attachment_night`). Removed files stay 30 days and can be brought back; then the content goes,
    the row stays.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="attachments")
    interaction = models.ForeignKey(
        Interaction, null=True, blank=True, editable=False, on_delete=models.CASCADE, related_name="attachments"
    )
    title = models.CharField(_("name"), max_length=200)
    key = models.CharField(max_length=100, unique=True, editable=False)
    kind = models.CharField(max_length=8, editable=False, help_text="A name of crm.file_kinds.")
    size = models.PositiveBigIntegerField(_("size"), editable=False, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, editable=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="attachments"
    )
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    purged_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When its content went.")
    missing_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the night first found no content under its key."
    )

    history = HistoricalRecords(excluded_fields=["key", "sha256", "missing_since"])
    objects: ClassVar[models.Manager[Attachment]] = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            # The panel and the list of a customer, newest first.
            models.Index(fields=["customer", "-added_at", "-id"], name="attachment_of_customer"),
            # What the night looks at: removed, its content still there.
            models.Index(
                fields=["removed_at"],
                condition=Q(removed_at__isnull=False, purged_at__isnull=True),
                name="attachment_to_purge",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty"),
            models.CheckConstraint(
                condition=Q(purged_at__isnull=True) | Q(removed_at__isnull=False) | Q(interaction__isnull=False),
                name="attachment_purged_after_removed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def what(self) -> Kind:
        """What it is: its media type, icon, and whether a browser may show it."""
        return kind_named(self.kind)

    @property
    def download_name(self) -> str:
        """The name that a browser saves it under: the title, with the ending of what it is."""
        ending = PurePosixPath(self.title).suffix.lower()
        return file_name(self.title if ending in self.what.endings else self.title + self.what.endings[0])

    @property
    def is_missing(self) -> bool:
        return self.missing_since is not None


def attachment_store() -> Storage:
    """Where the contents lie."""
    store: Storage = storages["attachments"]
    return store
