"""The page "How we do" as its template prints it: tables of lines and cells, each cell with the list behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import teams_of
from accounts.models import User
from crm.listing import NOBODY
from crm.models import Segment
from retention.how_we_do import ALL, ENOUGH, OWNER, PERSON, PROMISE, WEEK, Alerts, Contacts, Line, View, weeks_kept
from retention.how_we_do_counts import counts_of
from retention.how_we_do_words import attended_title, promise_words, time_words, too_good_words, week_words

#: Lines of a table by owner; of more, a team has to be chosen first.
MOST_LINES = 150
#: With fewer weeks that had alerts there is nothing to draw.
ENOUGH_WEEKS = 3


@dataclass(frozen=True)
class Cell:
    """A number with its list, or a time (`text`). `note` stands beside it: a share, or that there are too few."""

    label: str
    count: int = 0
    url: str = ""
    note: int | None = None
    too_few: bool = False
    text: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a table. `url` leads to the page of what it is about."""

    name: str
    cells: list[Cell]
    url: str = ""
    on: bool = False


@dataclass(frozen=True)
class Page:
    """All that the template prints. `warnings`: a sentence, its count, its list."""

    view: View
    measured_at: dt.datetime | None
    total: Alerts
    logged: Contacts
    weeks: list[Row] = field(default_factory=list)
    owners: list[Row] = field(default_factory=list)
    promises: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    logged_weeks: list[Row] = field(default_factory=list)
    warnings: list[tuple[str, int, str]] = field(default_factory=list)
    filters: list[dict[str, Any]] = field(default_factory=list)
    team_chips: list[tuple[str, str, bool]] = field(default_factory=list)
    chart: dict[str, Any] | None = None

    @property
    def urls(self) -> dict[str, str]:
        """The lists behind the tiles, by name."""
        alerts = {what: alerts_url(self.view.of(what=what)) for what in ("attended", "put_off", "dismissed")}
        contacts = {what: contacts_url(self.view.of(what=what)) for what in ("before", "after")}
        return alerts | contacts | {"alerts": alerts_url(self.view)}

    @property
    def half(self) -> str:
        return "" if self.total.half is None else time_words(self.total.half)

    @property
    def most(self) -> str:
        return "" if self.total.most is None else time_words(self.total.most)

    @property
    def is_empty(self) -> bool:
        return not self.total.all and not self.logged.felt and not self.logged.tries


def page_of(view: View, user: User, today: dt.date) -> Page:
    """Count what `user` may know of the view. At most eight queries, whatever the number of lines."""
    weeks = weeks_kept()
    counted, logged = counts_of(view, user, weeks)
    mondays = [one.week for one in weeks]
    names, teams = _names(user, counted, logged), list(teams_of(user).values_list("pk", "name"))
    people = _by_name(logged, PERSON, names)
    return Page(
        view,
        max((one.measured_at for one in weeks), default=None),
        counted.get((ALL, "", ""), Alerts()),
        logged.get((ALL, "", ""), Contacts()),
        _week_rows(view, mondays, counted, today),
        [_alert_row(name, view.of(owner=key), one) for key, name, one in _by_name(counted, OWNER, names)],
        _promise_rows(view, counted),
        [_contact_row(name, view.of(owner=key), one) for key, name, one in people],
        _logged_weeks(view, mondays, logged, today),
        [
            (too_good_words(name, one), one.tries, contacts_url(view.of(owner=key, what="tries")))
            for key, name, one in people
            if one.is_too_good
        ],
        _filters(view, names, mondays, today),
        _team_chips(view, teams),
        _chart(view, mondays, counted, today),
    )


def alerts_url(view: View) -> str:
    return reverse("retention:how-we-do-alerts") + view.address()


def contacts_url(view: View) -> str:
    # Whose promise it was narrows alerts alone.
    return reverse("retention:how-we-do-contacts") + view.of(kind="", promise="").address()


def _names(user: User, *counted: Mapping[Line, Any]) -> dict[str, str]:
    """Names by id as text: of all that lines are about, and of all whom the reader may choose."""
    names = {str(pk): name for pk, name in User.objects.visible_to(user).active().values_list("pk", "name")}
    found = {line[1] for lines in counted for line in lines if line[0] in (OWNER, PERSON)}
    if missing := found - names.keys() - {NOBODY}:
        gone = User.objects.filter(pk__in=[int(pk) for pk in missing]).values_list("pk", "name")
        names |= {str(pk): name for pk, name in gone}
    return names | {NOBODY: _("No owner")}


