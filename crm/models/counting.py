from __future__ import annotations

from django.db import models

from crm.choices import Channel, CountsAs, Direction, Outcome


class CountingRule(models.Model):
    """One cell of *what counts*: channel × direction × outcome → class. Acts from now on."""

    channel = models.CharField(max_length=8, choices=Channel)
    direction = models.CharField(max_length=4, choices=Direction)
    outcome = models.CharField(max_length=16, choices=Outcome)
    counts_as = models.CharField(max_length=16, choices=CountsAs)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "direction", "outcome"], name="counting_rule_cell")]

    def __str__(self) -> str:
        return f"{self.channel}/{self.direction}/{self.outcome}: {self.counts_as}"
