from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.choices import Unit

DAY_UNITS = [(Unit.CALENDAR_DAYS, _("days")), (Unit.WORKING_DAYS, _("working days"))]


class AttentionPolicy(models.Model):
    """One version of what is promised: to one customer, to a segment, or to all (the default).

    The version in force is `current`; the others are kept for ever. Changing one means a new row:
    `retention.policies.change_policy`.
    """

    segment = models.ForeignKey("crm.Segment", null=True, blank=True, on_delete=models.PROTECT, related_name="policies")
    customer = models.ForeignKey(
        "crm.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="policies"
    )
    attention_amount = models.PositiveSmallIntegerField(_("attention every"))
    attention_unit = models.CharField(max_length=16, choices=DAY_UNITS, default=Unit.CALENDAR_DAYS)
    personal_amount = models.PositiveSmallIntegerField(_("personal moment every"), null=True, blank=True)
    personal_unit = models.CharField(max_length=16, choices=DAY_UNITS, default=Unit.CALENDAR_DAYS)
    call_back_hours = models.PositiveSmallIntegerField(_("call back within"), default=4, help_text=_("Working hours."))
    welcome_days = models.PositiveSmallIntegerField(
        _("first attention within"), default=5, help_text=_("Working days, never longer than the interval.")
    )
    grace_days = models.PositiveSmallIntegerField(
        _("grace"), default=0, help_text=_("Working days by which the alert, not the state, waits.")
    )
    current = models.BooleanField(default=True)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(segment__isnull=True) | Q(customer__isnull=True),
                name="policy_segment_or_customer",
            ),
            models.UniqueConstraint(
                fields=["segment"],
                condition=Q(current=True, segment__isnull=False),
                name="policy_one_a_segment",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(current=True, customer__isnull=False),
                name="policy_one_a_customer",
            ),
            models.UniqueConstraint(
                fields=["current"],
                condition=Q(current=True, segment__isnull=True, customer__isnull=True),
                name="policy_one_default",
            ),
            models.CheckConstraint(
                condition=Q(attention_amount__gte=1) & (Q(personal_amount__isnull=True) | Q(personal_amount__gte=1)),
                name="policy_amounts_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"every {self.attention_amount} {self.attention_unit}"

    @property
    def is_default(self) -> bool:
        return self.segment_id is None and self.customer_id is None

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        if self.is_default:
            raise ValidationError(_("The policy for everybody stays; change it instead."))
        return super().delete()
