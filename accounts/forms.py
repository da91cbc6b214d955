"""What people say about themselves, and what the first administrator says about the firm."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import countries
from accounts.first_start import FirstPerson
from accounts.models import User
from accounts.zones import country_of


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Return the zones that lie in a country, and UTC."""
    zones = (zone for zone in zoneinfo.available_timezones() if country_of(zone))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in sorted(zones))]


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What people choose for themselves."""

    class Meta:
        model = User
        fields: ClassVar[list[str]] = [
            "name",
            "language",
            "time_zone",
            "theme",
            "digest_hour",
            "daily_lines",
            "weekly_mail",
            "single_keys",
        ]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "digest_hour": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "digest_hour": _("On your working days, in your time zone."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=self._zones())
        if not self.instance.is_supervisor:
            del self.fields["weekly_mail"]
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def _zones(self) -> list[tuple[str, str]]:
        known = zone_choices()
        current = self.instance.time_zone
        return known if any(zone == current for zone, _name in known) else [(current, current), *known]


class FirstStartForm(forms.Form):
    """The first administrator and the firm's calendar."""

    code = forms.CharField(
        label=_("One-time code"),
        max_length=64,
        help_text=_("The console of the server shows it."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )
    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Your email"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 10 letters; a sentence is fine."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    team = forms.CharField(
        label=_("Your team"), max_length=80, help_text=_("Others can be added later; a small firm needs only one.")
    )
    zone = forms.ChoiceField(label=_("Time zone of the team"), choices=zone_choices)
    country = forms.ChoiceField(label=_("Public holidays of"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=_("Public holidays of"), required=False, choices=[("", _("no country")), *countries.choices()]
        )

    def clean_password(self) -> str:
        """Refuse what is easily guessed; it must not resemble the name or the email either."""
        password: str = self.cleaned_data["password"]
        person = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        validate_password(password, person)
        return password

    def person(self) -> FirstPerson:
        """Return what was entered."""
        fields = ("email", "name", "password", "language", "team", "country", "zone")
        return FirstPerson(**{field: self.cleaned_data[field] for field in fields})

    def refuse_code(self, error: ValidationError) -> None:
        """Say beside the code that it does not fit."""
        self.add_error("code", error)
