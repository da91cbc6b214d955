"""Small forms of the customer page: an agreed date, no follow-up, a stage, a note, a next step, the care note."""

from __future__ import annotations

from typing import Any, ClassVar

from crispy_forms.layout import Div, Field
from django import forms
from django.utils.translation import gettext_lazy as _

from crm.choices import Channel, Stage
from crm.forms.fields import DateInput
from crm.forms.layout import plain_helper
from crm.models import Customer


class AgreedDateForm(forms.Form):
    """The day that was agreed for the next contact (S3)."""

    day = forms.DateField(label=_("Day"), widget=DateInput())
    reason = forms.CharField(
        label=_("Why then"), max_length=200, required=False, help_text=_("Needed when they have waited too long.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("day", "reason")


class NoFollowUpForm(forms.Form):
    """No follow-up is wanted (S1)."""

    reason = forms.CharField(label=_("Why"), max_length=200)
    review_on = forms.DateField(
        label=_("Look at it again on"), widget=DateInput(), help_text=_("Within twelve months.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("reason", "review_on")


class StageForm(forms.Form):
    """Where the client stands with us."""

    stage = forms.ChoiceField(label=_("Stage"), choices=Stage.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("stage")


class NoteForm(forms.Form):
    """A text on the timeline."""

    text = forms.CharField(
        label=_("Note"), widget=forms.Textarea({"rows": 4}), max_length=10_000, help_text=_("It counts as no contact.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("text")


class NextStepForm(forms.Form):
    """A next step with a date."""

    title = forms.CharField(label=_("What"), max_length=200)
    due_on = forms.DateField(label=_("By"), widget=DateInput())
    channel = forms.ChoiceField(label=_("How"), required=False, choices=[("", "—"), *Channel.choices])
    promised = forms.BooleanField(
        label=_("Promised to the client"), required=False, help_text=_("You are told when the day comes.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("title", Div(Field("due_on"), Field("channel"), css_class="form-grid"), "promised")


class CareForm(forms.ModelForm):  # type: ignore[type-arg]
    """How they like to be treated."""

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = ["care_note"]
        widgets: ClassVar[dict[str, forms.Widget]] = {"care_note": forms.Textarea({"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("care_note")
