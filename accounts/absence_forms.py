"""The form of an absence: days and half-days, the cover, and a reason if one wants to give it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.absences import ChangedMeanwhile, Days, days_of, last_change, possible_covers
from accounts.models import Absence, Calendar, User


class DayInput(forms.DateInput):
    """The browser's own date field; it speaks ISO whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AbsenceForm(forms.Form):
    """From which half-day to which, who covers, why."""

    first = forms.DateField(label=_("First day away"), widget=DayInput())
    first_half = forms.ChoiceField(
        label=_("Beginning"), required=False, choices=[("", _("in the morning")), ("midday", _("at midday"))]
    )
    last = forms.DateField(
        label=_("Last day away"), required=False, widget=DayInput(), help_text=_("Leave it open if nobody knows yet.")
    )
    last_half = forms.ChoiceField(
        label=_("Until"), required=False, choices=[("", _("the evening")), ("midday", _("midday"))]
    )
    cover = forms.ModelChoiceField(User.objects.none(), label=_("Who covers"), required=False)
    base = forms.IntegerField(required=False, widget=forms.HiddenInput())
    reason = forms.CharField(label=_("Reason (optional)"), required=False, max_length=200)

    def __init__(self, *args: Any, absence: Absence, calendar: Calendar, actor: User, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"cover": absence.cover_id, "reason": absence.reason}
        if absence.pk:
            days = days_of(absence, calendar)
            initial["base"] = last_change(absence.pk)
            initial |= {"first": days.first, "last": days.last}
            initial["first_half"] = "midday" if days.from_midday else ""
            initial["last_half"] = "midday" if days.to_midday else ""
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        cover = self.fields["cover"]
        assert isinstance(cover, forms.ModelChoiceField)
        cover.queryset = possible_covers(absence.user, actor)
        cover.empty_label = str(_("nobody: the team’s queue"))

    @property
    def days(self) -> Days:
        """The days that were entered."""
        said = self.cleaned_data
        return Days(said["first"], said["last"], bool(said["first_half"]), bool(said["last_half"]))

    def refuse(self, error: ValidationError) -> None:
        """Put what a rule said beside the field it names, or above the form; who saves again knows of the change."""
        if isinstance(error, ChangedMeanwhile):
            self.data = {**{name: self.data[name] for name in self.data}, "base": self.initial["base"]}
        for name, faults in error.error_dict.items():
            self.add_error(name if name in self.fields else None, faults)
