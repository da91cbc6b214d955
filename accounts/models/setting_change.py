from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SettingChange(models.Model):
    """One change of a setting: who, when, why, and each line before and after.

    `area` names the page ("calendars", "ladders", "teams", …), `subject` what on it ("calendar:3"; empty for the
    whole page). `lines` are `{"label", "before", "after"}`, in English or as plain values: what is shown is
    translated for the reader. Instants are UTC.
    """

    area = models.CharField(max_length=24)
    subject = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    lines = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["area", "subject", "-at"], name="setting_change_latest")]

    def __str__(self) -> str:
        return f"{self.area} {self.subject} {self.at:%Y-%m-%d}"
