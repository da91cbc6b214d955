"""The list of customers: what narrows it, how it is ordered, who sees which part; all of it in the address.

Filters and orders work on Clock (its copies of the scope), joined with Customer by primary key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.db.models import BigIntegerField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.http import QueryDict

from accounts.instants import SecondsBetween
from accounts.models import User
from crm.choices import GOING, Stage
from crm.keyset import Key, Stretch, decimal, instant, whole, word
from crm.models import Clock
from crm.models.clock import State
from crm.named import named, read_name
from crm.querysets import ClockQuerySet, seen_by, state_q
from crm.quiet import has_against, has_quiet
from crm.search import search_q

#: Exact counts end here, where the list is bounded; elsewhere it says "200+".
EXACT_COUNT = 20_000
LOOSE_COUNT = 200
#: The gap ratio in millionths: whole numbers, so that a page begins exactly where the one before ended.
MILLION = 1_000_000

MARKS = ("never", "noowner", "unresponsive", "key", "watched", "quiet", "against", "rhythm")
#: Marks that say more than the clock does.
PRIVATE_MARKS = ("key", "watched", "quiet", "against", "rhythm")
SORTS = ("name", "due", "last", "value", "renewal", "ratio")
TEAM_SORTS = ("name", "due", "last", "ratio")
NOBODY = "none"
#: Clients to whom a promise was broken lately, or all were kept; and who are promised their own, a shared promise, or
#: that to everybody.
PROMISES = ("broken", "kept", "own", "shared", "everybody")

#: Says in SQL to which clients one of PROMISES holds, lately or at an instant.
Promised = Callable[[str, dt.datetime], Q]
_promised: list[Promised] = []


def tell_promises(promised: Promised) -> None:
    """Let the app that keeps promises say whose were kept; called when the app starts."""
    _promised[:] = [promised]


#: How many clients a number said that was counted as of a view's instant; None where it said nothing.
Counted = Callable[["View", User], int | None]
_counted: list[Counted] = []


def tell_counts(counted: Counted) -> None:
    """Let the app that counts beside the pages say how many it counted; called when the app starts."""
    _counted[:] = [counted]


@dataclass(frozen=True)
class View:
    """What a person asked for, as read from the address; what makes no sense there is left out.

    `owner`, `team`, `segment` are ids as text, or "none". `as_of` holds the instant that states are read at, as a
    dashboard printed it. `among` names a set of clients (crm.named), which says itself whose they are. `teams` is the
    tab of clients that are not one's own; `tick` offers to tick clients, to do something with many. Ratios are
    multiples of the promise.
    """

    q: str = ""
    states: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    owner: str = ""
    team: str = ""
    segment: str = ""
    stage: str = ""
    currency: str = ""
    promises: str = ""
    among: str = ""
    archived: bool = False
    due_within: int | None = None
    ratio_from: float | None = None
    ratio_to: float | None = None
    as_of: dt.datetime | None = None
    sort: str = "due"
    teams: bool = False
    tick: bool = False

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The view as parameters of an address, without cursor."""
        if self.teams:
            yield "tab", "teams"
        for name in ("q", "owner", "team", "segment", "stage", "currency", "promises", "among"):
            if value := getattr(self, name):
                yield name, value
        yield from (("state", state) for state in self.states)
        yield from (("mark", mark) for mark in self.marks)
        if self.archived:
            yield "archived", "1"
        for name in ("due_within", "ratio_from", "ratio_to"):
            if (number := getattr(self, name)) is not None:
                yield name, f"{number:g}"
        if self.as_of:
            yield "as_of", self.as_of.isoformat()
        if self.sort != "due":
            yield "sort", self.sort
        if self.tick:
            yield "tick", "1"

    def address(self, **more: str) -> str:
        return "?" + urlencode([*self.pairs(), *more.items()])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but tab and order was asked for."""
        return replace(self, sort="due", teams=False, as_of=None, tick=False) != View()

    @property
    def has_ratio_order(self) -> bool:
        """The ratio is an order only within one owner or one team."""
        return bool(self.owner or self.team) and NOBODY not in (self.owner, self.team)


def read_view(params: QueryDict) -> View:
    """Read the view from the address. Unknown names and impossible values are left out."""
    teams = params.get("tab") == "teams"
    view = View(
        q=params.get("q", "").replace("\0", "").strip()[:100],
        states=tuple(dict.fromkeys(s for s in params.getlist("state") if s in State.values)),
        marks=tuple(dict.fromkeys(m for m in params.getlist("mark") if m in MARKS)),
        owner=read_id(params.get("owner", "")),
        team=read_id(params.get("team", "")),
        segment=read_id(params.get("segment", "")),
        stage=stage if (stage := params.get("stage", "")) in Stage.values else "",
        currency=money.upper() if len(money := params.get("currency", "")) == 3 and money.isalpha() else "",
        promises=promises if (promises := params.get("promises", "")) in PROMISES else "",
        among=read_name(params.get("among", "")),
        archived=params.get("archived") == "1",
        due_within=_whole(params.get("due_within", "")),
        ratio_from=_number(params.get("ratio_from", "")),
        ratio_to=_number(params.get("ratio_to", "")),
        as_of=_instant(params.get("as_of", "")),
        sort=sort if (sort := params.get("sort", "")) in SORTS else "due",
        teams=teams,
        tick=params.get("tick") == "1" and not teams,
    )
    if teams:
        # Of a colleague's client only the clock is to be seen: nothing else may narrow or order it.
        view = replace(
            view, marks=tuple(m for m in view.marks if m not in PRIVATE_MARKS), segment="", stage="", currency=""
        )
        sort = view.sort if view.sort in TEAM_SORTS else "due"
        view = replace(view, promises="", among="", archived=False, sort=sort)
    if view.sort == "ratio" and not view.has_ratio_order:
        view = replace(view, sort="due")
    return view


def read_id(text: str) -> str:
    """An id of an address as text, or NOBODY; "" for what is neither."""
    return text if text == NOBODY or (text.isdecimal() and text.isascii() and len(text) < 16) else ""


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 4 else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1000 else None


def _instant(text: str) -> dt.datetime | None:
    try:
        # A plus that nobody escaped arrives as a blank.
        value = instant(text.replace(" ", "+"))
    except ValueError:
        return None
    # Days are added to it and taken from it.
    return value if 1970 <= value.year < 2200 else None


@dataclass(frozen=True)
class Listing:
    """The rows of one view for one reader at `now`."""

    view: View
    user: User
    now: dt.datetime
    rows: QuerySet[Clock] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", self._narrowed(self._seen()))

    @property
    def at(self) -> dt.datetime:
        """The instant that states are read at."""
        return self.view.as_of or self.now

    def order(self) -> list[Stretch]:
        return _order(self.view.sort, self.at)

    def ordered_rows(self) -> QuerySet[Clock]:
        """The rows with what the order needs beside them."""
        return with_ratio(self.rows, self.at) if self.view.sort == "ratio" else self.rows

    def count(self) -> tuple[int, bool]:
        """How many there are, and whether that is all of them."""
        most = EXACT_COUNT if self._is_bounded else LOOSE_COUNT
        # The limit lies in a subquery, so that the database stops counting there.
        found = self.rows.order_by()[: most + 1].count()
        if found > most and self.view.as_of and _counted:
            known = _counted[0](self.view, self.user)
            return (most, False) if known is None else (known, True)
        return min(found, most), found <= most

    def hidden(self, count: int) -> int:
        """How many more than the `count` of the rows belong to the set of the view, whom the reader no longer sees."""
        view = self.view
        known = named(view.among)
        scope = View(among=view.among, owner=view.owner, team=view.team, segment=view.segment)
        is_more = replace(view, as_of=None, sort=scope.sort) != scope
        if known is None or known.size is None or is_more or self.user.is_administrator:
            return 0
        return max(known.size(view, self.user, self.at, count) - count, 0)

    @property
    def _is_bounded(self) -> bool:
        view = self.view
        return not self.user.is_administrator or bool(view.owner or view.team or view.as_of or view.among)

    def _seen(self) -> QuerySet[Clock]:
        clocks = ClockQuerySet(Clock)
        if self.view.teams:
            return clocks.reachable_by(self.user).exclude(seen_by(self.user))
        return clocks.visible_to(self.user)

    def _narrowed(self, rows: QuerySet[Clock]) -> QuerySet[Clock]:
        view = self.view
        rows = rows.filter(self._scope_q(), self._state_q(), self._mark_q())
        if view.q:
            rows = rows.filter(search_q(view.q, "customer__search_text"))
        if view.currency:
            rows = rows.filter(currency=view.currency, value__isnull=False)
        if view.promises and _promised:
            rows = rows.filter(_promised[0](view.promises, self.at))
        if view.due_within is not None:
            rows = rows.filter(due_at__gt=self.at, due_at__lte=self.at + dt.timedelta(days=view.due_within))
        if view.ratio_from is not None or view.ratio_to is not None:
            rows = self._within_ratio(rows)
        return rows

    def _scope_q(self) -> Q:
        """Owner, team, segment and stage as they are now, unless the view is about a set that says it itself."""
        if known := named(self.view.among):
            return known.holds(self.view, self.user, self.at)
        scope = self._stage_q()
        for name in ("owner", "team", "segment"):
            value = getattr(self.view, name)
            if value:
                scope &= Q(**{f"{name}__isnull": True} if value == NOBODY else {name: int(value)})
        return scope

    def _stage_q(self) -> Q:
        view = self.view
        if view.archived:
            return Q(customer__archived_at__isnull=False)
        if view.stage:
            # The clock's `active` says it without a join wherever it can.
            here = Q(customer__archived_at__isnull=True) if view.stage in GOING else Q(active=True)
            return here & Q(customer__stage=view.stage)
        if view.q and not view.states and not view.marks and not view.teams:
            return Q(customer__archived_at__isnull=True)
        return Q(active=True)

    def _state_q(self) -> Q:
        either = Q()
        for state in self.view.states:
            either |= state_q(state, self.at)
        return either

    def _mark_q(self) -> Q:
        marks = self.view.marks
        every = Q()
        if "never" in marks:
            every &= Q(last_attention_at__isnull=True)
        if "noowner" in marks:
            every &= Q(owner__isnull=True)
        if "unresponsive" in marks:
            every &= Q(attempts_since__gte=3, attempt_days_since__gte=2)
        if "key" in marks:
            every &= Q(customer__key=True)
        if "watched" in marks:
            every &= Q(watched_since__isnull=False)
        if "quiet" in marks:
            every &= Q(has_quiet(self.at))
        if "against" in marks:
            every &= Q(has_against())
        if "rhythm" in marks:
            every &= Q(rhythm_breaks_at__lte=self.at, due_at__gt=self.at)
        return every

    def _within_ratio(self, rows: QuerySet[Clock]) -> QuerySet[Clock]:
        rows = with_ratio(rows.filter(due_at__isnull=False), self.at)
        if self.view.ratio_from is not None:
            rows = rows.filter(GreaterThanOrEqual(F("ratio_millionths"), round(self.view.ratio_from * MILLION)))
        if self.view.ratio_to is not None:
            rows = rows.filter(LessThan(F("ratio_millionths"), round(self.view.ratio_to * MILLION)))
        return rows


def with_ratio(rows: QuerySet[Clock], at: dt.datetime) -> QuerySet[Clock]:
    """Annotate `ratio_millionths`: T3's gap ratio at `at`, in whole millionths; NULL without a cadence."""
    promised = SecondsBetween(F("anchor_at"), F("due_at"))
    waited = SecondsBetween(F("anchor_at"), Value(at))
    share = waited * Value(MILLION) / Greatest(promised, Value(1))
    return rows.annotate(ratio_millionths=ExpressionWrapper(share, output_field=BigIntegerField()))


