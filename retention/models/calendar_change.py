from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CalendarChange(models.Model):
    """One change of a working calendar, and the work that follows: dating anew all that is reckoned by it.

    `before` and `after` are `accounts.calendar_plan.Plan`s. With a `team`, it is not the calendar that changed: that
    team works by it from then on, and `was` is the one of before. `done` of `total` customers are dated; open while it
    is not finished. Whoever works on it holds it until `held_until`; then another may begin it anew. Instants are UTC.
    """

    calendar = models.ForeignKey("accounts.Calendar", on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.CASCADE, related_name="+")
    was = models.ForeignKey("accounts.Calendar", null=True, on_delete=models.SET_NULL, related_name="+")
    before = models.JSONField()
    after = models.JSONField()
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
        indexes = [
            models.Index(fields=["held_until"], condition=Q(finished_at__isnull=True), name="calendar_change_to_do"),
            models.Index(F("asked_at").desc(), name="calendar_change_latest"),
        ]

    def __str__(self) -> str:
        return f"change of calendar {self.calendar_id}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None
