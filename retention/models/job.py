from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """Work over many clients that somebody asked for on a page: how far it is, what it failed with, what undid it.

    `done` of `total`; `open` while it is not finished. Whoever works on it holds it until `held_until`; then another
    may begin it anew: twice is as good as once. Instants are UTC.
    """

    reason = models.CharField(_("reason"), max_length=200)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undoes = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="undone_by")
    undone_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    held_until = models.DateTimeField(help_text="Free for the next worker from then on.")
    finished_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True, help_text="What the last try failed with.")

    class Meta:
        abstract = True
        ordering = ["-pk"]
        indexes = [models.Index(fields=["held_until"], condition=Q(finished_at__isnull=True), name="%(class)s_to_do")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None
