from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from retention.models.job import Job


class Reassignment(Job):
    """Clients handed to somebody else or to their teams' queues, or the undo of that. Each client is a `Reassigned`.

    `chosen` is the address of the list that they were chosen by, with the states of `as_of` (UTC); empty where they
    were ticked one by one. `leaver`: whose clients all go because they work here no more; `forced`: their access was
    closed without asking where the clients go. `total` and `done` are clients.
    """

    chosen = models.TextField(blank=True)
    as_of = models.DateTimeField(null=True)
    leaver = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="departures")
    forced = models.BooleanField(default=False)


class Left(models.TextChoices):
    """Why a client stays where they are."""

    TOUCHED = "touched", _("changed meanwhile by somebody else")
    GONE = "gone", _("who was to have them does not work here any more")


class Reassigned(models.Model):
    """One client of a reassignment: with whom they were when it was asked for, and where they go.

    `seen_version` is the client's version that an undo expects, `new_version` the one that the move made; `moved_at`
    is UTC. Neither moved nor left: still to be done.
    """

    reassignment = models.ForeignKey(Reassignment, on_delete=models.CASCADE, related_name="rows")
    customer = models.ForeignKey("crm.Customer", on_delete=models.CASCADE, related_name="+")
    from_owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    from_team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    to_owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    to_team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    seen_version = models.PositiveIntegerField(null=True)
    new_version = models.PositiveIntegerField(null=True)
    moved_at = models.DateTimeField(null=True)
    left = models.CharField(max_length=8, choices=Left, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reassignment", "customer"], name="reassigned_once")]
        indexes = [
            models.Index(
                fields=["reassignment", "customer"],
                condition=Q(moved_at__isnull=True, left=""),
                name="reassigned_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.from_owner_id} → {self.to_owner_id}"
