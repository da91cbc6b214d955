from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.choices import Channel
from crm.models.customer import Customer
from crm.models.interaction import Interaction
from crm.querysets import TaskQuerySet


class Task(models.Model):
    """A next step with a date and an owner; one promised to the client has a deadline."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("next step"), max_length=200)
    due_on = models.DateField(_("by"))
    promised = models.BooleanField(_("promised to the client"), default=False)
    channel = models.CharField(_("how"), max_length=8, choices=Channel, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
        verbose_name=_("owner"),
    )
    from_interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.SET_NULL, related_name="next_steps"
    )
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_in = models.ForeignKey(
        Interaction,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="ticked",
        help_text="W7: the contact whose saving ticked it; taking that back opens it again.",
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    import_source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=190, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    history = HistoricalRecords(excluded_fields=["version", "done_in"])
    objects: ClassVar[models.Manager[Task]] = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("next step")
        verbose_name_plural = _("next steps")
        indexes = [
            models.Index(
                fields=["owner", "due_on"],
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
                name="task_open_of_owner",
            ),
            models.Index(fields=["customer", "due_on"], name="task_of_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["import_source", "external_id"],
                condition=~Q(external_id=""),
                name="task_external_once",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.cancelled_at is None
