"""The form of a promise: its terms, what was seen of them before, and why they change."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms.layout import plain_helper
from retention.models import AttentionPolicy
from retention.models.policy import DAY_UNITS
from retention.policies import TERMS

#: Ten years; no calendar reaches further.
LONGEST = 3650


def _amount(label: Any, least: int = 1, most: int = LONGEST, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, **more)


class PromiseForm(forms.Form):
    """What is promised to whom the page is for."""

    attention_amount = _amount(_("Attention every"))
    attention_unit = forms.ChoiceField(label=_("Counted in"), choices=DAY_UNITS)
    personal_amount = _amount(
        _("In person or on video every"), required=False, help_text=_("Empty: no such moment is promised.")
    )
    personal_unit = forms.ChoiceField(label=_("Counted in"), choices=DAY_UNITS)
    call_back_hours = _amount(_("Call back within"), most=400, help_text=_("Working hours."))
    welcome_days = _amount(
        _("First attention within"), most=400, help_text=_("Working days, never longer than the interval.")
    )
    grace_days = _amount(
        _("Grace"), least=0, most=400, help_text=_("Working days by which the alert, not the state, waits.")
    )
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    base = forms.CharField(required=False, widget=forms.HiddenInput())
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, policy: AttentionPolicy, base: int | None) -> None:
        super().__init__(data, initial={name: getattr(policy, name) for name in TERMS} | {"base": base or ""})
        self.helper = plain_helper(
            Div(*(Field(name) for name in TERMS[:4]), css_class="form-grid"),
            Div(Field("call_back_hours"), Field("welcome_days"), Field("grace_days"), css_class="form-grid"),
            "base",
        )
        self.helper.render_unmentioned_fields = False
        self.reason_helper = plain_helper("reason")

    @property
    def terms(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in TERMS}

    @property
    def based_on(self) -> int | None:
        """The version that was looked at; 0 for nonsense, which no version is."""
        said: str = self.cleaned_data["base"]
        return (int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0) if said else None

    @property
    def signature(self) -> str:
        """The terms as one word, to know whether what they do was looked at."""
        return seen_of(self.terms)


def seen_of(terms: dict[str, object]) -> str:
    """What the form sends along once the effect of these terms was shown."""
    return ";".join(str(terms[name]) for name in TERMS)
