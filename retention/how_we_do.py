"""How we do: what became of alerts and how contacts are logged, week by week, by owner and by promise.

Counted from the rows that the night keeps; every number is the count of the list with the same address. Never a
ranking: lines stand by name, with their number of cases, and no share is said of a few.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Cast, RowNumber

from accounts.models import User
from alerts.choices import Kind
from crm.listing import NOBODY, read_id
from crm.querysets import seen_by
from retention.measuring import SHOWN
from retention.models import MeasuredAlert, MeasuredContact, MeasuredWeek
from retention.models.measured import Came, How

#: Of fewer cases no share and no middle is said.
ENOUGH = 5
#: Of so many tries, all reached: nobody has that luck.
TOO_GOOD = 20
#: Snoozed so often is "again and again".
AGAIN = 3

#: What narrows each list, by the name that stands in the address.
ALERTS: dict[str, Q] = {
    "": Q(),
    **{how.value: Q(how=how.value) for how in How},
    "again": Q(snoozes__gte=AGAIN),
}
CONTACTS: dict[str, Q] = {
    "": Q(felt=True),
    "wordless": Q(wordless=True),
    "late": Q(late=True),
    "bulk": Q(bulk=True),
    "before": Q(came=Came.BEFORE.value),
    "after": Q(came=Came.AFTER.value),
    "tries": Q(ours=True),
    "reached": Q(ours=True, felt=True),
}


@dataclass(frozen=True)
class View:
    """What a person asked for, as read from the address.

    `week` is the Monday of one, None all that are shown; `team` an id as text or "none"; `owner` whose clients' alerts,
    and who logged; `kind` and `promise` of alerts; `what` one of ALERTS or CONTACTS.
    """

    week: dt.date | None = None
    team: str = ""
    owner: str = ""
    kind: str = ""
    promise: str = ""
    what: str = ""

    def address(self, **more: str) -> str:
        pairs = [("week", self.week.isoformat())] if self.week else []
        pairs += [(name, value) for name in ("team", "owner", "kind", "promise", "what") if (value := vars(self)[name])]
        return "?" + urlencode([*pairs, *more.items()])

    def of(self, **changed: Any) -> View:
        return replace(self, **changed)


def read_view(params: Mapping[str, str]) -> View:
    """Read the view from the address. Unknown names and impossible values are left out."""
    kind, promise, what = (params.get(name, "") for name in ("kind", "promise", "what"))
    return View(
        week=_monday(params.get("week", "")),
        team=read_id(params.get("team", "")),
        owner=read_id(params.get("owner", "")),
        kind=kind if kind in Kind.values else "",
        promise=promise if read_id(promise) or promise in ("default", "own", "agreed") else "",
        what=what if what in ALERTS or what in CONTACTS else "",
    )


def _monday(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.weekday() == 0 and 2000 <= day.year < 2200 else None


def weeks_kept() -> list[MeasuredWeek]:
    """The weeks that are shown, the oldest first. One query."""
    return list(MeasuredWeek.objects.order_by("-week")[:SHOWN])[::-1]


def alerts_of(view: View, user: User, weeks: list[MeasuredWeek]) -> QuerySet[MeasuredAlert]:
    """The alerts of a view that `user` may know of: of clients they see, broken while with whom they see."""
    rows = MeasuredAlert.objects.filter(_seen(user), _when(view, weeks), _scope(view, "owner"))
    if view.kind:
        rows = rows.filter(kind=view.kind)
    if view.promise:
        rows = rows.filter(promise="" if view.promise == NOBODY else view.promise)
    return rows.filter(ALERTS.get(view.what, Q()))


def contacts_of(view: View, user: User, weeks: list[MeasuredWeek]) -> QuerySet[MeasuredContact]:
    """The contacts of a view that `user` may know of."""
    return contacts_in(view, user, weeks).filter(CONTACTS[view.what])


def contacts_in(view: View, user: User, weeks: list[MeasuredWeek]) -> QuerySet[MeasuredContact]:
    """All contacts in the scope and weeks of a view, whatever it asks of them."""
    return MeasuredContact.objects.filter(_seen(user), _when(view, weeks), _scope(view, "person"))


def _seen(user: User) -> Q:
    # The administrators' empty rule would vanish beside another one.
    return Q() if user.is_administrator else seen_by(user) & seen_by(user, "customer__clock__")


def _when(view: View, weeks: list[MeasuredWeek]) -> Q:
    return Q(week=view.week) if view.week else Q(week__gte=weeks[0].week if weeks else dt.date.max)


def _scope(view: View, person: str) -> Q:
    scope = Q()
    for column, value in (("team", view.team), (person, view.owner)):
        if value:
            scope &= Q(**{f"{column}__isnull": True} if value == NOBODY else {column: int(value)})
    return scope


@dataclass(frozen=True)
class Alerts:
    """Alerts that somebody dealt with. `half`, `most`: working seconds within which half, nine tenths were attended."""

    all: int = 0
    attended: int = 0
    put_off: int = 0
    dismissed: int = 0
    otherwise: int = 0
    again: int = 0
    half: int | None = None
    most: int | None = None

    @property
    def percent(self) -> int | None:
        return share(self.attended, self.all)


@dataclass(frozen=True)
class Contacts:
    """Contacts that were logged: `felt` is attention; of it, how it was logged and whether it came before an alert."""

    felt: int = 0
    wordless: int = 0
    late: int = 0
    bulk: int = 0
    before: int = 0
    after: int = 0
    tries: int = 0
    reached: int = 0

    @property
    def wordless_percent(self) -> int | None:
        return share(self.wordless, self.felt)

    @property
    def before_percent(self) -> int | None:
        return share(self.before, self.before + self.after)

    @property
    def reached_percent(self) -> int | None:
        return share(self.reached, self.tries)

    @property
    def is_too_good(self) -> bool:
        """Everybody was reached each time, often enough to wonder."""
        return self.tries >= TOO_GOOD and self.reached == self.tries


def share(part: int, whole: int) -> int | None:
    """Whole percent, rounded down; None of fewer than ENOUGH."""
    return part * 100 // whole if whole >= ENOUGH else None


#: Tables, and the columns that tell their lines apart.
ALL, WEEK, OWNER, PROMISE, PERSON = "all", "week", "owner", "promise", "person"
_LINES = {ALL: (), WEEK: ("week",), OWNER: ("owner_id",), PROMISE: ("kind", "promise"), PERSON: ("person_id",)}
_OF_ALERTS, _OF_CONTACTS = (ALL, WEEK, OWNER, PROMISE), (ALL, WEEK, PERSON)
#: Stand where a line has no name: two, as the ORM takes equal constants of a statement for one column.
_BLANK = ("-", "--")

#: A table and the texts that tell its line: (WEEK, "2026-11-16", ""), (OWNER, "none", "").
Line = tuple[str, str, str]
Rows = QuerySet[Any]


def count_alerts(rows: QuerySet[MeasuredAlert], week: dt.date | None) -> dict[Line, Alerts]:
    """Count the lines of every table of alerts; all but that of the weeks only in `week`. Two queries."""
    counts = {name: Count("pk", filter=only) for name, only in ALERTS.items() if name} | {"all": Count("pk")}
    found = _counted(rows, week, _OF_ALERTS, counts)
    speeds = _speeds(rows, week)
    return {line: Alerts(**counted, **speeds.get(line, {})) for line, counted in found.items()}


def count_contacts(rows: QuerySet[MeasuredContact], week: dt.date | None) -> dict[Line, Contacts]:
    """Count the lines of every table of contacts; all but that of the weeks only in `week`. One query."""
    counts = {name or "felt": Count("pk", filter=only) for name, only in CONTACTS.items()}
    return {line: Contacts(**counted) for line, counted in _counted(rows, week, _OF_CONTACTS, counts).items()}


def _counted(
    rows: Rows, week: dt.date | None, tables: Sequence[str], counts: dict[str, Count]
) -> dict[Line, dict[str, int]]:
    """Read the rows once, grouped as finely as any table needs, and add them up for each."""
    columns = list(dict.fromkeys(["week", *(name for table in tables for name in _LINES[table])]))
    # Under names of their own: what a count filters by may be called as it is.
    named = {f"n_{name}": count for name, count in counts.items()}
    found: defaultdict[Line, dict[str, int]] = defaultdict(lambda: dict.fromkeys(counts, 0))
    for row in rows.order_by().values(*columns).annotate(**named):
        for table in tables:
            if table == WEEK or week in (None, row["week"]):
                line = _line(table, [row[name] for name in _LINES[table]])
                for name in counts:
                    found[line][name] += row[f"n_{name}"]
    return found


def _speeds(rows: Rows, week: dt.date | None) -> dict[Line, dict[str, int]]:
    """The working seconds of the ⌈n/2⌉th and the ⌈9n/10⌉th of n, the fastest first; of fewer than ENOUGH none."""
    half, most = Q(to_half__gte=0, to_half__lt=2), Q(to_most__gte=0, to_most__lt=10)
    attended = rows.filter(seconds__isnull=False)
    parts = []
    for table in _OF_ALERTS:
        among = [F("first"), F("second")]
        some = attended if table == WEEK or week is None else attended.filter(week=week)
        ranked = _with_line(some, table).annotate(
            place=Window(RowNumber(), partition_by=among, order_by=["seconds", "pk"]),
            n=Window(Count("pk"), partition_by=among),
        )
        ranked = ranked.annotate(to_half=F("place") * 2 - F("n"), to_most=F("place") * 10 - F("n") * 9)
        parts.append(
            ranked.filter(half | most, n__gte=ENOUGH).values_list(
                "table", "first", "second", "seconds", "to_half", "to_most"
            )
        )
    speeds: dict[Line, dict[str, int]] = {}
    for table, first, second, seconds, to_half, to_most in parts[0].union(*parts[1:], all=True):
        speed = speeds.setdefault(_line(table, [first, second]), {})
        if 0 <= to_half < 2:
            speed["half"] = seconds
        if 0 <= to_most < 10:
            speed["most"] = seconds
    return speeds


def _with_line(rows: Rows, table: str) -> Rows:
    """Annotate which line of a table a row belongs to, as texts: tables of all kinds fit into one statement."""
    names = [*_LINES[table], *_BLANK[len(_LINES[table]) :]]
    first, second = (Value(name, CharField()) if name in _BLANK else Cast(F(name), CharField()) for name in names)
    named: Rows = rows.order_by().annotate(table=Value(table, CharField()), first=first, second=second)
    return named


def _line(table: str, names: Sequence[Any]) -> Line:
    texts = ["" if name in _BLANK else NOBODY if name is None else str(name) for name in names]
    first, second = [*texts, "", ""][:2]
    return table, first, second
