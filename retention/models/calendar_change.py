from __future__ import annotations

from django.db import models
from django.db.models import F

from retention.models.job import Job


class CalendarChange(Job):
    """One change of a working calendar, and the work that follows: dating anew all that is reckoned by it.

    `before` and `after` are `accounts.calendar_plan.Plan`s. With a `team`, it is not the calendar that changed: that
    team works by it from then on, and `was` is the one of before. `done` of `total` customers are dated.
    """

    calendar = models.ForeignKey("accounts.Calendar", on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.CASCADE, related_name="+")
    was = models.ForeignKey("accounts.Calendar", null=True, on_delete=models.SET_NULL, related_name="+")
    before = models.JSONField()
    after = models.JSONField()

    class Meta(Job.Meta):
        indexes = [*Job.Meta.indexes, models.Index(F("asked_at").desc(), name="calendar_change_latest")]

    def __str__(self) -> str:
        return f"change of calendar {self.calendar_id}"
