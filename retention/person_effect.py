"""What a change of a person would do, in words and by doing it in a transaction that is taken back (A8)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Calendar, Membership, Team, User
from crm.listing import View
from crm.models import Clock
from retention.calendar_effect import moved
from retention.person_changes import OUT, SUPERVISOR, Plan, dated_by, write


@dataclass(frozen=True)
class Effect:
    """How many clients another calendar dates, whose dates move, who is overdue; `calendar` None: none is."""

    calendar: Calendar | None
    clients: int
    earlier: int
    later: int
    overdue_before: int
    overdue_after: int


def effect_of(user: User, before: Plan, after: Plan, *, actor: User, now: dt.datetime) -> Effect:
    """Say what a change would do to clients at `now`. Raises ValidationError as `write` does; nothing is kept."""
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        theirs = Clock.objects.active().filter(customer__in=dated_by(user))
        clients, overdue = theirs.count(), _overdue(user, now)
        calendar = write(user, before, after, actor, now)
        changed = moved(Clock.objects.filter(customer__in=dated_by(user)), now) if calendar else (0, 0)
        effect = Effect(calendar, clients if calendar else 0, *changed, overdue, _overdue(user, now))
        transaction.set_rollback(True)
    return effect


def _overdue(user: User, now: dt.datetime) -> int:
    return Clock.objects.active().filter(customer__in=dated_by(user), due_at__lte=now).count()


@dataclass(frozen=True)
class Consequence:
    """One thing that follows; `gained`, `lost`, or neither: to know. `url`: the clients that it counts."""

    words: str
    kind: str = ""
    url: str = ""


def consequences(user: User, before: Plan, after: Plan, now: dt.datetime) -> list[Consequence]:
    """What somebody may see and do from then on, and no longer. At most three queries."""
    changed = sorted({*before["teams"], *after["teams"]}, key=int)
    changed = [team for team in changed if before["teams"].get(team, OUT) != after["teams"].get(team, OUT)]
    names = dict(Team.objects.filter(pk__in=map(int, changed)).values_list("pk", "name")) if changed else {}
    found = _administering(before, after)
    for team in changed:
        was, becomes = before["teams"].get(team, OUT), after["teams"].get(team, OUT)
        found += _in_team(names.get(int(team), ""), was, becomes)
    left = [int(team) for team in changed if team not in after["teams"]]
    return [*found, *_unsupervised(user, before, after, names), *_clients_left(user, left, names, now)]


def _administering(before: Plan, after: Plan) -> list[Consequence]:
    if before["administrator"] == after["administrator"]:
        return []
    if after["administrator"]:
        return [
            Consequence(_("They see every client of the firm, and what climbs to administrators."), "gained"),
            Consequence(_("They invite and change people, and change every setting."), "gained"),
        ]
    return [
        Consequence(_("They see clients of other teams no longer, nor what climbs to administrators."), "lost"),
        Consequence(_("They change people and settings no longer."), "lost"),
    ]


def _in_team(name: str, was: str, becomes: str) -> list[Consequence]:
    found = []
    if was == OUT:
        text = _("%(team)s: they find every client, log for them, and take clients of the queue.")
        found.append(Consequence(text % {"team": name}, "gained"))
    if becomes == OUT:
        text = _("%(team)s: they find and log for its clients no longer, nor see its queue.")
        found.append(Consequence(text % {"team": name}, "lost"))
    if becomes == SUPERVISOR:
        text = _("%(team)s: they see all its clients and people, and what climbs there comes to them.")
        found.append(Consequence(text % {"team": name}, "gained"))
    if was == SUPERVISOR:
        text = _("%(team)s: they see its people and their clients no longer, and nothing climbs to them.")
        found.append(Consequence(text % {"team": name}, "lost"))
    return found


def _unsupervised(user: User, before: Plan, after: Plan, names: dict[int, str]) -> list[Consequence]:
    """Teams that would be left without a supervisor. One query where they stop supervising."""
    lost = [
        int(team)
        for team, what in before["teams"].items()
        if what == SUPERVISOR and after["teams"].get(team) != SUPERVISOR
    ]
    if not lost:
        return []
    others = Membership.objects.filter(team__in=lost, supervises=True, user__is_active=True).exclude(user=user)
    bare = set(lost) - set(others.values_list("team", flat=True))
    text = _("%(team)s is left without a supervisor: what climbs there goes to the administrators.")
    return [Consequence(text % {"team": names.get(team, "")}) for team in sorted(bare)]


def _clients_left(user: User, teams: list[int], names: dict[int, str], now: dt.datetime) -> list[Consequence]:
    """Clients of theirs in teams that they leave stay theirs. One query."""
    if not teams:
        return []
    rows = Clock.objects.active().filter(owner=user, team__in=teams).order_by()
    found = []
    for team, count in rows.values_list("team").annotate(Count("pk")):
        text = ngettext(
            "%(n)s client of theirs is in %(team)s: stays theirs, and in that team.",
            "%(n)s clients of theirs are in %(team)s: they stay theirs, and in that team.",
            count,
        )
        url = View(owner=str(user.pk), team=str(team), as_of=now).address()
        found.append(Consequence(text % {"n": count, "team": names.get(team or 0, "")}, url=url))
    return found
