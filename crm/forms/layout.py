"""How crm's forms are laid out by crispy: the template writes the form tag and the button."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout

#: How a choice says that nothing is chosen.
NONE = ("", "—")


def plain_helper(*layout: Any) -> FormHelper:
    """A helper for a form whose template writes the form tag, the token and the button."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*layout)
    return helper


def wide(name: str) -> Div:
    """A field as wide as the form."""
    return Div(Field(name), css_class="wide")
