from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Morning(models.Model):
    """When a person, or a team's queue, is next admitted to and mailed in the morning.

    `next_at` (UTC) is their digest hour of their next working day. Whoever claims the row admits
    (A4), plans the morning mail and moves it on, in one transaction. `last_on` is the local date of
    the last one.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="morning")
    team = models.OneToOneField("accounts.Team", null=True, on_delete=models.CASCADE, related_name="morning")
    next_at = models.DateTimeField()
    last_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, team__isnull=True) | Q(user__isnull=True, team__isnull=False),
                name="morning_person_or_queue",
            )
        ]
        indexes = [models.Index(fields=["next_at"], name="morning_next")]

    def __str__(self) -> str:
        return f"morning of {self.user or self.team}"
