"""What the page of an alert says comes next: "Thursday 9:00: Marta is told" (A6)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.acting import acting_for
from accounts.models import Team, User
from alerts import journal
from alerts.choices import EventKind, Family, Rung
from alerts.ladder import Comes, Next, Standing, standings
from alerts.models import Alert, Morning
from alerts.recipients import recipients_of
from crm.day_words import by_day, clock_time, local_day

#: Not a step of the alert's own: the morning that may admit it (A4).
TURN = "turn"
#: A climb that is told in the weekly mail only (A3).
WEEKLY = "weekly"


@dataclass(frozen=True)
class NextOnPage:
    """What comes next: `kind` is a Comes, WEEKLY or TURN; `at` UTC; `people` are told then; in the customer's zone."""

    at: dt.datetime
    kind: str
    rung: int
    people: tuple[User, ...]
    reader: User
    zone: zoneinfo.ZoneInfo
    now: dt.datetime

    @property
    def when(self) -> str:
        """Day and hour in the customer's zone: "tomorrow 09:00", "Thursday 09:00", "Monday 30 Nov 00:00"."""
        day = by_day(local_day(self.at, self.zone), local_day(self.now, self.zone))
        return f"{day} {clock_time(self.at, self.zone)}"

    @property
    def sentence(self) -> str:
        """One sentence in the active language."""
        words = {"when": capfirst(self.when), "who": _names(self.people)}
        if self.kind == Comes.CLIMB:
            return self._who_is_told() % words
        if self.kind == WEEKLY:
            return _("%(when)s: it joins the administrators' weekly mail") % words
        if self.kind == Comes.DUE:
            return _("%(when)s: the call back is due") % words
        if self.kind == Comes.SNOOZE_END:
            return _("%(when)s: the pause ends") % words
        if self.kind == Comes.DISMISS_END:
            return _("%(when)s: this comes up again") % words
        return _("It waits its turn: the next ones are told %(when)s") % {"when": self.when}

    def _who_is_told(self) -> str:
        if self.people == (self.reader,):
            return _("%(when)s: you are told")
        return _("%(when)s: %(who)s is told") if len(self.people) == 1 else _("%(when)s: %(who)s are told")


def explain_next(alert: Alert, *, reader: User, now: dt.datetime) -> NextOnPage | None:
    """Return what comes next for an open alert, in the language that is active; None when it is a person's turn."""
    found = standings([alert.pk], customers=True)
    if not found:
        return None
    standing = found[0]
    following = standing.next()
    zone = standing.calendar.calendar.tz
    if following is not None:
        return _of_step(standing, following, reader, now)
    if standing.alert.family == Family.SILENCE and standing.alert.admitted_at is None:
        turn = _turn(standing.alert, now)
        if turn is not None:
            return NextOnPage(turn, TURN, Rung.OWNER, (), reader, zone, now)
    return None


def _of_step(standing: Standing, following: Next, reader: User, now: dt.datetime) -> NextOnPage | None:
    at, zone = max(following.at, now), standing.calendar.calendar.tz
    kind, people = str(following.kind), tuple[User, ...]()
    if following.kind == Comes.CLIMB:
        if any(step.rung == following.rung and step.channel == "weekly" for step in standing.steps):
            kind = WEEKLY
        else:
            people = _told(standing.alert, following.rung, now)
            if not people:
                # Nobody new stands there: it passes without a word.
                return None
    return NextOnPage(at, kind, following.rung, people, reader, zone, now)


def _told(alert: Alert, rung: int, now: dt.datetime) -> tuple[User, ...]:
    """Who would be told if the alert climbed now."""
    alert.rung = rung
    return recipients_of([journal.entry(alert, EventKind.CLIMBED, at=now)], now)[0].people


def _turn(alert: Alert, now: dt.datetime) -> dt.datetime | None:
    """The next morning of whoever acts for the owner, else of the team's queue."""
    customer = alert.customer
    acting = acting_for(customer.owner, customer.team, now)
    if acting is not None:
        mornings = Morning.objects.filter(user=acting)
    else:
        primary = Q(memberships__user=customer.owner_id, memberships__is_primary=True)
        team = customer.team or Team.objects.filter(primary).first() or Team.objects.get(is_default=True)
        mornings = Morning.objects.filter(team=team)
    return mornings.values_list("next_at", flat=True).first()


def _names(people: tuple[User, ...]) -> str:
    names = [user.get_short_name() for user in people]
    if len(names) < 2:
        return "".join(names)
    return _("%(some)s and %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}
