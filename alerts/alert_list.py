"""The list of alerts: which tab, narrowed by what, in which order and groups; all of it in the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from alerts.choices import CloseReason, Family, Rung
from alerts.models import Alert
from alerts.querysets import AlertQuerySet
from crm.keyset import Key, Stretch, instant
from crm.listing import NOBODY, read_id

TEAMS, MINE, SNOOZED, ANSWERED, WAITING = "teams", "mine", "snoozed", "answered", "waiting"
#: Reasons for which an alert counts as answered: somebody did what was promised.
ANSWERS = (CloseReason.ATTENDED, CloseReason.ATTENDED_IN_TIME, CloseReason.ATTENDED_LATE, CloseReason.KEPT)

#: Groups of a tab, in the order in which they stand.
CLIMBED, WITH_SUPERVISOR, WITH_OWNER = "climbed", "supervisor", "owner"
PAUSED, ACCEPTED = "paused", "accepted"

_CALLING = Q(
    closed_at__isnull=True, admitted_at__isnull=False, snoozed_until__isnull=True, dismissed_until__isnull=True
)
_QUIET = Q(closed_at__isnull=True) & (Q(snoozed_until__isnull=False) | Q(dismissed_until__isnull=False))
_NOT_YET = Q(closed_at__isnull=True, admitted_at__isnull=True, snoozed_until__isnull=True, dismissed_until__isnull=True)


@dataclass(frozen=True)
class View:
    """What a person asked for, as read from the address. `kind` is a Family; `owner`, `team` ids as text or "none"."""

    tab: str
    kind: str = ""
    owner: str = ""
    team: str = ""

    def address(self, **more: str) -> str:
        pairs = [(name, value) for name in ("tab", "kind", "owner", "team") if (value := getattr(self, name))]
        return "?" + urlencode([*pairs, *more.items()])

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.owner or self.team)

    def at(self, tab: str) -> str:
        """The address of another tab, narrowed in the same way."""
        return replace(self, tab=tab).address()

    def of_kind(self, kind: str) -> str:
        return replace(self, kind=kind).address()


def tabs_for(user: User) -> tuple[str, ...]:
    """The tabs of a person, the first one is where they begin."""
    return (TEAMS, MINE, SNOOZED, ANSWERED) if user.is_supervisor else (MINE, SNOOZED, ANSWERED)


def read_view(params: Mapping[str, str], user: User) -> View:
    """Read the view from the address. Unknown names and impossible values are left out."""
    tabs = tabs_for(user)
    tab, kind = params.get("tab", ""), params.get("kind", "")
    return View(
        tab=tab if tab in (*tabs, WAITING) else tabs[0],
        kind=kind if kind in Family.values else "",
        owner=read_id(params.get("owner", "")),
        team=read_id(params.get("team", "")),
    )


def badge(user: User) -> int:
    """How many alerts call for action where a person's list begins. One query."""
    return Alert.objects.visible_to(user).calling().count()


@dataclass(frozen=True)
class Counts:
    """What tabs, groups and the opening sentence say. `clients` counts clients, all others alerts."""

    clients: int
    alerts: int
    climbed: int
    waiting: int
    tabs: dict[str, int]
    groups: dict[str, int]


