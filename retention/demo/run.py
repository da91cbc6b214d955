"""Builds the demo, and takes it away in one step."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from accounts.models import Calendar, Team, User
from alerts.heartbeat import beat
from alerts.models import Heartbeat
from alerts.mornings import ensure_mornings
from crm.agreements import stop_follow_up
from crm.archive import change_stage
from crm.choices import Stage
from crm.models import Attachment, Contact, ContactPoint, Customer, Interaction, Segment, Task
from crm.ownership import reassign
from retention.demo.founding import MARK, found, plant_stories, quiet_corners
from retention.demo.habits import PROMISED
from retention.demo.people import Staff, hire
from retention.demo.simulation import Simulation
from retention.measuring import write_weeks
from retention.models import AttentionPolicy, DailySnapshot
from retention.snapshots import rebuild

#: Two years before today; the seed makes each run the same but for its dates.
DAYS, SEED = 730, 20261124


#: The heartbeat that says that a demo was built to its end.
BUILT = "demo.built"


def is_built() -> bool:
    """Whether a whole demo is there."""
    return Heartbeat.objects.filter(name=BUILT).exists()


@dataclass(frozen=True)
class Built:
    staff: Staff
    customers: int
    interactions: int


def build(now: dt.datetime, *, days: int = DAYS, progress: Callable[[float], None] | None = None) -> Built:
    """Simulate `days` days until `now`; what a build that was cut off left is removed first.

    Raises ValueError when a whole demo is there already.
    """
    if is_built():
        raise ValueError("The demo is here already; delete it first.")
    delete()
    # The mornings of those who work here lie ahead: the demo's past is not theirs, and mails them nothing.
    ensure_mornings(now)
    source = random.Random(SEED)
    end = now.replace(second=0, microsecond=0)
    start = (end - dt.timedelta(days=days)).replace(hour=5, minute=0)
    staff = hire(now.date(), start)
    simulation = Simulation(staff, source, end)
    found(simulation, start, end)
    if days > 200:
        plant_stories(simulation, end)
    simulation.at(end - dt.timedelta(days=20), lambda at: _settle(simulation, at))

    def tick(at: dt.datetime) -> None:
        if progress is not None:
            progress((at - start) / (end - start))

    simulation.run(start, end, tick)
    _date_history()
    rebuild(start.date(), end.date(), end)
    write_weeks(end)
    beat(BUILT, end)
    demo = Customer.objects.filter(is_demo=True)
    return Built(staff, demo.count(), Interaction.objects.filter(customer__in=demo).count())


def _settle(simulation: Simulation, now: dt.datetime) -> None:
    """Three want no follow-up, three have departed, three wait in their team's queue."""
    supervisors = {team.pk: simulation.staff.supervisor(name) for name, team in simulation.staff.teams.items()}
    for number, client in enumerate(quiet_corners(simulation, now)):
        customer = client.customer
        actor = supervisors[customer.team_id or 0]
        if number % 3 == 0:
            review = now.date() + dt.timedelta(days=200)
            stop_follow_up(
                customer, reason="Solo quieren que atendamos cuando llaman", review_on=review, actor=actor, now=now
            )
            client.silent = True
        elif number % 3 == 1:
            change_stage(customer, Stage.DEPARTED, actor=actor, now=now)
            client.silent = True
        else:
            reassign(Customer.objects.one(customer.pk), owner=None, actor=actor, now=now)


def _date_history() -> None:
    """The history was written now, of what happened then: it gets the dates of what it is about."""
    demo = Customer.objects.filter(is_demo=True).values("pk")
    Customer.history.model.objects.filter(id__in=demo, history_type="+").update(history_date=F("added_at"))
    Interaction.history.model.objects.filter(customer__in=demo).update(history_date=F("entered_at"))
    Task.history.model.objects.filter(customer__in=demo, history_type="+").update(history_date=F("created_at"))
    Task.history.model.objects.filter(customer__in=demo, done_at__isnull=False).update(history_date=F("done_at"))


@transaction.atomic
def delete() -> int:
    """Remove the demo with everything of it; returns how many clients went."""
    demo = Customer.objects.filter(is_demo=True)
    Heartbeat.objects.filter(name=BUILT).delete()
    ids = list(demo.values_list("pk", flat=True))
    for model in (Interaction, Task, Contact, ContactPoint, Attachment):
        model.history.model.objects.filter(customer__in=ids).delete()
    Customer.history.model.objects.filter(id__in=ids).delete()
    demo.delete()
    people = User.objects.filter(is_demo=True)
    people.delete()
    calendars = list(Calendar.objects.filter(teams__is_demo=True).values_list("pk", flat=True))
    DailySnapshot.objects.filter(calendar__in=calendars).delete()
    Team.objects.filter(is_demo=True).delete()
    Calendar.objects.filter(pk__in=calendars).delete()
    AttentionPolicy.objects.filter(reason=MARK).delete()
    Segment.objects.filter(name__in=PROMISED, customers__isnull=True, policies__isnull=True).delete()
    return len(ids)
