"""The firm of the run: people, clients, and a promise to each of them that passes again each round."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.calendar_build import rebuild
from accounts.models import Membership, Team, User, WeeklySpan
from accounts.models.user import Role
from accounts.setup import ensure_defaults
from crm.choices import Channel, CountsAs, Direction, Outcome
from crm.events import Change, facts_changed, lock_clocks
from crm.models import Customer, Interaction
from crm.search import reindex

#: Clients of one person, and people of one team.
CLIENTS_EACH, TEAM = 25, 20
#: One client in so many is key: told at once, beyond the five of a morning.
KEY = 5
#: Days ago that the first attention of everybody lies; each wave's is half a day later, and still too long ago.
LONG_AGO, LATER = 120, 0.5
CHUNK = 1000


@dataclass
class Firm:
    """Who there is, by number."""

    customers: list[int]
    administrator: User
    zone: dt.tzinfo
    refused_person: str
    began: dt.datetime
    waves: int = 0
    """How often everybody's promise has passed."""


def build(customers: int, now: dt.datetime) -> Firm:
    """Fill an empty database with a firm that is open day and night."""
    default = ensure_defaults(today=now.date())
    calendar = default.calendar
    calendar.weekly_spans.all().delete()
    WeeklySpan.objects.bulk_create(
        WeeklySpan(calendar=calendar, weekday=day, opens=dt.time(0), closes=dt.time(23, 59, 59)) for day in range(7)
    )
    calendar.country = ""
    calendar.save()
    rebuild(calendar, today=now.date())
    people = _people(max(2, customers // CLIENTS_EACH), now)
    added = now - dt.timedelta(days=LONG_AGO + 10)
    Customer.objects.bulk_create(
        [
            Customer(
                name=f"Cliente {number}",
                owner_id=people[number % len(people)][0],
                team_id=people[number % len(people)][1],
                annual_value=1000 + number,
                currency="EUR",
                key=number % KEY == 0,
                added_at=added,
                added_on=added.date(),
            )
            for number in range(customers)
        ],
        batch_size=CHUNK,
    )
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    reindex(ids)
    eva = User.objects.create(email="eva@faults.example", name="Eva", role=Role.ADMINISTRATOR, first_signed_in_at=added)
    refused = User.objects.get(pk=people[0][0]).email
    return Firm(ids, eva, calendar.tz, refused, now)


def _people(count: int, now: dt.datetime) -> list[tuple[int, int]]:
    """So many owners with their team; each team has a supervisor beside them."""
    default, found = ensure_defaults(), []
    joined = now - dt.timedelta(days=400)
    for number in range(count):
        if number % TEAM == 0:
            team = Team.objects.create(name=f"Team {number // TEAM}", calendar=default.calendar)
            _person(f"s{number // TEAM}", Role.SUPERVISOR, team, joined)
        found.append((_person(f"p{number}", Role.MANAGER, team, joined).pk, team.pk))
    return found


def _person(name: str, role: str, team: Team, joined: dt.datetime) -> User:
    user = User.objects.create(email=f"{name}@faults.example", name=name, role=role, first_signed_in_at=joined)
    Membership.objects.create(user=user, team=team, is_primary=True, supervises=role == Role.SUPERVISOR)
    return user


def let_all_fall_due(firm: Firm, now: dt.datetime) -> None:
    """Log an attention of long ago for everybody: what was open is met by it, and its own promise has passed too."""
    day = firm.began - dt.timedelta(days=LONG_AGO) + dt.timedelta(days=LATER * firm.waves)
    firm.waves += 1
    for start in range(0, len(firm.customers), CHUNK):
        ids = firm.customers[start : start + CHUNK]
        with transaction.atomic():
            lock_clocks(Customer.objects.filter(pk__in=ids))
            Interaction.objects.bulk_create(
                [_attention(pk, day.replace(microsecond=0) + dt.timedelta(seconds=pk % 3600), firm, now) for pk in ids],
                batch_size=CHUNK,
            )
            facts_changed(Customer.objects.filter(pk__in=ids), change=Change("import"), now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _attention(customer: int, at: dt.datetime, firm: Firm, now: dt.datetime) -> Interaction:
    return Interaction(
        customer_id=customer,
        channel=Channel.CALL,
        direction=Direction.OUT,
        outcome=Outcome.REACHED,
        at=at,
        counts_as=CountsAs.ATTENTION,
        counts_at=at,
        local_date=at.astimezone(firm.zone).date(),
        entered_at=now.replace(microsecond=0),
        entered_by=firm.administrator,
        by=firm.administrator,
        summary="Todo en orden.",
    )
