from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Absence(models.Model):
    """Somebody is away from `starts_at` until `ends_at` (UTC; open-ended when empty)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="covers",
        verbose_name=_("covered by"),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="absence_forward",
            ),
            models.CheckConstraint(condition=Q(cover__isnull=True) | ~Q(cover=F("user")), name="absence_not_own_cover"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=False) | Q(cover__isnull=False),
                name="absence_endless_needs_cover",
            ),
        ]
        indexes = [models.Index(fields=["user", "starts_at"], name="absence_of_user")]
