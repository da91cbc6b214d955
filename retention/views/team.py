"""Team: who cares for how many, who waits, who is away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.requests import person
from crm.day_words import number
from retention.board import AHEAD
from retention.team import Load, TeamLoad, loads_of


@require_safe
@supervisors_only
def team(request: HttpRequest) -> HttpResponse:
    """The teams that a person supervises; all of them for administrators."""
    user, now = person(request), timezone.now()
    teams = loads_of(user, now)
    context = {
        "teams": teams,
        "opening": _opening(teams),
        "bare": _without_cover(teams),
        "ahead": AHEAD,
        "reader": user,
    }
    return render(request, "retention/team.html", context)


def _without_cover(teams: list[TeamLoad]) -> list[Load]:
    """Who is away next week while nobody covers; each once, by name."""
    bare = {load.person.pk: load for one in teams for load in one.loads if load.person and load.uncovered}
    return sorted(bare.values(), key=lambda load: str(load.person))


def _opening(teams: list[TeamLoad]) -> tuple[str, str, str]:
    """Who carries how much, how many wait, and who is away."""
    people = {load.person.pk for one in teams for load in one.loads if load.person}
    clients = sum(one.clients for one in teams)
    first = ngettext("One person cares for", "%(people)s people care for", len(people)) % {
        "people": number(len(people))
    }
    cared = ngettext("%(n)s client.", "%(n)s clients.", clients) % {"n": clients}
    away = {load.person.pk for one in teams for load in one.loads if load.person and load.away}
    rest = ""
    if away:
        rest = ngettext("One is away.", "%(n)s are away.", len(away)) % {"n": capfirst(number(len(away)))}
    bare = _without_cover(teams)
    if bare:
        text = ngettext("Next week %(n)s is without a cover.", "Next week %(n)s are without a cover.", len(bare))
        rest = f"{rest} {text % {'n': number(len(bare))}}".strip()
    late = sum(load.overdue for one in teams for load in one.loads)
    waits = ""
    if late:
        text = ngettext("one has waited too long", "%(n)s have waited too long", late)
        waits = f"{capfirst(text % {'n': number(late)})}."
    elif clients:
        waits = _("Nobody has waited longer than promised.")
    return _("%(who)s %(clients)s") % {"who": capfirst(first), "clients": cared}, waits, rest
