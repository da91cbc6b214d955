"""The form of one cell of what counts: as what, whether that is meant, and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.choices import CountsAs
from crm.forms.layout import plain_helper
from retention.counting_table import MEANINGS, Cell, choices_of


class CellForm(forms.Form):
    """What a cell counts as from now on."""

    counts_as = forms.ChoiceField(label=_("It counts as"), widget=forms.RadioSelect)
    confirmed = forms.BooleanField(label=_("Yes, I mean it"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    base = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, cell: Cell) -> None:
        super().__init__(data, initial={"counts_as": cell.counts_as, "base": cell.counts_as})
        offered = choices_of(cell)
        if cell.counts_as not in offered:
            offered = (cell.counts_as, *offered)
        field = self.fields["counts_as"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(counts.value, f"{counts.label}. {MEANINGS[counts]}") for counts in offered]
        self.ask_nothing()

    def ask_nothing(self) -> None:
        """Leave out the box that confirms."""
        self.helper = plain_helper("counts_as", "reason", "base")
        self.helper.render_unmentioned_fields = False

    def ask_to_confirm(self) -> None:
        """Show the box that confirms, once there is something to confirm."""
        self.helper = plain_helper("counts_as", "confirmed", "reason", "base")

    @property
    def wanted(self) -> CountsAs:
        return CountsAs(self.cleaned_data["counts_as"])
