from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from retention.models.job import Job
from retention.models.policy import AttentionPolicy


class PolicyChange(Job):
    """One change of what is promised, and the work that follows: dating the promises of all whom it is for anew.

    Whom it is for: a segment, a customer, or everybody (neither). `before` and `after` are the versions; no `before`
    where it was the first of its own, no `after` where its own ended. `done` of `total` customers are dated.
    """

    segment = models.ForeignKey("crm.Segment", null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("crm.Customer", null=True, on_delete=models.CASCADE, related_name="+")
    before = models.ForeignKey(AttentionPolicy, null=True, on_delete=models.CASCADE, related_name="+")
    after = models.ForeignKey(AttentionPolicy, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta(Job.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(segment__isnull=True) | Q(customer__isnull=True), name="change_segment_or_customer"
            ),
        ]
        indexes = [*Job.Meta.indexes, models.Index(F("asked_at").desc(), name="change_latest")]

    def __str__(self) -> str:
        return f"change of promise {self.pk}"
