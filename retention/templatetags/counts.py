"""Numbers that open the list behind them."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from retention.promises_kept import Promises

register = template.Library()


@register.simple_tag
def kept_of(promises: Promises, address: str = "") -> SafeString:
    """Say "212 of 233"; both numbers open their promises at `address`, unless those are too many to be listed."""
    words = _("%(kept)s of %(total)s")
    if not address:
        said = words % {"kept": number_format(promises.kept), "total": number_format(promises.total)}
        return format_html('<span data-uncounted="too many to list">{}</span>', said)
    kept = _link(promises.kept, f"{address}&which=kept#clients")
    total = _link(promises.total, f"{address}#clients")
    # The words are ours, the links are escaped: nothing of a person's is in it.
    return format_html(words.replace("%(kept)s", "{kept}").replace("%(total)s", "{total}"), kept=kept, total=total)


def _link(count: int, address: str) -> SafeString:
    return format_html('<a href="{}" data-count="{}">{}</a>', address, count, number_format(count))
