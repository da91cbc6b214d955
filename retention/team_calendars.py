"""What hangs on the calendar of a team: its clients, those of its people who have none, mornings, absences (T5, A8)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from accounts import absences
from accounts.events import Tell, nobody_listens
from accounts.models import Membership, Team, User
from alerts import mornings
from alerts.choices import Cause
from crm.events import Change, facts_changed
from crm.models import Clock, Customer
from retention.policies import shares_of

AREA = "teams"


def subject_of(team: Team) -> str:
    """Under which name a team's changes stand in the history of settings."""
    return f"team:{team.pk}"


def customers_of(team: Team) -> QuerySet[Customer]:
    """The customers that a team's calendar dates: its own; of no team, those of people whose first team it is.

    The default team's dates those, too, whom nothing else dates.
    """
    first = Membership.objects.filter(is_primary=True)
    theirs = Q(team=team) | Q(team=None, owner__in=first.filter(team=team).values("user"))
    if team.is_default:
        theirs |= Q(team=None) & (Q(owner=None) | ~Q(owner__in=first.values("user")))
    return Customer.objects.filter(theirs)


def clocks_of(team: Team) -> QuerySet[Clock]:
    """The clocks of those who are active among them."""
    return Clock.objects.active().filter(customer__in=customers_of(team).values("pk"))


def follow(team: Team, actor: User | None, now: dt.datetime, tell: Tell = nobody_listens) -> None:
    """Date anew by the calendar that a team has now; some owners at a time. Twice is as good as once."""
    change = Change(cause=Cause.CALENDAR, cause_id=team.calendar_id, actor=actor, gentle=True)
    for share in shares_of(customers_of(team), now):
        held = share.count()
        facts_changed(share, change=change, now=now)
        tell(held)
    absences.calendar_changed(team.calendar, actor, now, nobody_listens)
    mornings.calendar_changed(team.calendar, actor, now)
