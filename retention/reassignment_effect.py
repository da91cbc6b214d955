"""What handing clients over would do, before it is done: who moves, what falls due earlier, what everybody carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import Calendar, Team, User
from alerts.models import Alert
from crm.events import Change, facts_changed, lock_clocks
from crm.models import Clock, Customer, Task
from crm.querysets import ClockQuerySet
from retention.reassignments import not_of, team_of

#: Clients of whom it is tried what another calendar does: about two seconds.
TRIED = 1000
#: Present owners who are named.
NAMED = 5


@dataclass(frozen=True)
class Load:
    """Active clients, overdue ones and open alerts of one person or queue; `name` is empty for a queue."""

    name: str
    clients: int
    overdue: int
    alerts: int


@dataclass(frozen=True)
class Foreseen:
    """What moves, from whom (`holders`: name, empty for a queue, and clients), and the receiver's load.

    Of the `elsewhere` clients whom another calendar dates, `earlier` fall due earlier and `overdue_by_it` are overdue
    by it; found by trying it with `tried` of them.
    """

    clients: int
    overdue: int
    alerts: int
    tasks: int
    holders: list[tuple[str, int]]
    before: Load
    elsewhere: int
    tried: int
    earlier: int
    overdue_by_it: int

    @property
    def after(self) -> Load:
        """The receiver's load once they have them all."""
        now = self.before
        return Load(now.name, now.clients + self.clients, now.overdue + self.overdue, now.alerts + self.alerts)


def foresee(
    customers: QuerySet[Customer], owner: User | None, *, team_follows: bool, reader: User, now: dt.datetime
) -> Foreseen:
    """Count what giving `customers` to `owner` (None: the queue) does. Active clients only; nothing is written."""
    moving = not_of(customers, owner)
    clocks = Clock.objects.active().filter(pk__in=moving.values("pk"))
    counts = clocks.aggregate(clients=Count("pk"), overdue=Count("pk", filter=Q(due_at__lte=now)))
    holders = clocks.order_by().values_list("owner__name").annotate(n=Count("pk")).order_by("-n", "owner__name")
    tasks = Task.objects.open().filter(customer__in=moving.values("pk"), owner=F("customer__owner"))
    elsewhere = _dated_elsewhere(moving, owner, team_follows)
    tried, earlier, overdue = _tried(elsewhere, owner, team_follows, reader, now)
    return Foreseen(
        **counts,
        alerts=Alert.objects.open().filter(customer__in=moving.values("pk")).count(),
        tasks=tasks.count(),
        holders=[(name or "", n) for name, n in holders[:NAMED]],
        before=_load(owner, moving, reader, now),
        elsewhere=tried if tried < TRIED else elsewhere.count(),
        tried=tried,
        earlier=earlier,
        overdue_by_it=overdue,
    )


def _load(owner: User | None, moving: QuerySet[Customer], reader: User, now: dt.datetime) -> Load:
    """What the receiver carries now, as far as the reader sees it; a queue is that of the teams of those who move."""
    theirs = ClockQuerySet(Clock).active().visible_to(reader)
    if owner is not None:
        theirs = theirs.filter(owner=owner)
    else:
        theirs = theirs.filter(owner__isnull=True, team__in=moving.order_by().values("team"))
    counts = theirs.aggregate(clients=Count("pk"), overdue=Count("pk", filter=Q(due_at__lte=now)))
    alerts = Alert.objects.open().filter(customer__in=theirs.values("pk")).count()
    return Load(name=owner.name if owner else "", **counts, alerts=alerts)


def _dated_elsewhere(moving: QuerySet[Customer], owner: User | None, team_follows: bool) -> QuerySet[Clock]:
    """The active clocks of those whose promises another calendar would date (T5)."""
    then = Customer.objects.filter(pk=OuterRef("pk")).annotate(then=team_of(owner, team_follows=team_follows))
    team = Team.objects.filter(pk=OuterRef("team_then")).values("calendar")
    # Without a team it is the new owner's, or the firm's.
    default = Calendar.objects.filter(teams__is_default=True).values("pk")
    home = Calendar.objects.filter(teams__memberships__user=owner, teams__memberships__is_primary=True).values("pk")
    without = home.first() or default.first()
    clocks = Clock.objects.active().filter(pk__in=moving.values("pk"))
    clocks = clocks.annotate(team_then=Subquery(then.values("then")[:1])).annotate(calendar_then=Subquery(team[:1]))
    other = Q(calendar_then__isnull=False) & ~Q(calendar=F("calendar_then"))
    return clocks.filter(other | (Q(calendar_then__isnull=True) & ~Q(calendar=without["pk"] if without else None)))


def _tried(
    clocks: QuerySet[Clock], owner: User | None, team_follows: bool, actor: User, now: dt.datetime
) -> tuple[int, int, int]:
    """Date the first TRIED of them anew in a transaction that is rolled back: how many, how many earlier, overdue."""
    pks = list(clocks.order_by("pk").values_list("pk", flat=True)[:TRIED])
    if not pks:
        return 0, 0, 0
    customers, rows = Customer.objects.filter(pk__in=pks), Clock.objects.filter(pk__in=pks)
    before = dict(rows.values_list("pk", "due_at"))
    with transaction.atomic():
        lock_clocks(customers)
        customers.update(owner=owner, team=team_of(owner, team_follows=team_follows))
        facts_changed(customers, change=Change("person", None, actor, gentle=True), now=now, locked=True)
        after = dict(rows.values_list("pk", "due_at"))
        transaction.set_rollback(True)
    pairs = [(then, after[pk]) for pk, then in before.items()]
    earlier = sum(then is not None and due is not None and due < then for then, due in pairs)
    overdue = sum(due is not None and due <= now and (then is None or then > now) for then, due in pairs)
    return len(pks), earlier, overdue
