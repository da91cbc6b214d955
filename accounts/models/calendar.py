from __future__ import annotations

import zoneinfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.user import validate_zone


class Calendar(models.Model):
    """When a team works: a zone, weekly spans, public holidays and exceptions.

    The rows of `CalendarDay` and `WorkingSpan` are made from these by `accounts.calendar_build.rebuild`;
    everything that reckons working time reads only those tables.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    zone = models.CharField(_("time zone"), max_length=64, default="Europe/Madrid", validators=[validate_zone])
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("For public holidays; empty for none.")
    )
    region = models.CharField(_("region"), max_length=8, blank=True)
    built_from = models.DateField(null=True, editable=False)
    built_until = models.DateField(null=True, editable=False)
    latest_closing = models.TimeField(
        null=True, editable=False, help_text=_("The latest weekly closing hour, for closed days.")
    )

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)


class WeeklySpan(models.Model):
    """Open from `opens` to `closes`, wall clock, each week on `weekday` (0 Monday … 6 Sunday)."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="weekly_spans")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="weekly_span_forward"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekly_span_weekday"),
            models.UniqueConstraint(fields=["calendar", "weekday", "opens"], name="weekly_span_once"),
        ]


class CalendarException(models.Model):
    """One date that differs from the week: closed (no hours) or with one span of its own.

    Several rows on one date give several spans. A row here wins over a public holiday.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="exceptions")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)

    class Meta:
        ordering = ["date", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(closes__gt=F("opens")),
                name="exception_closed_or_forward",
            )
        ]


class CalendarDay(models.Model):
    """One row for every date of a calendar, open or not.

    `number` is the proleptic Gregorian ordinal of the date, so that "N calendar days after" is an
    equality join. `ordinal` counts the working days up to and including the date: the Nth working
    day after date D is the open day with ordinal D.ordinal + N. Instants are UTC.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="days")
    date = models.DateField()
    number = models.IntegerField()
    is_open = models.BooleanField()
    ordinal = models.IntegerField()
    opens_at = models.DateTimeField(help_text="Open: the first opening. Closed: the next opening of a later day.")
    closes_at = models.DateTimeField(
        help_text="Open: the last closing. Closed: the latest weekly closing hour on this date."
    )
    next_opens_at = models.DateTimeField(help_text="The first opening of the next open date.")
    holiday = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="calendar_day_date"),
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_day_number"),
            # A due at a closing finds its day again.
            models.UniqueConstraint(fields=["calendar", "closes_at"], name="calendar_day_closing"),
            models.UniqueConstraint(
                fields=["calendar", "ordinal"],
                condition=Q(is_open=True),
                name="calendar_day_ordinal",
            ),
        ]


class WorkingSpan(models.Model):
    """One open span; `worked_before` is the sum of the seconds of all earlier spans."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="spans")
    date = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    worked_before = models.BigIntegerField()
    worked_until = models.BigIntegerField(help_text="worked_before + the seconds of this span")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "closes_at"], name="working_span_closing"),
            models.UniqueConstraint(fields=["calendar", "worked_until"], name="working_span_worked"),
        ]
        indexes = [models.Index(fields=["calendar", "date"], name="working_span_date")]
