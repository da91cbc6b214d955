"""Small drawn things that every page uses: icons from the sprite and initials."""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.requests import person
from accounts.settings_pages import SettingsPage, pages_for

register = template.Library()

SPRITE = "vendor/icons.svg"
TINTS = 5
# Words that say what kind of firm it is, or link two names, say nothing about whom one calls.
SKIPPED = {
    "de",
    "del",
    "la",
    "las",
    "el",
    "los",
    "y",
    "e",
    "and",
    "of",
    "the",
    "s.a.",
    "sa",
    "s.l.",
    "sl",
    "inc",
    "ltd",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of the sprite (its names stand in package.json); it is decoration, words stand beside it."""
    return _drawn(name)


@cache
def _drawn(name: str) -> SafeString:
    """A list draws some hundred icons a page, of a handful of kinds."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static(SPRITE), name)


def initials(name: str) -> str:
    """Return one or two capitals without accents, of the words that tell ("Clínica del Mirador" → "CM")."""
    words = re.findall(r"[^\W_][\w.'’-]*", name)
    telling = [word for word in words if word.lower() not in SKIPPED] or words
    letters = "".join(word[0] for word in telling[:2]).upper() or "?"
    return "".join(char for char in unicodedata.normalize("NFD", letters) if not unicodedata.combining(char))


def tint(name: str) -> int:
    """Return 1 to 5, always the same for a name (Python's own hash changes with each start)."""
    return zlib.crc32(name.casefold().encode()) % TINTS + 1


@register.inclusion_tag("look/_settings_tabs.html", takes_context=True)
def settings_tabs(context: template.Context) -> dict[str, list[tuple[SettingsPage, str, bool]]]:
    """Draw the pages of settings as tabs, the present one marked: below the head of each of them."""
    request = context["request"]
    tabs = [(page, page.url, page.holds(request.path)) for page in pages_for(person(request))]
    return {"tabs": tabs}


@register.simple_tag
def avatar(who: object, size: str = "") -> SafeString:
    """Draw the initials of a customer, contact or user; `size` is "s", "l" or nothing."""
    name = str(who)
    return format_html(
        '<span class="initials initials-{}{}" aria-hidden="true">{}</span>',
        tint(name),
        f" initials-{size}" if size else "",
        initials(name),
    )


@register.filter
def tel(number: object) -> str:
    """Return a phone number as a `tel:` address: digits and a leading plus."""
    text = str(number or "").strip()
    return "tel:" + ("+" if text.startswith("+") else "") + re.sub(r"\D", "", text)
