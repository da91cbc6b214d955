from __future__ import annotations

from django.conf import settings
from django.db import models

from alerts.choices import Kind


class MeasuredWeek(models.Model):
    """A week, by its Monday, whose alerts and contacts are kept as `MeasuredAlert` and `MeasuredContact`.

    `measured_at` (UTC) is when they were last written; of a week that runs, they reach until then.
    """

    week = models.DateField(primary_key=True)
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"week of {self.week}"


class How(models.TextChoices):
    """What became of an alert in a week."""

    ATTENDED = "attended"
    PUT_OFF = "put_off"
    DISMISSED = "dismissed"
    OTHERWISE = "otherwise"


class Came(models.TextChoices):
    """Whether a contact kept a promise before its alert opened, or after."""

    BEFORE = "before"
    AFTER = "after"
    NEITHER = ""


class Measured(models.Model):
    """What both tables share: whose client it was. Written anew by the night, kept by nobody else."""

    week = models.DateField(help_text="Its Monday, in the client's calendar.")
    customer = models.ForeignKey("crm.Customer", on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        abstract = True
        indexes = (
            models.Index(fields=["week"], name="%(class)s_week"),
            models.Index(fields=["team", "week"], name="%(class)s_team"),
            models.Index(fields=["owner", "week"], name="%(class)s_owner"),
        )


class MeasuredAlert(Measured):
    """An alert that somebody dealt with in a week: at most one row a week.

    `seconds` are working seconds from its opening to the attention that ended it, empty where none did. `snoozes`: how
    often it had been snoozed by the end of the week. `promise` is what stands behind it: "default", "own", the id of a
    segment, or "" where no policy does. Owner and team are those of the day on which the promise was broken.
    """

    alert = models.ForeignKey("alerts.Alert", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=24, choices=Kind)
    promise = models.CharField(max_length=24, blank=True)
    how = models.CharField(max_length=12, choices=How)
    seconds = models.BigIntegerField(null=True)
    snoozes = models.PositiveSmallIntegerField(default=0)

    class Meta(Measured.Meta):
        constraints = [models.UniqueConstraint(fields=["week", "alert"], name="measured_alert_once")]

    def __str__(self) -> str:
        return f"alert {self.alert_id} in {self.week}"


class MeasuredContact(Measured):
    """An attention, or an attempt of ours, by the week in which it was entered.

    `person` entered it. `late`: after the working day that followed it. `bulk`: one of many entered together at the end
    of a working day, an hour or more after they happened.
    """

    interaction = models.OneToOneField("crm.Interaction", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    felt = models.BooleanField(help_text="The client felt it; else we tried in vain.")
    ours = models.BooleanField(help_text="We called, wrote or came.")
    wordless = models.BooleanField()
    late = models.BooleanField()
    bulk = models.BooleanField()
    came = models.CharField(max_length=8, choices=Came, blank=True)

    class Meta(Measured.Meta):
        pass

    def __str__(self) -> str:
        return f"contact {self.interaction_id} in {self.week}"
