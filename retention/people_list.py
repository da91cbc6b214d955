"""The list of people: which team, at work or gone, found by name or email; all of it in the address."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet

from accounts.access import people_of, teams_of
from accounts.acting import current_absences
from accounts.models import Absence, Membership, User
from crm.keyset import Key, Stretch, whole, word
from crm.listing import Listing, read_id
from crm.listing import View as Clients

HERE, INVITED, GONE, ALL = "", "invited", "gone", "all"
ORDER = [Stretch(Q(), (Key("name", word), Key("pk", whole)))]
PAGE_SIZE = 50


@dataclass(frozen=True)
class View:
    """What was asked for; `team` is an id as text, or "none"; `who` one of HERE, INVITED, GONE, ALL."""

    q: str = ""
    team: str = ""
    who: str = HERE

    def pairs(self) -> Iterator[tuple[str, str]]:
        for name in ("q", "team", "who"):
            if value := getattr(self, name):
                yield name, value

    def address(self, **more: str) -> str:
        return "?" + urlencode([*self.pairs(), *more.items()])

    def of_team(self, team: str) -> str:
        return replace(self, team=team).address()

    def showing(self, who: str) -> str:
        return replace(self, who=who).address()


def read_view(params: Mapping[str, str]) -> View:
    """Read the view from the address. Unknown names and impossible values are left out."""
    team, who = params.get("team", ""), params.get("who", "")
    return View(
        q=params.get("q", "").replace("\0", "").strip()[:100],
        team=read_id(team),
        who=who if who in (INVITED, GONE, ALL) else HERE,
    )


def rows_of(view: View, reader: User) -> QuerySet[User]:
    """The people of a view, without order."""
    people = people_of(reader)
    if view.team:
        theirs = Membership.objects.filter(team=int(view.team)) if view.team != "none" else Membership.objects.all()
        people = (
            people.filter(pk__in=theirs.values("user"))
            if view.team != "none"
            else people.exclude(pk__in=theirs.values("user"))
        )
    if view.who == HERE:
        people = people.filter(is_active=True)
    elif view.who == INVITED:
        people = people.filter(is_active=True, first_signed_in_at__isnull=True)
    elif view.who == GONE:
        people = people.filter(is_active=False)
    if view.q:
        people = people.filter(Q(name__icontains=view.q) | Q(email__icontains=view.q))
    return people


@dataclass
class Row:
    """One person as the list prints them; `away` is the absence that is running."""

    person: User
    teams: list[Membership]
    clients: int
    clients_url: str
    away: Absence | None


def shown(pks: list[int], reader: User, now: dt.datetime) -> list[Row]:
    """Return the people of a page, in its order. Four queries."""
    people = User.objects.in_bulk(pks)
    teams: defaultdict[int, list[Membership]] = defaultdict(list)
    members = Membership.objects.filter(user__in=pks).select_related("team").order_by("-is_primary", "team__name")
    for one in members:
        teams[one.user_id].append(one)
    rows = Listing(Clients(), reader, now).rows.filter(owner__in=pks).order_by()
    counted: dict[int | None, int] = dict(rows.values_list("owner").annotate(Count("pk")))
    away = {one.user_id: one for one in current_absences(now).filter(user__in=pks).select_related("cover")}
    return [
        Row(people[pk], teams[pk], counted.get(pk, 0), Clients(owner=str(pk), as_of=now).address(), away.get(pk))
        for pk in pks
        if pk in people
    ]


def team_chips(view: View, reader: User) -> list[tuple[str, str, bool]]:
    """The teams to narrow by: name, address, whether it is chosen; none for somebody with one team."""
    teams = list(teams_of(reader))
    if len(teams) < 2:
        return []
    return [
        (team.name, view.of_team("" if view.team == str(team.pk) else str(team.pk)), view.team == str(team.pk))
        for team in teams
    ]
