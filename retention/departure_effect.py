"""What it means that somebody leaves, before it is done: what they have, what ends, who gets how much."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.db.models import Count, Q

from accounts import absences
from accounts.models import Membership, User
from alerts.models import Alert
from crm.listing import View
from crm.models import Clock, Customer, Task
from crm.models.clock import State
from retention.departures import Heirs, covered_by, parts
from retention.reassignment_effect import Foreseen, foresee


@dataclass(frozen=True)
class Leaving:
    """What somebody has now: `others` are clients archived, leaving or departed; `elsewhere` steps on others' clients.

    `teams`: names of those left without a supervisor. `…_url` are addresses of lists.
    """

    clients: int
    overdue: int
    others: int
    alerts: int
    tasks: int
    elsewhere: int
    absences: int
    covers: int
    teams: list[str]
    clients_url: str
    overdue_url: str


def held_by(person: User, now: dt.datetime) -> Leaving:
    """What goes with a person. Eight queries."""
    view = View(owner=str(person.pk), as_of=now)
    theirs = Customer.objects.filter(owner=person)
    counts = Clock.objects.active().filter(owner=person).aggregate(
        clients=Count("pk"), overdue=Count("pk", filter=Q(due_at__lte=now))
    )  # fmt: skip
    steps = Task.objects.open().filter(owner=person)
    return Leaving(
        **counts,
        others=theirs.count() - counts["clients"],
        alerts=Alert.objects.open().filter(customer__owner=person).count(),
        tasks=steps.filter(customer__owner=person).count(),
        elsewhere=steps.exclude(customer__owner=person).count(),
        absences=absences.coming(person, now).count(),
        covers=covered_by(person, now).count(),
        teams=unsupervised_without(person),
        clients_url=view.address(),
        overdue_url=replace(view, states=(State.OVERDUE.value,)).address(),
    )


def foresee_leaving(person: User, heirs: Heirs, *, reader: User, now: dt.datetime) -> list[Foreseen]:
    """What each heir gets; nothing is written. Those who get nobody are left out."""
    found = [
        foresee(customers, heir, team_follows=heirs.team_follows, reader=reader, now=now)
        for customers, heir in parts(person, heirs)
    ]
    return [one for one in found if one.clients]


def unsupervised_without(person: User) -> list[str]:
    """The teams that nobody at work would supervise any more. Two queries."""
    led = Membership.objects.filter(user=person, supervises=True)
    others = Membership.objects.filter(supervises=True, user__is_active=True).exclude(user=person)
    bare = led.exclude(team__in=others.values("team"))
    return list(bare.order_by("team__name").values_list("team__name", flat=True))
