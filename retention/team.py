"""The load of each person of one's teams: clients, alerts, who waits, and who is away. Every count opens its list."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import teams_of
from accounts.models import Absence, Membership, Team, User
from alerts import alert_list
from alerts.models import Alert
from crm.day_words import local_day, short_date
from crm.listing import NOBODY, Listing, View
from crm.models.clock import State
from retention.board import AHEAD
from retention.promises_kept import Promises, lately_address, promises_by_owner

Key = tuple[int | None, int | None]


@dataclass
class Load:
    """One person in one team; `person` None is the team's queue. `away` says until when, and who covers.

    `coming` says it of an absence that begins by the end of next week; `uncovered` where nobody covers next week.
    """

    person: User | None
    team: Team
    now: dt.datetime
    supervises: bool = False
    is_member: bool = True
    clients: int = 0
    overdue: int = 0
    within: int = 0
    alerts: int = 0
    promises: Promises = field(default_factory=lambda: Promises(0, 0))
    away: str = ""
    coming: str = ""
    uncovered: str = ""

    @property
    def percent(self) -> int:
        """Share of the clients that are overdue, in whole percent."""
        return round(self.overdue * 100 / self.clients) if self.clients else 0

    @property
    def _owner(self) -> str:
        return str(self.person.pk) if self.person else NOBODY

    def _clients(self, **more: Any) -> str:
        """The customer list of this person in this team, read at the same instant."""
        return View(owner=self._owner, team=str(self.team.pk), as_of=self.now, **more).address()

    @property
    def clients_url(self) -> str:
        return self._clients()

    @property
    def overdue_url(self) -> str:
        return self._clients(states=(State.OVERDUE.value,))

    @property
    def within_url(self) -> str:
        return self._clients(due_within=AHEAD)

    @property
    def promises_url(self) -> str:
        return lately_address(View(owner=self._owner, team=str(self.team.pk), as_of=self.now))

    @property
    def alerts_url(self) -> str:
        return alert_list.View(alert_list.TEAMS, owner=self._owner, team=str(self.team.pk)).address()


@dataclass
class TeamLoad:
    """One team: its people, the most loaded first, then its queue."""

    team: Team
    loads: list[Load]
    now: dt.datetime

    @property
    def clients_url(self) -> str:
        """The customer list of this team, read at the same instant."""
        return View(team=str(self.team.pk), as_of=self.now).address()

    @property
    def clients(self) -> int:
        return sum(load.clients for load in self.loads)

    @property
    def overdue(self) -> int:
        return sum(load.overdue for load in self.loads)


def loads_of(user: User, now: dt.datetime) -> list[TeamLoad]:
    """Return the load of every team whose numbers `user` may see. Six queries, however many people."""
    teams = list(teams_of(user).select_related("calendar"))
    loads = _people(teams, now)
    _count(loads, {team.pk: team for team in teams}, user, now)
    _add_absences(loads, user, now)
    by_team: defaultdict[int, list[Load]] = defaultdict(list)
    for load in loads.values():
        if load.person is None or load.is_member or load.clients:
            by_team[load.team.pk].append(load)
    return [TeamLoad(team, sorted(by_team[team.pk], key=_place), now) for team in teams]


def _place(load: Load) -> tuple[bool, int, int, str]:
    return load.person is None, -load.overdue, -load.clients, str(load.person or "")


def _people(teams: list[Team], now: dt.datetime) -> dict[Key, Load]:
    """Members who work, and a queue for each team."""
    found: dict[Key, Load] = {}
    by_id = {team.pk: team for team in teams}
    members = Membership.objects.filter(team__in=by_id, user__is_active=True).select_related("user")
    for member in members:
        found[member.team_id, member.user_id] = Load(member.user, by_id[member.team_id], now, member.supervises)
    for team in teams:
        found[team.pk, None] = Load(None, team, now)
    return found


def _count(loads: dict[Key, Load], teams: dict[int, Team], user: User, now: dt.datetime) -> None:
    rows = Listing(View(), user, now).rows.filter(team__in=teams)
    counted = (
        rows.order_by()
        .values_list("team_id", "owner_id")
        .annotate(
            clients=Count("pk"),
            overdue=Count("pk", filter=Q(due_at__lte=now)),
            within=Count("pk", filter=Q(due_at__gt=now, due_at__lte=now + dt.timedelta(days=AHEAD))),
        )
    )
    cells = {(team, owner): numbers for team, owner, *numbers in counted}
    _add_guests(loads, teams, set(cells) - set(loads), now)
    for key, (clients, overdue, within) in cells.items():
        loads[key].clients, loads[key].overdue, loads[key].within = clients, overdue, within
    for key, promises in promises_by_owner(rows, now).items():
        loads[key].promises = promises
    alerts = Alert.objects.visible_to(user).calling().filter(customer__clock__team__in=teams).order_by()
    for team, owner, n in alerts.values_list("customer__clock__team_id", "customer__clock__owner_id").annotate(
        n=Count("pk")
    ):
        # Of a client who is leaving only a call back is left: its owner may have no other.
        if (team, owner) in loads:
            loads[team, owner].alerts = n


def _add_guests(loads: dict[Key, Load], teams: dict[int, Team], keys: set[Key], now: dt.datetime) -> None:
    """People of other teams who have clients in one of these."""
    people = User.objects.in_bulk({owner for _team, owner in keys if owner}) if keys else {}
    for team, owner in keys:
        if team is not None and owner is not None:
            loads[team, owner] = Load(people[owner], teams[team], now, is_member=False)


def _add_absences(loads: dict[Key, Load], user: User, now: dt.datetime) -> None:
    """Who is away now, or will be by the end of next week. One query."""
    monday, end = _next_week(now)
    rows = Absence.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lt=end)
    by_person: defaultdict[int, list[Absence]] = defaultdict(list)
    for absence in rows.select_related("cover").order_by("starts_at", "pk"):
        by_person[absence.user_id].append(absence)
    for (_team, owner), load in loads.items():
        for absence in by_person.get(owner or 0, ()):
            if absence.starts_at <= now:
                load.away = _away(absence, load.team, user, now)
            else:
                load.coming = load.coming or _away(absence, load.team, user, now)
            if _is_uncovered(absence, monday, by_person):
                load.uncovered = load.uncovered or _bare(absence, load.team, now)


def _next_week(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """From Monday to Monday, in the reader's zone."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today + dt.timedelta(days=7 - today.weekday())
    return monday, monday + dt.timedelta(days=7)


