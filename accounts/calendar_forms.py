"""The forms of a calendar: a new one; its week, zone and holidays; days that differ."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import countries
from accounts.absence_forms import DayInput
from accounts.calendar_holidays import days_of, regions
from accounts.calendar_plan import Edit, Plan, week_of
from accounts.calendar_words import hours_words, parse_hours
from accounts.forms import zone_choices
from accounts.models import Calendar

DAYS = [f"day_{number}" for number in range(7)]
#: A year and a day: longer a firm does not close.
LONGEST = dt.timedelta(days=366)


class NewCalendarForm(forms.Form):
    """A name and a zone; the rest is looked at and changed on its page."""

    name = forms.CharField(label=_("Name"), max_length=80)
    zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"] = forms.ChoiceField(label=_("Time zone"), choices=zone_choices())

    def clean_name(self) -> str:
        return free_name(self.cleaned_data["name"], None)


def free_name(name: str, calendar: Calendar | None) -> str:
    """The name, unless another calendar bears it."""
    others = Calendar.objects.filter(name=name)
    if calendar is not None:
        others = others.exclude(pk=calendar.pk)
    if others.exists():
        raise ValidationError(gettext("Another calendar has this name."))
    return name


class HoursForm(forms.Form):
    """The week, one line a day, the zone, and whose public holidays count."""

    name = forms.CharField(label=_("Name"), max_length=80)
    zone = forms.ChoiceField(label=_("Time zone"))
    country = forms.ChoiceField(label=_("Public holidays of"), required=False)
    region = forms.ChoiceField(label=_("Region"), required=False)

    def __init__(self, data: Any = None, *, plan: Plan, calendar: Calendar) -> None:
        week = week_of(plan)
        initial: dict[str, Any] = {name: hours_words(week.get(day, [])) for day, name in enumerate(DAYS)}
        initial |= {name: plan[name] for name in ("name", "zone", "country", "region")}
        super().__init__(data, initial=initial)
        self.plan, self.calendar = plan, calendar
        for day, name in enumerate(DAYS):
            self.fields[name] = forms.CharField(
                label=WEEKDAYS[day],
                required=False,
                max_length=80,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        self._choose("zone", zone_choices())
        self._choose("country", [("", str(_("none"))), *countries.choices()])
        self._choose("region", [("", str(_("the whole country"))), *regions(self.said("country"))])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        known = {value for value, _label in choices}
        stored = self.plan[name]  # type: ignore[literal-required]
        if stored not in known and name != "region":
            choices = [*choices, (stored, stored)]
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def said(self, name: str) -> str:
        """What stands in a field now."""
        return str(self[name].value() or "")

    @property
    def days(self) -> list[Any]:
        return [self[name] for name in DAYS]

    def copy_monday(self) -> None:
        """Write Monday's hours on the other working days: all that are open, and at least until Friday."""
        self.data = {**{name: self.data[name] for name in self.data}}
        for name in DAYS[1:]:
            if name in DAYS[1:5] or self.data.get(name):
                self.data[name] = self.data.get(DAYS[0], "")

    def clean_name(self) -> str:
        return free_name(self.cleaned_data["name"], self.calendar)

    def clean(self) -> dict[str, Any]:
        weekly: list[list[Any]] = []
        for day, name in enumerate(DAYS):
            try:
                hours = parse_hours(self.cleaned_data.get(name, ""))
            except ValidationError as error:
                self.add_error(name, error)
                continue
            weekly += [[day, f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in hours]
        if not weekly and not any(name in self.errors for name in DAYS):
            self.add_error(DAYS[0], gettext("Give at least one opening hour in the week."))
        return self.cleaned_data | {"weekly": weekly}

    def edit(self) -> Edit:
        """What was changed, and only that."""
        return {
            name: self.cleaned_data[name]
            for name in ("name", "zone", "country", "region", "weekly")
            if self.cleaned_data[name] != self.plan[name]
        }  # type: ignore[return-value]


def holidays_shown(country: str, region: str, today: dt.date) -> dict[str, Any]:
    """The holidays of the year that is planned now (from November on the next one), for below the two choices."""
    year = (today + dt.timedelta(days=61)).year
    if region and region not in dict(regions(country)):
        region = ""
    return {"holiday_year": year, "holidays": list(days_of(country, region, year).items())}


class DaysForm(forms.Form):
    """One date or a stretch of them, closed or with hours of its own."""

    first = forms.DateField(label=_("First day"), widget=DayInput())
    last = forms.DateField(label=_("Last day"), required=False, widget=DayInput(), help_text=_("Empty: one day."))
    day_name = forms.CharField(label=_("What it is"), max_length=80, required=False)
    hours = forms.CharField(
        label=_("Open"), max_length=80, required=False, help_text=_("For example 9–14; empty: closed.")
    )

    def __init__(self, data: Any = None, *, calendar: Calendar) -> None:
        super().__init__(data)
        self.calendar = calendar

    def clean_hours(self) -> list[Any]:
        return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in parse_hours(self.cleaned_data["hours"])]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        first, last = said.get("first"), said.get("last") or said.get("first")
        if first is None or last is None:
            return said
        if last < first:
            self.add_error("last", gettext("This is before it begins."))
        elif last - first > LONGEST:
            self.add_error("last", gettext("Take at most a year at a time."))
        elif self.calendar.built_until and last >= self.calendar.built_until:
            self.add_error("last" if said.get("last") else "first", gettext("The calendar does not reach so far yet."))
        elif self.calendar.built_from and first <= self.calendar.built_from:
            self.add_error("first", gettext("That is too long ago."))
        return said | {"last": last}

    def edit(self, plan: Plan) -> Edit:
        """The dates as exceptions; of several days those that are open each week, a single one always."""
        said = self.cleaned_data
        week = week_of(plan)
        length = (said["last"] - said["first"]).days + 1
        dates = [said["first"] + dt.timedelta(days=number) for number in range(length)]
        chosen = [date for date in dates if length == 1 or week.get(date.weekday())]
        spans = said["hours"] or [[None, None]]
        days = [[date.isoformat(), said["day_name"], *span] for date in chosen for span in spans]
        return {"days": days}