def _by_name(counted: Mapping[Line, Any], table: str, names: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    """The lines of a table in the order of names, nobody's last; none where a team has to be chosen first."""
    lines = [(line[1], names.get(line[1], ""), one) for line, one in counted.items() if line[0] == table]
    if len(lines) > MOST_LINES:
        return []
    return sorted(lines, key=lambda line: (line[0] == NOBODY, line[1], line[0]))


def _alert_row(name: str, view: View, one: Alerts, *, again: bool = True, on: bool = False, url: str = "") -> Row:
    def cell(label: str, count: int, what: str, **more: Any) -> Cell:
        return Cell(label, count, alerts_url(view.of(what=what)), **more)

    cells = [
        cell(_("Dealt with"), one.all, ""),
        cell(_("Led to attention"), one.attended, "attended", note=one.percent, too_few=0 < one.all < ENOUGH),
        _time(_("Half within"), one.half),
        _time(_("9 of 10 within"), one.most),
        cell(_("Put off"), one.put_off, "put_off"),
        cell(_("Set aside"), one.dismissed, "dismissed"),
        cell(_("Ended otherwise"), one.otherwise, "otherwise"),
    ]
    if again:
        cells.append(cell(_("Snoozed again and again"), one.again, "again"))
    return Row(name, cells, url, on)


def _time(label: str, seconds: int | None) -> Cell:
    return Cell(label, text="–" if seconds is None else time_words(seconds))


def _contact_row(name: str, view: View, one: Contacts) -> Row:
    def cell(label: str, count: int, what: str, **more: Any) -> Cell:
        return Cell(label, count, contacts_url(view.of(what=what)), **more)

    few = 0 < one.felt < ENOUGH
    return Row(
        name,
        [
            cell(_("Attention"), one.felt, ""),
            cell(_("Without a word"), one.wordless, "wordless", note=one.wordless_percent, too_few=few),
            cell(_("Logged late"), one.late, "late"),
            cell(_("In bulk, at day’s end"), one.bulk, "bulk"),
            cell(_("Before an alert"), one.before, "before", note=one.before_percent),
            cell(_("After an alert"), one.after, "after"),
            cell(_("Tries"), one.tries, "tries"),
            cell(_("Reached"), one.reached, "reached", note=one.reached_percent, too_few=0 < one.tries < ENOUGH),
        ],
    )


def _week_rows(view: View, mondays: list[dt.date], counted: Mapping[Line, Alerts], today: dt.date) -> list[Row]:
    here = reverse("retention:how-we-do")
    rows = []
    for monday in reversed(mondays):
        one = counted.get((WEEK, monday.isoformat(), ""), Alerts())
        of_week = view.of(week=monday)
        rows.append(
            _alert_row(week_words(monday, today), of_week, one, on=view.week == monday, url=here + of_week.address())
        )
    return rows


def _logged_weeks(view: View, mondays: list[dt.date], logged: Mapping[Line, Contacts], today: dt.date) -> list[Row]:
    return [
        _contact_row(
            week_words(monday, today), view.of(week=monday), logged.get((WEEK, monday.isoformat(), ""), Contacts())
        )
        for monday in reversed(mondays)
    ]


def _promise_rows(view: View, counted: Mapping[Line, Alerts]) -> list[Row]:
    lines = {(line[1], line[2]): one for line, one in counted.items() if line[0] == PROMISE}
    segments = {}
    if any(promise.isdecimal() for _kind, promise in lines):
        segments = {str(pk): name for pk, name in Segment.objects.values_list("pk", "name")}
    named = [(promise_words(*line, segments), line, one) for line, one in lines.items()]
    return [
        _alert_row(name, view.of(kind=kind, promise=promise or NOBODY), one)
        for name, (kind, promise), one in sorted(named, key=lambda line: line[:2])
    ]


def _filters(view: View, names: Mapping[str, str], mondays: list[dt.date], today: dt.date) -> list[dict[str, Any]]:
    """The menus: owner and week."""
    here = reverse("retention:how-we-do")
    people = sorted((name, pk) for pk, name in names.items() if pk != NOBODY)
    owners = [(_("Any owner"), ""), *people, (names[NOBODY], NOBODY)]
    weeks: list[tuple[str, dt.date | None]] = [(_("12 weeks"), None)]
    weeks += [(_("Week of %(day)s") % {"day": week_words(one, today)}, one) for one in reversed(mondays)]
    return [
        {
            "label": next((name for name, pk in owners if pk == view.owner and pk), _("Owner")),
            "on": bool(view.owner),
            "entries": [(name, here + view.of(owner=pk).address(), view.owner == pk) for name, pk in owners],
        },
        {
            "label": next(name for name, week in [*weeks, ("", view.week)] if week == view.week),
            "on": view.week is not None,
            "entries": [(name, here + view.of(week=week).address(), view.week == week) for name, week in weeks],
        },
    ]


def _team_chips(view: View, teams: Iterable[tuple[int, str]]) -> list[tuple[str, str, bool]]:
    """All teams, then each: words, address, whether it is the one shown. Nothing to choose with one team."""
    options = [("", _("All teams")), *((str(pk), name) for pk, name in teams)]
    if len(options) < 3:
        return []
    here = reverse("retention:how-we-do")
    return [(name, here + view.of(team=pk).address(), view.team == pk) for pk, name in options]


def _chart(view: View, mondays: list[dt.date], counted: Mapping[Line, Alerts], today: dt.date) -> dict[str, Any] | None:
    """What charts.js draws: alerts that led to attention, and those put off or set aside, week by week."""
    weeks = [counted.get((WEEK, monday.isoformat(), ""), Alerts()) for monday in mondays]
    if sum(bool(one.all) for one in weeks) < ENOUGH_WEEKS:
        return None
    total = Alerts(all=sum(one.all for one in weeks), attended=sum(one.attended for one in weeks))
    lines = [
        {"state": "fine", "label": _("Led to attention"), "counts": [one.attended for one in weeks]},
        {
            "state": "soon",
            "label": _("Put off or set aside"),
            "counts": [one.put_off + one.dismissed for one in weeks],
        },
    ]
    return {
        "title": attended_title(total),
        "data": {
            "kind": "trend",
            "days": [monday.isoformat() for monday in mondays],
            "names": [week_words(monday, today) for monday in mondays],
            "lines": lines,
            "worth": [""] * len(mondays),
            "links": [alerts_url(view.of(week=monday)) for monday in mondays],
        },
    }
