"""What the list offers to narrow and order it, each as an address: chips that add, chips that take away, selects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from crm.choices import Stage
from crm.listing import MARKS, NOBODY, PRIVATE_MARKS, SORTS, TEAM_SORTS, View
from crm.models import Segment
from crm.models.clock import State
from crm.named import words_of

MARK_WORDS: dict[str, str | Promise] = {
    "never": gettext_lazy("Never contacted"),
    "noowner": gettext_lazy("No owner"),
    "unresponsive": gettext_lazy("Unresponsive"),
    "key": gettext_lazy("Key clients"),
    "watched": gettext_lazy("On the watch list"),
    "quiet": gettext_lazy("Somebody gone quiet"),
    "against": gettext_lazy("Somebody against us"),
    "rhythm": gettext_lazy("Broken rhythm"),
}
MARK_ICONS = {
    "never": "user-question",
    "noowner": "user-off",
    "unresponsive": "phone-off",
    "key": "star",
    "watched": "mood-sad",
    "quiet": "message-off",
    "against": "user-exclamation",
    "rhythm": "activity-heartbeat",
}
SORT_WORDS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "due": gettext_lazy("Due first"),
    "last": gettext_lazy("Longest unattended"),
    "value": gettext_lazy("Value a year"),
    "renewal": gettext_lazy("Renewal"),
    "ratio": gettext_lazy("Wait against promise"),
}


@dataclass(frozen=True)
class Chip:
    """A filter that is on or off; `url` turns it over."""

    label: str
    url: str
    on: bool
    icon: str = ""
    state: str = ""


@dataclass(frozen=True)
class Choice:
    """A select of the filter form."""

    name: str
    label: str
    options: list[tuple[str, str]]
    value: str


@dataclass(frozen=True)
class Controls:
    """All that narrows and orders: `chips` to tap, `choices` in the form, `taken` what is on and can be taken away."""

    chips: list[Chip]
    choices: list[Choice]
    sorts: list[tuple[str, str]]
    taken: list[Chip]
    hidden: list[tuple[str, str]] = field(default_factory=list)
    clear_url: str = ""


def controls(view: View, user: User) -> Controls:
    """The controls of one view. At most three queries: people, teams, segments."""
    people = list(User.objects.visible_to(user).active().order_by("name").values_list("pk", "name"))
    teams = list(_teams(user).order_by("name").values_list("pk", "name"))
    segments = [] if view.teams else list(_segments(view).values_list("pk", "name"))
    choices = _choices(view, people, teams, segments)
    return Controls(
        chips=[*_state_chips(view), *_mark_chips(view)],
        choices=choices,
        sorts=[
            (sort, str(SORT_WORDS[sort]))
            for sort in (TEAM_SORTS if view.teams else SORTS)
            if sort != "ratio" or view.has_ratio_order
        ],
        taken=list(_taken(view, choices)),
        hidden=[(name, value) for name, value in view.pairs() if name in _KEPT],
        clear_url=View(sort=view.sort, teams=view.teams, tick=view.tick).address() if view.is_narrowed else "",
    )


PROMISE_WORDS = {
    "broken": gettext_lazy("promise broken lately"),
    "kept": gettext_lazy("promises kept lately"),
    "own": gettext_lazy("with a promise of their own"),
    "shared": gettext_lazy("without a promise of their own"),
    "everybody": gettext_lazy("promised what everybody is"),
}

#: Parameters that the filter form carries along unseen.
_KEPT = ("tab", "state", "mark", "currency", "promises", "among", "due_within", "ratio_from", "ratio_to", "tick")


def _teams(user: User) -> Any:
    teams = Team.objects.standing()
    return teams if user.is_administrator else teams.filter(Q(pk__in=user.team_ids))


def _segments(view: View) -> Any:
    return Segment.objects.live(keep=view.segment if view.segment.isdecimal() else None)


def _state_chips(view: View) -> Iterable[Chip]:
    for state in (State.OVERDUE, State.SOON, State.FINE, State.NO_CADENCE):
        yield Chip(str(state.label), _toggled(view, "states", state.value), state.value in view.states, "", state.value)


def _mark_chips(view: View) -> Iterable[Chip]:
    for mark in MARKS:
        if mark in PRIVATE_MARKS and view.teams:
            continue
        yield Chip(str(MARK_WORDS[mark]), _toggled(view, "marks", mark), mark in view.marks, MARK_ICONS[mark])


def _toggled(view: View, name: str, value: str) -> str:
    now: tuple[str, ...] = getattr(view, name)
    then = tuple(one for one in now if one != value) if value in now else (*now, value)
    return replace(view, as_of=None, **{name: then}).address()  # type: ignore[arg-type]


def _choices(
    view: View, people: list[tuple[int, str]], teams: list[tuple[int, str]], segments: list[tuple[int, str]]
) -> list[Choice]:
    def options(rows: list[tuple[int, str]], every: str, none: str = "") -> list[tuple[str, str]]:
        return [("", every), *((str(pk), name) for pk, name in rows), *([(NOBODY, none)] if none else [])]

    found = []
    if len(people) > 1:
        found.append(Choice("owner", _("Owner"), options(people, _("Any owner"), _("No owner")), view.owner))
    if len(teams) > 1:
        found.append(Choice("team", _("Team"), options(teams, _("Any team"), _("No team")), view.team))
    if segments:
        found.append(
            Choice("segment", _("Segment"), options(segments, _("Any segment"), _("No segment")), view.segment)
        )
    if not view.teams:
        stages = [("", _("Any stage")), *((value, str(label)) for value, label in Stage.choices)]
        found.append(Choice("stage", _("Stage"), stages, view.stage))
        archived = [("", _("Not archived")), ("1", _("Archived"))]
        found.append(Choice("archived", _("Archive"), archived, "1" if view.archived else ""))
    return found


def _taken(view: View, choices: list[Choice]) -> Iterable[Chip]:
    """What narrows the list beside the chips, each with the address without it."""
    if view.q:
        yield Chip(f"“{view.q}”", replace(view, q="").address(), True)
    for choice in choices:
        if choice.value:
            blank: Any = False if choice.name == "archived" else ""
            label = dict(choice.options).get(choice.value, choice.value)
            yield Chip(label, replace(view, **{choice.name: blank}).address(), True)
    if view.currency:
        label = _("with a value in %(currency)s") % {"currency": view.currency}
        yield Chip(label, replace(view, currency="").address(), True)
    if view.promises:
        yield Chip(str(PROMISE_WORDS[view.promises]), replace(view, promises="").address(), True)
    if view.among:
        yield Chip(words_of(view.among), replace(view, among="").address(), True)
    if view.due_within is not None:
        label = _("due within %(days)s days") % {"days": view.due_within}
        yield Chip(label, replace(view, due_within=None).address(), True)
    if view.ratio_from is not None or view.ratio_to is not None:
        yield Chip(_ratio_words(view), replace(view, ratio_from=None, ratio_to=None).address(), True)


def _ratio_words(view: View) -> str:
    if view.ratio_to is None:
        return _("waited %(from)s× the promise or more") % {"from": f"{view.ratio_from:g}"}
    return _("waited %(from)s to %(to)s× the promise") % {
        "from": f"{view.ratio_from or 0:g}",
        "to": f"{view.ratio_to:g}",
    }
