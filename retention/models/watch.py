from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WatchReason(models.TextChoices):
    """What puts a client on the watch list of the dissatisfied."""

    FELT = "felt", _("How they felt")


class SaidContent(models.Model):
    """Somebody's word that a client is content again, and why they say so. Taken back, it is as if never said."""

    customer = models.ForeignKey("crm.Customer", on_delete=models.CASCADE, related_name="said_content")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(_("how do you know"), max_length=300)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "at"], name="said_content")]

    def __str__(self) -> str:
        return self.why


class WatchEntry(models.Model):
    """One stretch of a client on the watch list: from what put them there to what took them off (UTC)."""

    customer = models.ForeignKey("crm.Customer", on_delete=models.CASCADE, related_name="watch_entries")
    reason = models.CharField(max_length=16, choices=WatchReason)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        "crm.Interaction", null=True, on_delete=models.CASCADE, related_name="+", help_text="What put them there."
    )
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("crm.Interaction", null=True, on_delete=models.SET_NULL, related_name="+")
    closed_word = models.ForeignKey(SaidContent, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "reason"], condition=Q(closed_at__isnull=True), name="watched_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "reason", "opened_by"], condition=Q(opened_by__isnull=False), name="watched_once_by"
            ),
        ]
        indexes = [
            models.Index(fields=["-closed_at"], condition=Q(closed_at__isnull=False), name="watch_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} since {self.opened_at:%Y-%m-%d}"
