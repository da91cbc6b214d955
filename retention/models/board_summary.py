from __future__ import annotations

from django.conf import settings
from django.db import models


class BoardSummary(models.Model):
    """The numbers of At risk for a scope of very many clients, as of an instant; renewed while somebody looks."""

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Whose clients it counts; empty: all, for administrators.",
    )
    scope = models.CharField(max_length=120, help_text="Owner, team and segment as they stand in the address.")
    clients = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(null=True)
    numbers = models.JSONField(default=dict)
    looked_at = models.DateTimeField()
    held_until = models.DateTimeField(help_text="Until then it is with whoever renews it.")
    fault = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reader", "scope"], name="board_summary_reader"),
            models.UniqueConstraint(
                fields=["scope"], condition=models.Q(reader__isnull=True), name="board_summary_administrators"
            ),
        ]
        indexes = [models.Index(fields=["looked_at"], name="board_summary_looked")]
