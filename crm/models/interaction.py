from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.choices import FELT, Channel, CountsAs, Direction, Outcome, Solved
from crm.models.contact import Contact
from crm.models.customer import Customer
from crm.querysets import InteractionQuerySet


class Interaction(models.Model):
    """One touch between us and a customer. It stays for ever with that customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interactions")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.CALL)
    direction = models.CharField(_("direction"), max_length=4, choices=Direction, default=Direction.OUT)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    at = models.DateTimeField(_("when"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    participants = models.ManyToManyField(Contact, blank=True, related_name="interactions")
    with_whom = models.CharField(
        max_length=300, blank=True, editable=False, help_text=_("The participants' names as of then.")
    )
    summary = models.TextField(_("in short"), blank=True)
    sentiment = models.PositiveSmallIntegerField(
        _("how did they feel"), null=True, blank=True, help_text=_("1 angry … 5 delighted")
    )
    solved = models.CharField(_("did it solve it"), max_length=8, choices=Solved, blank=True)
    mass = models.BooleanField(_("mass mail"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="interactions",
        verbose_name=_("by"),
        help_text=_("Who spoke or wrote; for an inbound one, who answered."),
    )

    counts_as = models.CharField(max_length=16, choices=CountsAs, editable=False)
    counts_at = models.DateTimeField(editable=False, help_text="`at`, or `answered_at`; UTC.")
    local_date = models.DateField(editable=False, help_text="Date of counts_at in the customer's calendar (T5).")
    fulfils = models.ForeignKey(
        "crm.AgreedDate",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="fulfilled_by",
        help_text="S3: the agreed date of which this was the contact.",
    )
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="entered_interactions",
        editable=False,
    )
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    undone = models.BooleanField(
        default=False, editable=False, help_text="W7: taken back from the toast, as if never logged."
    )
    import_source = models.CharField(max_length=40, blank=True, editable=False)
    external_id = models.CharField(max_length=190, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # The participants stand in `with_whom`: history by many-to-many would cost each log two queries.
    history = HistoricalRecords()
    objects: ClassVar[models.Manager[Interaction]] = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact made")
        verbose_name_plural = _("contacts made")
        constraints = [
            models.UniqueConstraint(
                fields=["import_source", "external_id"],
                condition=~Q(external_id=""),
                name="interaction_external_once",
            ),
            models.CheckConstraint(
                condition=Q(sentiment__isnull=True) | Q(sentiment__gte=1, sentiment__lte=5),
                name="interaction_sentiment_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("at")),
                name="interaction_answered_after",
            ),
        ]
        indexes = [
            # The history of one customer, newest first.
            models.Index(fields=["customer", "-at", "-id"], name="interaction_history"),
            # The facts of the clock: the latest of each class by event time.
            models.Index(
                fields=["customer", "counts_as", "counts_at"],
                condition=Q(deleted_at__isnull=True),
                name="interaction_facts",
            ),
            models.Index(fields=["entered_by", "-entered_at"], name="interaction_entered"),
            # What the watch list goes by.
            models.Index(
                fields=["customer", "counts_at"],
                condition=Q(deleted_at__isnull=True, sentiment__isnull=False),
                name="interaction_felt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_attention(self) -> bool:
        return self.counts_as in FELT and self.deleted_at is None
