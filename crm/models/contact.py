from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.choices import Channel, Influence, Stance
from crm.models.customer import Customer


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
    stance = models.CharField(_("stance"), max_length=8, choices=Stance, blank=True)
    stance_on = models.DateField(_("stance since"), null=True, blank=True)
    stance_why = models.CharField(_("why"), max_length=200, blank=True)
    personal_notes = models.TextField(_("personal notes"), blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    last_attention_at = models.DateTimeField(null=True, blank=True, editable=False)
    import_source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=190, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["last_attention_at", "version", "changed_at"])

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

    def __str__(self) -> str:
        return self.name


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
