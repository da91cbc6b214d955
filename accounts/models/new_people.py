from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User, validate_zone


class NewPeople(models.Model):
    """What somebody new begins with; one row. Without a zone it is that of their first team."""

    language = models.CharField(_("language"), max_length=8, choices=User._meta.get_field("language").choices)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_zone])

    class Meta:
        verbose_name = _("what somebody new begins with")

    def __str__(self) -> str:
        return f"{self.language} {self.time_zone}".strip()

    @classmethod
    def current(cls) -> NewPeople:
        """The row, or what holds until there is one. One query."""
        return cls.objects.order_by("pk").first() or cls(language=settings.LANGUAGE_CODE)
