"""The forms of a team: a new one, another name, another calendar."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Calendar, Team, User


class TeamNameForm(forms.Form):
    """What a team is called."""

    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, data: Any = None, *, team: Team | None = None) -> None:
        super().__init__(data, initial={"name": team.name if team else ""})
        self.team = team
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Team.objects.filter(name__iexact=name)
        if self.team is not None:
            others = others.exclude(pk=self.team.pk)
        if others.exists():
            raise ValidationError(gettext("Another team has this name."))
        return name


class NewTeamForm(TeamNameForm):
    """A name and the calendar it works by."""

    calendar = forms.ModelChoiceField(Calendar.objects.order_by("name"), label=_("Calendar"), empty_label=None)


class TeamCalendarForm(forms.Form):
    """By which calendar a team works."""

    calendar = forms.ModelChoiceField(Calendar.objects.order_by("name"), label=_("Calendar"), empty_label=None)

    def __init__(self, data: Any = None, *, team: Team) -> None:
        super().__init__(data, initial={"calendar": team.calendar_id})


class AddPersonForm(forms.Form):
    """Who is to work in a team: the way to their page, where what follows is shown."""

    person = forms.ModelChoiceField(User.objects.none(), label=_("Who"), empty_label="—")

    def __init__(self, data: Any = None, *, team: Team) -> None:
        super().__init__(data)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.active().exclude(memberships__team=team).order_by("name", "pk")
