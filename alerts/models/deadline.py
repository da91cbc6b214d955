from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from alerts.choices import Cause, Kind
from alerts.querysets import DeadlineQuerySet
from crm.choices import Unit

#: A deadline that is neither met nor cancelled.
OPEN = Q(met_at__isnull=True, cancelled_at__isnull=True)


class Promise(models.Model):
    """The columns a provider gives: what is promised to whom by when, reckoned from what."""

    kind = models.CharField(max_length=24, choices=Kind)
    subject_key = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(help_text="The number in subject_key.")
    # Every index is written with every promise: a foreign key that nobody looks up by has none of its own.
    customer = models.ForeignKey(
        "crm.Customer", null=True, on_delete=models.CASCADE, related_name="%(class)ss", db_index=False
    )
    calendar = models.ForeignKey("accounts.Calendar", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = models.PositiveIntegerField(null=True)
    unit = models.CharField(max_length=16, choices=Unit)
    source = models.CharField(max_length=24, help_text="customer, segment, default, agreed, …")
    version = models.BigIntegerField(null=True, help_text="Id of the policy version promised then.")
    anchor_at = models.DateTimeField()
    anchor_date = models.DateField(help_text="Local date of anchor_at in `calendar`.")
    anchor_interaction_id = models.BigIntegerField(null=True)
    meets_from = models.DateField(null=True, help_text="S3: an agreed day; events before it do not meet the promise.")

    class Meta:
        abstract = True


class Wanted(Promise):
    """Scratch rows of one reconcile: what should be open now. The next sweep removes them.

    A provider says how a promise is reckoned; `alerts.dating` writes the instants from these columns.
    """

    run = models.UUIDField()
    days = models.IntegerField(
        null=True, help_text="N of `unit` after the anchor, of working hours in seconds; null: at the closing of `day`."
    )
    day = models.DateField(null=True, help_text="Due at the closing of this date.")
    first_days = models.IntegerField(
        null=True, help_text="Due within so many working days, when that is earlier (T8, A12)."
    )
    not_before_day = models.DateField(null=True, help_text="Due no earlier than the closing of this date (S3).")
    tried_on = models.DateField(
        null=True, help_text="Due no earlier than the closing of the next working day after it (W2)."
    )
    grace_days = models.IntegerField(default=0, help_text="T2: working days that the alert waits.")
    at_once = models.BooleanField(default=False, help_text="Its alert opens with it (W2).")
    due_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "kind", "subject_key"], name="wanted_once")]


class Deadline(Promise):
    """One promise to a client.

    Never re-dated, never unmet: a new date is a new row that `replaces` the old one. A `twin` is a
    copy of a settled row that came back because what had settled it was undone; statistics count
    every row but those that a twin replaced. Instants are UTC.
    """

    due_at = models.DateTimeField()
    opens_at = models.DateTimeField(help_text="T2: when its alert may open: due_at, or the next opening, plus grace.")
    soon_at = models.DateTimeField(help_text="T1: anchor + 0.8 of the promise.")
    cause = models.CharField(max_length=16, choices=Cause, default=Cause.SYSTEM)
    cause_id = models.BigIntegerField(null=True, help_text="Interaction, policy version, person …")
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(null=True, help_text="A8: opens no earlier than this.")
    paused_at = models.DateTimeField(null=True)
    remaining = models.DurationField(null=True)
    suspended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True, help_text="When the sweep looks at it next.")
    opened_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True, help_text="Time of the event that met it.")
    met_by = models.ForeignKey(
        "crm.Interaction", null=True, on_delete=models.SET_NULL, related_name="met_deadlines", db_index=False
    )
    met_entered_at = models.DateTimeField(null=True, help_text="When that was recorded.")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=24, blank=True)
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="replaced_by", db_index=False
    )
    is_twin = models.BooleanField(default=False)
    has_twin = models.BooleanField(default=False, help_text="A twin replaced it: not counted.")
    alert = models.ForeignKey(
        "alerts.Alert", null=True, on_delete=models.SET_NULL, related_name="parts", db_index=False
    )
    error = models.TextField(blank=True, help_text="Why the sweep put it off, if it did.")
    # As of the day it was breached or met, whichever came first.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    acting = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    segment = models.ForeignKey("crm.Segment", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)

    objects: ClassVar[models.Manager[Deadline]] = DeadlineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_key"], condition=OPEN, name="deadline_one_open"),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(cancelled_at__isnull=True),
                name="deadline_met_or_cancelled",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("anchor_at")), name="deadline_due_after_anchor"),
        ]
        indexes = [
            # The sweep: what is due to be looked at; small whatever the number of customers.
            models.Index(
                fields=["wake_at", "id"],
                condition=OPEN & Q(wake_at__isnull=False),
                name="deadline_wake",
            ),
            models.Index(fields=["customer", "kind"], condition=OPEN, name="deadline_open_of"),
            models.Index(fields=["customer", "-due_at"], name="deadline_history"),
            # Reconcile: the row that a new one replaces, or takes up again.
            models.Index(fields=["subject_key", "kind", "cancelled_at"], name="deadline_of_subject"),
            models.Index(fields=["met_by"], condition=Q(met_by__isnull=False), name="deadline_met_by"),
            models.Index(fields=["replaces"], condition=Q(replaces__isnull=False), name="deadline_replaces"),
            # Promises kept in a period, by owner or team.
            models.Index(fields=["due_at"], name="deadline_due"),
            models.Index(fields=["alert"], condition=Q(alert__isnull=False), name="deadline_part_of"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_key} by {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.cancelled_at is None

    @property
    def was_kept(self) -> bool:
        return self.met_at is not None and self.met_at <= self.due_at
