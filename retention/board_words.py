"""At risk in words: the sentence on top, the results that title the charts."""

from __future__ import annotations

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.templatetags.money import money
from retention.board import Bar, Board


def opening(board: Board) -> SafeString | str:
    """ "14 clients have waited longer than promised; €412,000 a year is theirs." """
    if not board.clients:
        return _("No clients here yet.")
    if not board.overdue:
        return _("Nobody has waited longer than promised.")
    waited = ngettext(
        "One client has waited longer than promised", "%(n)s clients have waited longer than promised", board.overdue
    )
    waited = waited % {"n": number_format(board.overdue, force_grouping=True)} if "%" in waited else waited
    lists = reverse("crm:customer-list")
    linked = format_html('<a href="{}" data-count="{}">{}</a>', lists + board.overdue_url, board.overdue, waited)
    if not board.stakes:
        return format_html("{}.", linked)
    said = [format_html("<b>{}</b>", money(stake.value, stake.currency)) for stake in board.stakes]
    amounts = said[0]
    if len(said) > 1:
        some = format_html_join(", ", "{}", ((one,) for one in said[:-1]))
        amounts = format_html(_("{} and {}"), some, said[-1])
    theirs = ngettext("a year is its worth", "a year is theirs", board.overdue)
    return format_html("{}; {} {}.", linked, amounts, theirs)


def distribution_title(bars: list[Bar]) -> str:
    """The result of the distribution: how far through the promise the client in the middle is."""
    total = sum(bar.count for bar in bars)
    if not total:
        return _("Nobody is waiting for a date")
    late = sum(bar.count for bar in bars if bar.start >= 1)
    if late * 2 > total:
        return _("More than half have waited longer than promised")
    reached, middle = 0, bars[0]
    for bar in bars:
        reached += bar.count
        if reached * 2 >= total:
            middle = bar
            break
    if middle.start < 0.3:
        return _("Half were attended only lately")
    if middle.start < 0.7:
        return _("Most have waited about half of the promise")
    return _("Most are near the end of their promise")


def owners_title(board: Board) -> str:
    """The result of the table by owner."""
    behind = board.numbers.behind
    if not behind:
        return _("Everybody is on time")
    first = board.owners[0]
    if not first.name:
        return _("%(n)s of them have no owner") % {"n": first.overdue}
    if behind == 1:
        return _("All of them are with %(name)s") % {"name": first.name}
    if first.overdue * 2 > board.overdue:
        return _("Most are with %(name)s") % {"name": first.name}
    return str(capfirst(ngettext("spread over %(n)s person", "spread over %(n)s people", behind) % {"n": behind}))


def span_words(bar: Bar) -> str:
    """The row of the table: "0.3 to 0.4 ×"."""
    start = number_format(bar.start, 1)
    if bar.end is None:
        return _("%(from)s × or more") % {"from": start}
    return _("%(from)s to %(to)s ×") % {"from": start, "to": number_format(bar.end, 1)}
