from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customer import Customer


class Note(models.Model):
    """A text on the timeline. It counts as nothing."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="notes")
    import_source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=190, blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"], name="note_history")]
        constraints = [
            models.UniqueConstraint(
                fields=["import_source", "external_id"],
                condition=~Q(external_id=""),
                name="note_external_once",
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
