from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from retention.models.policy import AttentionPolicy


class PolicyChange(models.Model):
    """One change of what is promised, and the work that follows: dating the promises of all whom it is for anew.

    Whom it is for: a segment, a customer, or everybody (neither). `before` and `after` are the versions; no `before`
    where it was the first of its own, no `after` where its own ended. `done` of `total` customers are dated; `open`
    while it is not finished. Whoever works on it holds it until `held_until`; then another may begin it anew.
    """

    segment = models.ForeignKey("crm.Segment", null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("crm.Customer", null=True, on_delete=models.CASCADE, related_name="+")
    before = models.ForeignKey(AttentionPolicy, null=True, on_delete=models.CASCADE, related_name="+")
    after = models.ForeignKey(AttentionPolicy, null=True, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undoes = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="undone_by_change")
    undone_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    held_until = models.DateTimeField(help_text="Free for the next worker from then on.")
    finished_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True, help_text="What the last try failed with.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(segment__isnull=True) | Q(customer__isnull=True), name="change_segment_or_customer"
            ),
        ]
        indexes = [
            models.Index(fields=["held_until"], condition=Q(finished_at__isnull=True), name="change_to_do"),
            models.Index(F("asked_at").desc(), name="change_latest"),
        ]

    def __str__(self) -> str:
        return f"change of promise {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None
