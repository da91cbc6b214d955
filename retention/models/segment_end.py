from __future__ import annotations

from django.db import models

from retention.models.job import Job


class SegmentEnd(Job):
    """The end of a segment, or the undo of it: its clients go to another one (`into`, None: to none). Each is a row.

    `policy` is the promise of its own that ended with it, if it had one. `total` and `done` are clients.
    """

    segment = models.ForeignKey("crm.Segment", on_delete=models.CASCADE, related_name="ends")
    into = models.ForeignKey("crm.Segment", null=True, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey("retention.AttentionPolicy", null=True, on_delete=models.SET_NULL, related_name="+")


class SegmentMoved(models.Model):
    """One client whom the end of a segment moved."""

    end = models.ForeignKey(SegmentEnd, on_delete=models.CASCADE, related_name="rows", db_index=False)
    customer = models.ForeignKey("crm.Customer", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["end", "customer"], name="segment_moved_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} of {self.end_id}"
