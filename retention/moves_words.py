"""The movement of a week in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.models.clock import State
from retention.moves import Movement

CAME: dict[str, str | Promise] = {
    "passed": gettext_lazy("time passed"),
    "new": gettext_lazy("new clients"),
    "given": gettext_lazy("handed over to here"),
    "promise": gettext_lazy("promise changed"),
    "undone": gettext_lazy("a contact was taken back"),
    "back": gettext_lazy("came back"),
}
LEFT: dict[str, str | Promise] = {
    "attended": gettext_lazy("attended"),
    "passed": gettext_lazy("overdue now"),
    "date": gettext_lazy("date agreed"),
    "promise": gettext_lazy("promise changed"),
    "nofollowup": gettext_lazy("no follow-up wanted"),
    "given": gettext_lazy("handed over to others"),
    "archived": gettext_lazy("archived"),
    "gone": gettext_lazy("leaving or gone"),
}


def title(moves: list[Movement] | None) -> str:
    """The result of the panel, about those who wait too long."""
    overdue = next((one for one in moves or () if one.state == State.OVERDUE), None)
    if overdue is None or not (overdue.came_count or overdue.left_count):
        return _("Who moved this week")
    came = ngettext("%(n)s client began to wait too long", "%(n)s clients began to wait too long", overdue.came_count)
    left = ngettext("%(n)s no longer waits", "%(n)s no longer wait", overdue.left_count)
    return f"{came % {'n': overdue.came_count}}, {left % {'n': overdue.left_count}}"


def filter_words(name: str) -> str:
    """The filter of a list: "overdue since this week: new clients"."""
    way, state, reason = (*name.split("-"), "")[:3]
    if state not in {State.OVERDUE.value, State.SOON.value} or way not in ("came", "left"):
        return name
    said = {
        "came-overdue": _("overdue since this week"),
        "left-overdue": _("no longer overdue, since this week"),
        "came-soon": _("due soon since this week"),
        "left-soon": _("no longer due soon, since this week"),
    }[f"{way}-{state}"]
    why = (CAME if way == "came" else LEFT).get(reason)
    return f"{said}: {why}" if why else said
