"""Places in the words of the reader."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from accounts.countries import name_of

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The name of a country by its ISO code in the reader's language ("ES" → "España"); else what stands there."""
    return name_of(code, (get_language() or "en").split("-")[0]) if code else ""
