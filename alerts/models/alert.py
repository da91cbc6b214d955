from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from alerts.choices import CloseReason, EventKind, Family, Kind, Rung
from alerts.querysets import AlertQuerySet
from crm.choices import Unit


class Alert(models.Model):
    """An open silence, call back, promise or review: what is said about a promise that passed.

    Columns are what pages filter; `AlertEvent` says why. Instants are UTC. `reached_at` is when the
    first delivery of the present rung was settled (A3), empty until then.
    """

    family = models.CharField(max_length=16, choices=Family)
    subject_key = models.CharField(max_length=40)
    customer = models.ForeignKey("crm.Customer", on_delete=models.CASCADE, related_name="alerts", db_index=False)
    rung = models.PositiveSmallIntegerField(choices=Rung, default=Rung.NOBODY)
    rung_at = models.DateTimeField(null=True, help_text="When the present rung was come to.")
    reached_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    restarted_at = models.DateTimeField(null=True, help_text="A2: the last restart.")
    admitted_at = models.DateTimeField(null=True)
    passed_over_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    snooze_dates_used = models.PositiveSmallIntegerField(default=0)
    dismissed_until = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    dismissals = models.PositiveSmallIntegerField(default=0)
    due_told_at = models.DateTimeField(null=True, help_text="W2: when its owner was last told that it is due.")
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)
    reopened_once = models.BooleanField(default=False, help_text="W7: one such hold an alert.")
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=24, choices=CloseReason, blank=True)
    closed_by_interaction = models.ForeignKey(
        "crm.Interaction", null=True, on_delete=models.SET_NULL, related_name="closed_alerts"
    )
    wake_at = models.DateTimeField(null=True, help_text="When the sweep looks at it next.")
    oldest_due_at = models.DateTimeField(help_text="Of the oldest open part: age and title.")
    oldest_kind = models.CharField(max_length=24, choices=Kind)
    error = models.TextField(blank=True)

    objects: ClassVar[models.Manager[Alert]] = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["family", "subject_key"],
                condition=Q(closed_at__isnull=True),
                name="alert_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["wake_at", "id"],
                condition=Q(closed_at__isnull=True, wake_at__isnull=False),
                name="alert_wake",
            ),
            models.Index(fields=["customer"], condition=Q(closed_at__isnull=True), name="alert_open_of"),
            models.Index(fields=["customer", "-opened_at"], name="alert_history"),
            # A day's alerts: what opened on it, what closed.
            models.Index(fields=["opened_at"], name="alert_opened"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="alert_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.subject_key}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class AlertEvent(models.Model):
    """Something that happened to an alert; append-only but for the stamp that it was told.

    `tell` marks an event that becomes mail; `told_at` is stamped when its deliveries are planned,
    with nobody to tell too.
    """

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=16, choices=EventKind)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    rung = models.PositiveSmallIntegerField(choices=Rung, default=Rung.NOBODY)
    data = models.JSONField(default=dict)
    tell = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            # Tell: events not yet told.
            models.Index(fields=["id"], condition=Q(tell=True, told_at__isnull=True), name="event_untold"),
            models.Index(fields=["alert", "at"], name="event_of_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class Hold(models.Model):
    """A6: something that keeps the next rung waiting until `until_at`."""

    class Why(models.TextChoices):
        ATTEMPT = "attempt"
        ACKNOWLEDGED = "acknowledged"
        SNOOZE = "snooze"
        REOPENED = "reopened"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="holds")
    why = models.CharField(max_length=16, choices=Why)
    until_at = models.DateTimeField()
    interaction = models.ForeignKey("crm.Interaction", null=True, on_delete=models.CASCADE, related_name="holds")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "interaction"],
                condition=Q(interaction__isnull=False),
                name="hold_once_an_attempt",
            ),
            models.UniqueConstraint(
                fields=["alert"],
                condition=Q(why="acknowledged"),
                name="hold_acknowledged_once",
            ),
        ]


class LadderStep(models.Model):
    """One step of a family's ladder, as data (A3, W2, A13).

    `counts_from`: the instant from which `amount` is counted: when the rung before was reached, or
    the due of the oldest part. `channel` weekly: only a line in the weekly mail.
    """

    family = models.CharField(max_length=16, choices=Family)
    rung = models.PositiveSmallIntegerField(choices=Rung)
    amount = models.PositiveSmallIntegerField(default=0)
    unit = models.CharField(max_length=16, choices=Unit, default=Unit.WORKING_DAYS)
    counts_from = models.CharField(
        max_length=8, choices=[("opening", "opening"), ("reached", "reached"), ("due", "due")]
    )
    channel = models.CharField(max_length=8, choices=[("mail", "mail"), ("weekly", "weekly")], default="mail")

    class Meta:
        ordering = ["family", "rung"]
        constraints = [models.UniqueConstraint(fields=["family", "rung"], name="ladder_step_once")]
