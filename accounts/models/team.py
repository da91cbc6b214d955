from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.querysets import TeamQuerySet


class Team(models.Model):
    """A group of people who answer for each other's clients, with one working calendar."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    calendar = models.ForeignKey("accounts.Calendar", on_delete=models.PROTECT, related_name="teams")
    is_default = models.BooleanField(
        default=False, help_text=_("Its calendar holds where no other does. There is always one.")
    )
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="accounts.Membership", related_name="teams")
    is_demo = models.BooleanField(default=False)
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Nobody works in it any more, and nobody is given to it.")
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="team_one_default")
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person in one team; a supervisor may have several teams."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    supervises = models.BooleanField(_("supervises"), default=False)
    is_primary = models.BooleanField(_("primary team"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_primary=True), name="membership_one_primary"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"
