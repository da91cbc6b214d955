"""Teams: made, renamed, archived once they are empty; what the list of them shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext, gettext_noop

from accounts.access import teams_of
from accounts.models import Calendar, Membership, Team, User
from accounts.setting_history import Line, note_change
from crm.listing import Listing, View
from crm.models import Customer
from retention.calendar_changes import CALENDAR
from retention.team_calendars import AREA, subject_of

NEW, NAME = gettext_noop("New team"), gettext_noop("Name")
ARCHIVED, BACK = gettext_noop("Archived"), gettext_noop("Taken back from the archive")


@dataclass
class TeamLine:
    """One team as its reader sees it; each count opens the list of that count."""

    team: Team
    clients: int
    clients_url: str
    people: list[User] = field(default_factory=list)
    supervisors: list[User] = field(default_factory=list)


def lines(reader: User, now: dt.datetime) -> list[TeamLine]:
    """The teams whose numbers `reader` may see, by name. Three queries."""
    teams = list(teams_of(reader).select_related("calendar"))
    rows = Listing(View(), reader, now).rows.filter(team__in=teams).order_by()
    counted: dict[int | None, int] = dict(rows.values_list("team").annotate(Count("pk")))
    found = {
        team.pk: TeamLine(team, counted.get(team.pk, 0), View(team=str(team.pk), as_of=now).address()) for team in teams
    }
    for member in members_of(teams):
        found[member.team_id].people.append(member.user)
        if member.supervises:
            found[member.team_id].supervisors.append(member.user)
    return list(found.values())


def members_of(teams: list[Team]) -> list[Membership]:
    """Who works in these teams, by name. One query."""
    rows = Membership.objects.filter(team__in=teams, user__is_active=True).select_related("user")
    return list(rows.order_by("user__name", "user_id"))


def archived() -> list[Team]:
    """Teams of before, the latest first. One query."""
    return list(Team.objects.exclude(archived_at=None).order_by("-archived_at"))


@transaction.atomic
def create_team(name: str, calendar: Calendar, *, actor: User, now: dt.datetime) -> Team:
    """A new team, without people and clients."""
    team = Team.objects.create(name=name, calendar=calendar, is_demo=actor.is_demo)
    said = [Line(NEW, "", name), Line(CALENDAR, "", calendar.name)]
    note_change(AREA, subject=subject_of(team), lines=said, actor=actor, now=now)
    return team


@transaction.atomic
def rename_team(team: Team, name: str, *, actor: User, now: dt.datetime) -> None:
    """Another name; what it was called before stays in its history."""
    team = Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
    if team.name == name:
        return
    note_change(AREA, subject=subject_of(team), lines=[Line(NAME, team.name, name)], actor=actor, now=now)
    team.name = name
    team.save(update_fields=["name"])


def in_the_way(team: Team) -> str:
    """Why a team cannot be archived; nothing where it can. At most two queries."""
    if team.is_default:
        return gettext("It is the firm’s default team: its calendar holds where no other does.")
    if Membership.objects.filter(team=team, user__is_active=True).exists():
        return gettext("People work in it. Give them another team first.")
    if Customer.objects.filter(team=team, archived_at=None).exists():
        return gettext("It has clients. Give them another team first.")
    return ""


@transaction.atomic
def archive_team(team: Team, *, actor: User, now: dt.datetime) -> None:
    """Put a team away that has neither people nor clients. Raises ValidationError for any other."""
    team = Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
    if team.archived_at is not None:
        return
    if why := in_the_way(team):
        raise ValidationError(why)
    team.archived_at = now
    team.save(update_fields=["archived_at"])
    note_change(AREA, subject=subject_of(team), lines=[Line(ARCHIVED, "", team.name)], actor=actor, now=now)


@transaction.atomic
def take_back(team: Team, *, actor: User, now: dt.datetime) -> None:
    """People and clients may be given to it again."""
    team = Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
    if team.archived_at is None:
        return
    team.archived_at = None
    team.save(update_fields=["archived_at"])
    note_change(AREA, subject=subject_of(team), lines=[Line(BACK, "", team.name)], actor=actor, now=now)