@dataclass(frozen=True)
class Listing:
    """The alerts of one view for one reader at `now`."""

    view: View
    user: User
    now: dt.datetime

    def rows(self) -> QuerySet[Alert]:
        return self._seen().filter(self._tab(self.view.tab), self._narrowed())

    def order(self) -> list[Stretch]:
        """Groups one after another; within them, first whoever has waited longest since the promise passed."""
        by_due = (Key("oldest_due_at", instant), Key("pk", int))
        if self.view.tab == ANSWERED:
            return [Stretch(Q(), (Key("closed_at", instant, down=True), Key("pk", int, down=True)))]
        if self.view.tab == SNOOZED:
            return [
                Stretch(Q(snoozed_until__isnull=False), (Key("snoozed_until", instant), Key("pk", int))),
                Stretch(Q(snoozed_until__isnull=True), (Key("dismissed_until", instant), Key("pk", int))),
            ]
        if self.view.tab == WAITING:
            return [Stretch(Q(), by_due)]
        stretches = [Stretch(only, by_due) for name, only in self._groups() if name != WITH_OWNER]
        low = Q(rung__lt=Rung.SUPERVISOR)
        # Somebody who called us comes first of those with their owner.
        return [
            *stretches,
            Stretch(low & Q(family=Family.CALL_BACK), by_due),
            Stretch(low & ~Q(family=Family.CALL_BACK), by_due),
        ]

    def group_of(self, alert: Alert) -> str:
        """The group in which a row of this view stands."""
        if self.view.tab == SNOOZED:
            return PAUSED if alert.snoozed_until else ACCEPTED
        if self.view.tab in (ANSWERED, WAITING):
            return self.view.tab
        if alert.rung >= self._mine_from():
            return CLIMBED
        return WITH_SUPERVISOR if alert.rung >= Rung.SUPERVISOR else WITH_OWNER

    def counts(self) -> Counts:
        """All numbers of the page. Two queries."""
        main, climbed = self._tab(tabs_for(self.user)[0]), Q(rung__gte=self._mine_from())
        here = self._tab(self.view.tab) & self._narrowed()
        groups = dict(self._groups())
        found = (
            self._seen()
            .filter(closed_at__isnull=True)
            .aggregate(
                clients=Count("customer", filter=main, distinct=True),
                alerts=Count("pk", filter=main),
                climbed=Count("pk", filter=main & climbed),
                waiting=Count("pk", filter=_NOT_YET & self._narrowed()),
                **{
                    f"tab_{tab}": Count("pk", filter=self._tab(tab) & self._narrowed())
                    for tab in (TEAMS, MINE, SNOOZED)
                },
                **{f"group_{name}": Count("pk", filter=here & only) for name, only in groups.items()},
            )
        )
        answered = self._seen().filter(self._tab(ANSWERED), self._narrowed()).count()
        return Counts(
            clients=found["clients"],
            alerts=found["alerts"],
            climbed=found["climbed"],
            waiting=found["waiting"],
            tabs={tab: found[f"tab_{tab}"] for tab in (TEAMS, MINE, SNOOZED)} | {ANSWERED: answered},
            groups={name: found[f"group_{name}"] for name in groups} | {ANSWERED: answered, WAITING: found["waiting"]},
        )

    def _seen(self) -> AlertQuerySet:
        return AlertQuerySet(Alert).visible_to(self.user)

    def _tab(self, tab: str) -> Q:
        if tab == SNOOZED:
            return _QUIET
        if tab == WAITING:
            return _NOT_YET
        if tab == ANSWERED:
            return Q(closed_at__gte=self._monday(), close_reason__in=ANSWERS)
        if tab == MINE and self.user.is_supervisor:
            return _CALLING & Q(customer__clock__owner__in=self.user.acting_for_ids)
        return _CALLING

    def _groups(self) -> Iterator[tuple[str, Q]]:
        if self.view.tab == SNOOZED:
            yield PAUSED, Q(snoozed_until__isnull=False)
            yield ACCEPTED, Q(snoozed_until__isnull=True)
        elif self.view.tab in (TEAMS, MINE):
            yield CLIMBED, Q(rung__gte=self._mine_from())
            if self._mine_from() > Rung.SUPERVISOR:
                yield WITH_SUPERVISOR, Q(rung=Rung.SUPERVISOR)
            yield WITH_OWNER, Q(rung__lt=Rung.SUPERVISOR)

    def _mine_from(self) -> int:
        """The rung from which on an alert has climbed to this reader (to a manager: beyond them)."""
        return Rung.ADMINISTRATORS if self.user.is_administrator else Rung.SUPERVISOR

    def _narrowed(self) -> Q:
        narrowed = Q(family=self.view.kind) if self.view.kind else Q()
        for name in ("owner", "team"):
            if value := getattr(self.view, name):
                column = f"customer__clock__{name}"
                narrowed &= Q(**{f"{column}__isnull": True} if value == NOBODY else {column: int(value)})
        return narrowed

    def _monday(self) -> dt.datetime:
        """When this week began for the reader."""
        today = self.now.astimezone(self.user.zone).date()
        return dt.datetime.combine(today - dt.timedelta(days=today.weekday()), dt.time(0), tzinfo=self.user.zone)