def _order(sort: str, at: dt.datetime) -> list[Stretch]:
    by_id = Key("pk", whole)
    today = at.date()
    return {
        "name": [Stretch(Q(), (Key("customer__name_key", word), by_id))],
        "due": [
            Stretch(Q(due_at__isnull=False), (Key("due_at", instant), by_id)),
            Stretch(Q(due_at__isnull=True), (by_id,)),
        ],
        "last": [
            Stretch(Q(last_attention_at__isnull=False), (Key("last_attention_at", instant), by_id)),
            Stretch(Q(last_attention_at__isnull=True), (by_id,)),
        ],
        # By currency first: 40,000,000 pesos are not more than 20,000 euros.
        "value": [
            Stretch(Q(value__isnull=False), (Key("currency", word), Key("value", decimal, down=True), by_id)),
            Stretch(Q(value__isnull=True), (by_id,)),
        ],
        "renewal": [
            Stretch(Q(customer__renewal_on__gte=today), (Key("customer__renewal_on", dt.date.fromisoformat), by_id)),
            Stretch(
                Q(customer__renewal_on__lt=today),
                (Key("customer__renewal_on", dt.date.fromisoformat, down=True), by_id),
            ),
            Stretch(Q(customer__renewal_on__isnull=True), (by_id,)),
        ],
        "ratio": [
            Stretch(Q(due_at__isnull=False), (Key("ratio_millionths", whole, down=True), by_id)),
            Stretch(Q(due_at__isnull=True), (by_id,)),
        ],
    }[sort]
