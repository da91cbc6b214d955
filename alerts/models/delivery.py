from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from alerts.choices import DeliveryState, Purpose
from alerts.querysets import DeliveryQuerySet


def mail_key() -> str:
    return f"mail:{uuid.uuid4()}"


class Delivery(models.Model):
    """The transactional outbox: one mail, planned in the transaction that made it due.

    Claimed by `lease_token` until `lease_until`; `handed_at` is stamped before DATA, so that a
    repeat can be told from a first try. Bodies are kept 90 days.
    """

    key = models.CharField(max_length=120, unique=True, default=mail_key)
    purpose = models.CharField(max_length=16, choices=Purpose)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    to_address = models.CharField(max_length=254)
    reply_to = models.CharField(max_length=254, blank=True)
    headers = models.JSONField(default=dict)
    attachments = models.JSONField(default=list)
    language = models.CharField(max_length=8, default="en")
    data = models.JSONField(default=dict, help_text="Lines composed when rendering, no events.")
    window_at = models.DateTimeField(help_text="Not before: the recipient's hours.")
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.PLANNED)
    reason = models.CharField(max_length=120, blank=True, help_text="Why withheld or refused.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(help_text="When the sender looks at it next.")
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text_body = models.TextField(blank=True)
    html_body = models.TextField(blank=True)
    secret = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[Delivery]] = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # The sender: planned ones whose time has come, and cut-off ones whose lease ended.
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(state__in=("planned", "sending")),
                name="delivery_due",
            ),
            models.Index(fields=["to_user", "-id"], name="delivery_of_person"),
        ]

    def __str__(self) -> str:
        return self.key


class DeliveryItem(models.Model):
    """One event in one delivery; no event is told twice to a recipient."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items")
    event = models.ForeignKey("alerts.AlertEvent", on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    withheld = models.CharField(max_length=120, blank=True, help_text="Why it was left out.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "event"], name="event_told_once")]
        indexes = [models.Index(fields=["event"], name="item_of_event")]
