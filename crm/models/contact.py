from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.choices import DECISIVE, Channel, Influence, Stance
from crm.models.customer import Customer
from crm.month_day import MonthDay


class Contact(models.Model):
    """A person at a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=160)
    addressed_as = models.CharField(_("likes to be addressed as"), max_length=80, blank=True)
    role = models.CharField(_("role"), max_length=120, blank=True)
    influence = models.CharField(_("influence"), max_length=12, choices=Influence, blank=True)
    preferred_channel = models.CharField(_("prefers"), max_length=8, choices=Channel, blank=True)
    preferred_hours = models.CharField(_("best hours"), max_length=80, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    birthday_key = models.GeneratedField(
        expression=MonthDay("birthday"),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
        help_text="The birthday without its year: 1126 is 26 November.",
    )
    stance = models.CharField(_("stance"), max_length=8, choices=Stance, blank=True)
    stance_on = models.DateField(_("stance since"), null=True, blank=True)
    stance_why = models.CharField(_("why"), max_length=200, blank=True)
    personal_notes = models.TextField(_("personal notes"), blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    last_attention_at = models.DateTimeField(null=True, blank=True, editable=False)
    quiet_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="W8: when 2 × the customer's maximum since their last attention ends. Written by crm.quiet.",
    )
    import_source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=190, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(
        excluded_fields=["last_attention_at", "quiet_at", "birthday_key", "version", "changed_at"]
    )

    class Meta:
        verbose_name = _("person of contact")
        verbose_name_plural = _("people of contact")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["import_source", "external_id"],
                condition=~Q(external_id=""),
                name="contact_external_once",
            )
        ]
        indexes = [
            # Birthdays of somebody's clients; who went quiet, and who is against us, of everybody's.
            models.Index(
                fields=["customer", "birthday_key"], condition=Q(birthday_key__isnull=False), name="contact_birthdays"
            ),
            models.Index(fields=["quiet_at", "customer"], condition=Q(quiet_at__isnull=False), name="contact_quiet"),
            models.Index(fields=["customer"], condition=Q(stance=Stance.AGAINST), name="contact_against"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_against(self) -> bool:
        """Somebody who decides is against us."""
        gone = self.left_on or self.archived_at
        return not gone and self.influence == Influence.DECIDES and self.stance == Stance.AGAINST

    def is_quiet(self, now: dt.datetime) -> bool:
        """W8: somebody who decides or influences has heard nothing for twice the customer's maximum."""
        if self.left_on or self.archived_at or self.influence not in DECISIVE:
            return False
        return self.quiet_at is not None and self.quiet_at <= now


class PointKind(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("Email")


class ContactPoint(models.Model):
    """A phone number (E.164 where it could be parsed) or an email address."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="points")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="points")
    kind = models.CharField(_("kind"), max_length=8, choices=PointKind)
    value = models.CharField(_("value"), max_length=254)
    label = models.CharField(_("label"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    bad_since = models.DateTimeField(null=True, blank=True, help_text=_("A wrong number, or mail came back."))

    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "contact", "kind", "value"],
                condition=Q(contact__isnull=False),
                name="point_once_a_contact",
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "value"],
                condition=Q(contact__isnull=True),
                name="point_once_a_customer",
            ),
        ]

    def __str__(self) -> str:
        return self.value
