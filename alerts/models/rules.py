from __future__ import annotations

from django.db import models


class AlertRules(models.Model):
    """What the firm decided about alerts beside its ladder: one row, or none while all is as the environment says."""

    #: The one row's key.
    ONLY = 1

    admit_per_morning = models.PositiveSmallIntegerField(help_text="A4: silences told to each person a morning.")

    def __str__(self) -> str:
        return f"{self.admit_per_morning} a morning"
