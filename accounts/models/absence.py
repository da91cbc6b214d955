from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Absence(models.Model):
    """Somebody is away from `starts_at` until `ends_at` (UTC; open-ended when empty)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="covers",
        verbose_name=_("covered by"),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    #: From when until when the cover sees the clients and logs for them (A10); reckoned from the rest when it is saved.
    seen_from = models.DateTimeField(null=True, blank=True, editable=False)
    seen_until = models.DateTimeField(null=True, blank=True, editable=False)

    #: When the next of the two lists is due, to the cover or back to the person; empty when both were told.
    tell_at = models.DateTimeField(null=True, blank=True, editable=False)

    #: Who planned it, and who changed it since.
    history = HistoricalRecords(excluded_fields=["seen_from", "seen_until", "tell_at"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="absence_forward",
            ),
            models.CheckConstraint(condition=Q(cover__isnull=True) | ~Q(cover=F("user")), name="absence_not_own_cover"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=False) | Q(cover__isnull=False),
                name="absence_endless_needs_cover",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "starts_at"], name="absence_of_user"),
            models.Index(fields=["tell_at"], condition=Q(tell_at__isnull=False), name="absence_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.starts_at:%Y-%m-%d} …"

    def clean(self) -> None:
        """Refuse a cover who, while away in the same days, is covered by this person, directly or in a chain (A10)."""
        super().clean()
        if self.cover_id is not None and self._leads_back(self.cover_id):
            message = _("%(cover)s is away in these days too, and it would come back to %(person)s.")
            names = {"cover": self.cover, "person": self.user}
            raise ValidationError({"cover": ValidationError(message, code="cover_loop", params=names)})

    def _leads_back(self, cover: int) -> bool:
        """Follow the covers of everybody away in these days. One query."""
        others = Absence.objects.exclude(pk=self.pk).filter(cover__isnull=False)
        if self.ends_at is not None:
            others = others.filter(starts_at__lt=self.ends_at)
        others = others.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=self.starts_at))
        covers: dict[int, set[int]] = {}
        for user, theirs in others.values_list("user_id", "cover_id"):
            covers.setdefault(user, set()).add(theirs or user)
        reached, todo = set[int](), [cover]
        while todo:
            person = todo.pop()
            if person not in reached:
                reached.add(person)
                todo += covers.get(person, set())
        return self.user_id in reached
