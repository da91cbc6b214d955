from __future__ import annotations

from django.conf import settings
from django.db import models

from crm.models.clock import State


class DailySnapshot(models.Model):
    """How many customers were in which state at the end of a date in the team's calendar."""

    day = models.DateField()
    calendar = models.ForeignKey(
        "accounts.Calendar", null=True, on_delete=models.SET_NULL, related_name="+", help_text="Whose date it was."
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    segment = models.ForeignKey("crm.Segment", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=12, choices=State)
    currency = models.CharField(max_length=3, blank=True)
    count = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    class Meta:
        indexes = [models.Index(fields=["day", "team"], name="snapshot_day_team")]
