from __future__ import annotations

from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """When a job last ran to its end, for the health page."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()


class AuditFinding(models.Model):
    """Something the nightly audit of rule 1 found not to hold, and mended."""

    clause = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=40)
    detail = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField(default=timezone.now)
    repaired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["-found_at"], name="finding_by_time")]

    def __str__(self) -> str:
        return f"{self.clause} {self.subject_key}"
