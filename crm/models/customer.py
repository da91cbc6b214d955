from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.user import validate_zone
from crm.choices import GOING, CustomerKind, LoyaltyKind, Stage
from crm.month_day import MonthDay
from crm.querysets import CustomerQuerySet, SegmentQuerySet


class Segment(models.Model):
    """A group of customers that are promised the same."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Nobody comes in from then on.")

    objects: ClassVar[models.Manager[Segment]] = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("segment")
        verbose_name_plural = _("segments")

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """The organisation or person that is served."""

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=16, choices=CustomerKind, default=CustomerKind.ORGANISATION)
    segment = models.ForeignKey(
        Segment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
        verbose_name=_("segment"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="portfolio",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey(
        "accounts.Team",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
        verbose_name=_("team"),
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.CARE)
    client_since = models.DateField(_("client since"), null=True, blank=True)
    since_key = models.GeneratedField(
        expression=MonthDay("client_since"),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
        help_text="The date of client_since without its year: 502 is 2 May.",
    )
    annual_value = models.DecimalField(_("value a year"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    renewal_on = models.DateField(_("renews on"), null=True, blank=True)
    source = models.CharField(_("how they came"), max_length=80, blank=True)
    referred_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="referrals",
        verbose_name=_("referred by"),
    )
    loyalty = models.CharField(_("loyalty"), max_length=16, choices=LoyaltyKind, blank=True)
    key = models.BooleanField(
        _("key client"), default=False, help_text=_("Told at once when they have waited too long.")
    )
    language = models.CharField(_("language"), max_length=8, blank=True)
    time_zone = models.CharField(_("their time zone"), max_length=64, blank=True, validators=[validate_zone])
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    website = models.URLField(_("website"), blank=True)
    care_note = models.TextField(_("how they like to be treated"), blank=True, help_text=_("Shown before each call."))
    tags = models.ManyToManyField(Tag, blank=True, related_name="customers")
    custom = models.JSONField(_("own fields"), default=dict, blank=True)
    is_demo = models.BooleanField(default=False)

    added_at = models.DateTimeField(_("added"), default=timezone.now)
    added_on = models.DateField(help_text=_("The local date of added_at in the calendar (T5)."))
    departed_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_on = models.DateField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    import_source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=190, blank=True)
    import_k = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("T8: the place among the never contacted of one import.")
    )
    import_n = models.PositiveIntegerField(null=True, blank=True)

    name_key = models.CharField(
        max_length=200, editable=False, help_text=_("The name without accents, lower case, to sort and find.")
    )
    search_text = models.TextField(
        editable=False, default="", help_text=_("Names, addresses, phone digits; written by crm.search.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(
        excluded_fields=["search_text", "name_key", "since_key", "version", "changed_at"], m2m_fields=[tags]
    )
    objects: ClassVar[models.Manager[Customer]] = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.UniqueConstraint(
                fields=["import_source", "external_id"],
                condition=~Q(external_id=""),
                name="customer_external_once",
            ),
            models.CheckConstraint(
                condition=Q(annual_value__isnull=True) | ~Q(currency=""),
                name="customer_value_has_currency",
            ),
            models.CheckConstraint(
                condition=Q(referred_by__isnull=True) | ~Q(referred_by=F("id")),
                name="customer_not_own_referrer",
            ),
            models.CheckConstraint(
                condition=Q(import_k__isnull=True, import_n__isnull=True)
                | Q(import_k__gte=1, import_k__lte=F("import_n")),
                name="customer_import_slot",
            ),
        ]
        indexes = [
            models.Index(fields=["name_key", "id"], name="customer_by_name"),
            models.Index(fields=["owner", "name_key"], name="customer_of_owner"),
            models.Index(fields=["team", "name_key"], name="customer_of_team"),
            models.Index(fields=["renewal_on"], name="customer_by_renewal"),
            models.Index(
                fields=["owner", "since_key"], condition=Q(since_key__isnull=False), name="customer_anniversaries"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        from crm.search import plain

        self.name_key = plain(self.name)[:200]
        # Whole seconds: fractions of a promise stay exact on both databases.
        self.added_at = self.added_at.replace(microsecond=0)
        if self.added_on is None:
            self.added_on = self.added_at.date()
        super().save(*args, **kwargs)

    @property
    def is_active(self) -> bool:
        """S1: not archived, stage neither leaving nor departed."""
        return self.archived_at is None and self.stage not in GOING

    def local_time(self, now: dt.datetime) -> dt.datetime | None:
        """`now` on the client's own clock, or None when their zone is not known."""
        if not self.time_zone:
            return None
        import zoneinfo

        return now.astimezone(zoneinfo.ZoneInfo(self.time_zone))
