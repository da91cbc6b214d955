"""The form by which an administrator says where all goes that is somebody's who leaves."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.absence_words import days_words
from accounts.acting import calendar_of
from accounts.models import User
from crm.forms.layout import plain_helper
from crm.models import Customer
from retention.departures import Heirs, covered_by, parts

QUEUE = "queue"
#: The name of the field of those without a segment.
NONE = "none"


class LeaveForm(forms.Form):
    """Who gets the clients, by segment where they differ; who covers instead; why. `seen`: what was looked at."""

    to = forms.ChoiceField(
        label=_("Their clients go to"), error_messages={"required": _("Choose who is to have them.")}
    )
    team_follows = forms.BooleanField(
        label=_("Their team follows the new owner"),
        required=False,
        initial=True,
        help_text=_("Working hours and supervisors become those of the new owner’s team."),
    )
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data)
        self.person = person
        here = User.objects.active().filter(is_demo=person.is_demo).exclude(pk=person.pk)
        self.people = {str(one.pk): one for one in here.order_by("name", "pk")}
        named = [(pk, one.name) for pk, one in self.people.items()]
        queue = (QUEUE, gettext("Nobody yet: the team's queue"))
        to = self.fields["to"]
        assert isinstance(to, forms.ChoiceField)
        to.choices = [("", gettext("Choose …")), queue, *named]
        self.segments = self._segments()
        for name, label, n in self.segments:
            self.fields[name] = forms.ChoiceField(
                label=f"{label} ({n})", required=False, choices=[("", gettext("the same")), queue, *named]
            )
        self.covers = list(covered_by(person, timezone.now()))
        for absence in self.covers:
            days = days_words(absence, calendar_of(absence.user), timezone.now())
            others = [(pk, name) for pk, name in named if pk != str(absence.user_id)]
            nobody = [] if absence.ends_at is None else [("", queue[1])]
            self.fields[f"cover_{absence.pk}"] = forms.ChoiceField(
                label=gettext("Instead covers for %(name)s, %(days)s") % {"name": absence.user.name, "days": days},
                required=absence.ends_at is None,
                choices=[*nobody, *others],
            )
        self.helper = plain_helper("to", *(name for name, _label, _n in self.segments), "team_follows",
                                   *(f"cover_{one.pk}" for one in self.covers))  # fmt: skip
        self.helper.render_unmentioned_fields = False
        self.why_helper = plain_helper("reason")
        self.why_helper.render_unmentioned_fields = False

    def _segments(self) -> list[tuple[str, str, int]]:
        """Field, name and clients of each segment, where there are several."""
        rows = Customer.objects.filter(owner=self.person).order_by().values_list("segment", "segment__name")
        counted = rows.annotate(n=Count("pk"))
        ordered = counted.order_by(F("segment__position").asc(nulls_last=True), "segment__name")
        found = [(f"segment_{pk or NONE}", name or gettext("No segment"), n) for pk, name, n in ordered]
        return found if len(found) > 1 else []

    @property
    def heirs(self) -> Heirs:
        """What was chosen, of a valid form."""
        data = self.cleaned_data
        segments: dict[int | None, User | None] = {}
        for name, _label, _n in self.segments:
            if data[name]:
                key = name.removeprefix("segment_")
                segments[None if key == NONE else int(key)] = self.people.get(data[name])
        covers = {one.pk: self.people.get(data[f"cover_{one.pk}"]) for one in self.covers}
        return Heirs(self.people.get(data["to"]), segments, covers, bool(data["team_follows"]))

    def signature(self) -> str:
        """What was chosen and whom it is about, as one word; of a valid form. A query for each part."""
        counts = [customers.count() for customers, _heir in parts(self.person, self.heirs)]
        chosen = {name: value for name, value in self.cleaned_data.items() if name not in ("reason", "seen")}
        return hashlib.sha256(repr((self.person.pk, sorted(chosen.items()), counts)).encode()).hexdigest()[:20]