def _is_uncovered(absence: Absence, monday: dt.datetime, others: dict[int, list[Absence]]) -> bool:
    """Whether nobody covers somebody next week: there is no cover, or they are away then with none themselves."""
    if absence.ends_at is not None and absence.ends_at <= monday:
        return False
    if absence.cover_id is None:
        return True
    starts = max(absence.starts_at, monday)
    return any(
        other.cover_id is None
        and (absence.ends_at is None or other.starts_at < absence.ends_at)
        and (other.ends_at is None or other.ends_at > starts)
        for other in others.get(absence.cover_id, ())
    )


def _bare(absence: Absence, team: Team, now: dt.datetime) -> str:
    said = _away_when(absence, team, now)
    if absence.cover is None:
        return _("%(away)s, no cover") % {"away": said}
    return _("%(away)s, and %(name)s is away too") % {"away": said, "name": absence.cover.get_short_name()}


def _away(absence: Absence, team: Team, reader: User, now: dt.datetime) -> str:
    said = _away_when(absence, team, now)
    if absence.cover is None:
        return _("%(away)s, no cover") % {"away": said}
    if absence.cover_id == reader.pk:
        return _("%(away)s, you cover") % {"away": said}
    return _("%(away)s, %(name)s covers") % {"away": said, "name": absence.cover.get_short_name()}


def _away_when(absence: Absence, team: Team, now: dt.datetime) -> str:
    zone = team.calendar.tz
    today = local_day(now, zone)
    first = short_date(local_day(absence.starts_at, zone), today)
    if absence.ends_at is None:
        return _("Away") if absence.starts_at <= now else _("Away from %(first)s") % {"first": first}
    day = short_date(local_day(absence.ends_at, zone), today)
    if absence.starts_at <= now:
        return _("Away until %(day)s") % {"day": day}
    return _("Away from %(first)s until %(day)s") % {"first": first, "day": day}
