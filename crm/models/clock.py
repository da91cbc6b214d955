from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.customer import Customer
from crm.models.interaction import Interaction
from crm.querysets import ClockQuerySet


class State(models.TextChoices):
    """S1: the four exclusive states."""

    FINE = "fine", _("Fine")
    SOON = "soon", _("Due soon")
    OVERDUE = "overdue", _("Overdue")
    NO_CADENCE = "nocadence", _("No cadence")


@dataclass(frozen=True)
class Status:
    """A clock read at one instant. `ratio` is the gap ratio of T3, None without a cadence."""

    state: State
    ratio: float | None
    never_contacted: bool
    no_owner: bool


class Clock(models.Model):
    """One row a customer: the facts, the instants that follow, and copies of the scope.

    Facts are the latest of their class by `counts_at` (UTC); `…_on` are local dates in the
    customer's calendar. `anchor_at, soon_at, due_at` are those of the open silence deadline that is
    due first (`soon_at`: the earliest of theirs), written by reconcile; all empty without a cadence.
    """

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="clock")
    # Facts, written by crm.facts.
    last_attention_at = models.DateTimeField(null=True, blank=True)
    last_attention_on = models.DateField(null=True, blank=True)
    last_attention = models.ForeignKey(
        Interaction, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_attention_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_personal_at = models.DateTimeField(null=True, blank=True)
    last_personal_on = models.DateField(null=True, blank=True)
    last_personal = models.ForeignKey(
        Interaction, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_personal_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    last_attempt = models.ForeignKey(
        Interaction, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_attempt_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_inbound = models.ForeignKey(
        Interaction, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    last_inbound_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    attempts_since = models.PositiveIntegerField(default=0)
    attempt_days_since = models.PositiveIntegerField(default=0)
    # Their own rhythm in days between attentions, written by crm.rhythm; `usual_gaps` is the number of them.
    usual_gaps = models.PositiveSmallIntegerField(default=0)
    usual_low = models.PositiveIntegerField(null=True, help_text="A quarter of the gaps is at most so long.")
    usual_median = models.PositiveIntegerField(null=True)
    usual_high = models.PositiveIntegerField(null=True, help_text="Three quarters are at most so long.")
    usual_long = models.PositiveIntegerField(null=True, help_text="Nine tenths are at most so long.")
    rhythm_breaks_at = models.DateTimeField(null=True, help_text="When the silence is longer than usual_long.")
    rhythm_fresh = models.BooleanField(default=False, help_text="False: contacts have changed since it was reckoned.")
    #: Since when they are on the watch list of the dissatisfied, written by retention.watch.
    watched_since = models.DateTimeField(null=True)
    # The open silence deadline due first, written by alerts.reconcile.
    anchor_at = models.DateTimeField(null=True, blank=True)
    soon_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    due_kind = models.CharField(max_length=24, blank=True)
    due_source = models.CharField(max_length=24, blank=True)
    due_amount = models.PositiveIntegerField(null=True, blank=True)
    due_unit = models.CharField(max_length=16, blank=True)
    # The scope, copied where Customer's is written (crm.scope).
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey("crm.Segment", null=True, on_delete=models.PROTECT, related_name="+")
    calendar = models.ForeignKey(
        "accounts.Calendar",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="T5: the team's, else the owner's primary team's, else the default team's.",
    )
    active = models.BooleanField(default=True)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)

    objects: ClassVar[models.Manager[Clock]] = ClockQuerySet.as_manager()

    class Meta:
        indexes = [
            # Lists, counts and dashboards filter and sort on this table alone.
            models.Index(fields=["owner", "due_at"], condition=Q(active=True), name="clock_owner_due"),
            models.Index(fields=["team", "due_at"], condition=Q(active=True), name="clock_team_due"),
            models.Index(fields=["due_at"], condition=Q(active=True), name="clock_due"),
            models.Index(fields=["last_attention_at"], condition=Q(active=True), name="clock_last_attention"),
            # Whose latest contact it was, where one is removed. Indexes of nothing cost each change of a clock nothing.
            models.Index(fields=["last_attention"], condition=Q(last_attention__isnull=False), name="clock_attention"),
            models.Index(fields=["last_personal"], condition=Q(last_personal__isnull=False), name="clock_personal"),
            models.Index(fields=["last_attempt"], condition=Q(last_attempt__isnull=False), name="clock_attempt"),
            models.Index(fields=["last_inbound"], condition=Q(last_inbound__isnull=False), name="clock_inbound"),
            models.Index(fields=["rhythm_breaks_at"], condition=Q(active=True), name="clock_rhythm_breaks"),
            models.Index(fields=["customer"], condition=Q(rhythm_fresh=False), name="clock_rhythm_stale"),
            models.Index(fields=["watched_since"], condition=Q(watched_since__isnull=False), name="clock_watched"),
        ]

    def __str__(self) -> str:
        return f"clock of {self.customer_id}"

    def status_at(self, now: dt.datetime) -> Status:
        """The one formula of the state; `ClockQuerySet.in_state` says the same in SQL."""
        if self.due_at is None:
            state, ratio = State.NO_CADENCE, None
        else:
            assert self.anchor_at is not None
            assert self.soon_at is not None
            promised = (self.due_at - self.anchor_at).total_seconds()
            ratio = (now - self.anchor_at).total_seconds() / promised if promised else 1.0
            if now >= self.due_at:
                state = State.OVERDUE
            elif now >= self.soon_at:
                state = State.SOON
            else:
                state = State.FINE
        return Status(state, ratio, self.last_attention_at is None, self.owner_id is None)

    @property
    def is_unresponsive(self) -> bool:
        """W1: at least 3 attempts on 2 or more local days since the last attention."""
        return self.attempts_since >= 3 and self.attempt_days_since >= 2
