from __future__ import annotations

from django.db import models

from crm.choices import CountsAs
from retention.models.job import Job


class Recount(Job):
    """What counts, applied to what was logged before: by the table as it was when asked for, or the undo of one.

    `rules`: "channel/direction/outcome" → class. `total` and `done` are contacts made.
    """

    rules = models.JSONField(default=dict)


class Recounted(models.Model):
    """One contact made that a recount changed: what it counted as before, and what it became."""

    recount = models.ForeignKey(Recount, on_delete=models.CASCADE, related_name="rows")
    interaction = models.ForeignKey("crm.Interaction", on_delete=models.CASCADE, related_name="+")
    was = models.CharField(max_length=16, choices=CountsAs)
    became = models.CharField(max_length=16, choices=CountsAs)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recount", "interaction"], name="recounted_once")]

    def __str__(self) -> str:
        return f"{self.interaction_id}: {self.was} → {self.became}"
