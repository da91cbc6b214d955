"""The form of the ladder: its numbers, what was seen of them, and why they change."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.ladder_terms import TERMS, Values
from crm.forms.layout import plain_helper


class LadderForm(forms.Form):
    """When each kind of alert climbs, and how many are told each morning."""

    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    base = forms.CharField(required=False, widget=forms.HiddenInput())
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, current: Values) -> None:
        super().__init__(data, initial=dict(current) | {"base": as_word(current)})
        for name, term in TERMS.items():
            self.fields[name] = forms.IntegerField(
                label=gettext(term.label), min_value=1, max_value=term.most, help_text=str(term.says)
            )
        self.helper = plain_helper(Div(*(Field(name) for name in TERMS), css_class="form-grid"), "base")
        self.helper.render_unmentioned_fields = False
        self.reason_helper = plain_helper("reason")

    @property
    def typed(self) -> Values:
        return {name: self.cleaned_data[name] for name in TERMS}

    @property
    def based_on(self) -> Values:
        """The terms that were looked at; what makes no sense are those that were typed."""
        return read_word(self.cleaned_data["base"]) or self.typed


def as_word(values: Values) -> str:
    """The terms as one word, to know what somebody saw."""
    return ".".join(str(values[name]) for name in TERMS)


def read_word(text: str) -> Values | None:
    """The terms of such a word; None where it is none."""
    parts = text.split(".")
    if len(parts) != len(TERMS) or not all(part.isascii() and part.isdecimal() and len(part) < 5 for part in parts):
        return None
    return dict(zip(TERMS, map(int, parts), strict=True))
