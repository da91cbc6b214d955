from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customer import Customer


class AgreedDate(models.Model):
    """S3: a date agreed for the next contact; it replaces the due of the attention.

    Whether it has ended is derived from the interactions (attention on or after `day`, or one that
    fulfils it), never stored, so that an undo brings it back. Only a later date, a withdrawal or a
    departure ends it here.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="agreed_dates")
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    set_at = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_while_overdue = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(withdrawn_at__isnull=True), name="agreed_date_one")
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.day}"


class NoFollowUp(models.Model):
    """S1: no follow-up wanted, with a reason and a review date; ends by hand only."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="no_follow_ups")
    reason = models.CharField(_("reason"), max_length=200)
    review_on = models.DateField(_("review on"))
    from_at = models.DateTimeField(default=timezone.now)
    until_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(until_at__isnull=True), name="no_follow_up_one")
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.reason}"
