from __future__ import annotations

from django.db import models


class FirstCode(models.Model):
    """A one-time code, as a SHA-256, that lets its reader create the first administrator of an empty installation."""

    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
