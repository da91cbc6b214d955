"""Mending an interaction that was logged: what happened, when, with whom, in which words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.choices import Channel, Direction, Outcome, Solved
from crm.counting import outcomes_for
from crm.forms.fields import SeveralOf
from crm.forms.layout import plain_helper, wide
from crm.forms.log import LocalTimeField
from crm.log import Entry
from crm.models import Contact, Interaction
from crm.stale import RowForm

SENTIMENTS = [("", "—"), (1, _("angry")), (2, _("unhappy")), (3, _("neutral")), (4, _("content")), (5, _("delighted"))]


@dataclass(frozen=True)
class Mending:
    """Who mends what; `people` may be named as having taken part."""

    interaction: Interaction
    user: User
    people: Any


class InteractionForm(RowForm):
    """An interaction's own fields; its customer stays."""

    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    direction = forms.ChoiceField(label=_("Who began"), choices=Direction.choices)
    outcome = forms.ChoiceField(label=_("What happened"), choices=Outcome.choices)
    at = LocalTimeField(label=_("When"))
    answered_at = LocalTimeField(label=_("They answered"), required=False)
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=1440)
    participants = SeveralOf(
        Contact.objects.none(), label=_("With whom"), required=False, widget=forms.CheckboxSelectMultiple
    )
    summary = forms.CharField(
        label=_("In short"), required=False, max_length=10_000, widget=forms.Textarea({"rows": 3})
    )
    sentiment = forms.TypedChoiceField(
        label=_("How they felt"), required=False, choices=SENTIMENTS, coerce=int, empty_value=None
    )
    solved = forms.ChoiceField(label=_("Did it solve it"), required=False, choices=[("", "—"), *Solved.choices])
    mass = forms.BooleanField(label=_("Mass mail"), required=False, help_text=_("It counts as no contact."))

    def __init__(self, data: Any = None, *, mending: Mending) -> None:
        row = mending.interaction
        zone = mending.user.zone
        super().__init__(data, initial=_initial(row, zone))
        self.row = self.instance = row
        participants = self.fields["participants"]
        assert isinstance(participants, forms.ModelMultipleChoiceField)
        participants.queryset = mending.people
        for name in ("at", "answered_at"):
            field = self.fields[name]
            assert isinstance(field, LocalTimeField)
            field.zone = zone
        layout: list[Any] = ["channel", "direction", "outcome", "at", "answered_at", "minutes"]
        if mending.people.exists():
            layout.append(wide("participants"))
        else:
            del self.fields["participants"]
        self.helper = plain_helper(Div(*layout, wide("summary"), "sentiment", "solved", "mass", css_class="form-grid"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = (data.get("channel"), data.get("direction"), data.get("outcome"))
        same = kind == (self.row.channel, self.row.direction, self.row.outcome)
        if all(kind) and not same and kind[2] not in outcomes_for(str(kind[0]), str(kind[1])):
            self.add_error("outcome", _("That cannot happen this way: choose another outcome."))
        at, answered = data.get("at"), data.get("answered_at")
        if at and answered and answered < at:
            self.add_error("answered_at", _("They cannot have answered before it was sent."))
        return data

    def entry(self) -> Entry:
        """What the cleaned form says, as an entry."""
        data = self.cleaned_data
        people = data.get("participants")
        return Entry(
            customer=self.row.customer,
            channel=data["channel"],
            direction=data["direction"],
            outcome=data["outcome"],
            at=_to_the_second(data["at"], self.row.at),
            answered_at=_to_the_second(data["answered_at"], self.row.answered_at),
            minutes=data["minutes"],
            participants=list(self.row.participants.all() if people is None else people),
            summary=data["summary"],
            sentiment=data["sentiment"],
            solved=data["solved"],
            mass=data["mass"],
            fulfils=self.row.fulfils,
            by=self.row.by,
        )


def _to_the_second(said: Any, was: dt.datetime | None) -> Any:
    """The field shows minutes: one left as it was keeps its seconds, or the promise would begin anew."""
    return was if said and was and said == was.replace(second=0, microsecond=0) else said


def _initial(row: Interaction, zone: dt.tzinfo) -> dict[str, Any]:
    local = {
        name: value.astimezone(zone).replace(tzinfo=None) if value else None
        for name, value in (("at", row.at), ("answered_at", row.answered_at))
    }
    return local | {
        "channel": row.channel,
        "direction": row.direction,
        "outcome": row.outcome,
        "minutes": row.minutes,
        "participants": list(row.participants.values_list("pk", flat=True)),
        "summary": row.summary,
        "sentiment": row.sentiment,
        "solved": row.solved,
        "mass": row.mass,
    }
