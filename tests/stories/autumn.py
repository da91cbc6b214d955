"""Five weeks of a firm with teams in Madrid and Bogotá: the clocks go back in Europe, Madrid has a holiday of its own,
two are away, one leaves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import time_machine

from accounts import absences
from accounts.calendar_build import rebuild
from accounts.models import Absence, Calendar, CalendarException, Team, User
from alerts.actions import dismiss, snooze
from alerts.models import Alert
from alerts.reassign import reassign
from crm.choices import Channel, Direction, Outcome
from crm.events import Change, facts_changed
from crm.log import Entry, log_interaction
from crm.models import Contact, ContactPoint, Customer, Task
from crm.tasks import mark_done, plan_task
from tests.cast import Cast
from tests.stories.clockwork import Clockwork

MADRID, BOGOTA = ZoneInfo("Europe/Madrid"), ZoneInfo("America/Bogota")
#: Sunday evening before the first morning, and the end of the last day.
BEGINS = dt.datetime(2026, 10, 11, 20, tzinfo=MADRID)
ENDS = dt.datetime(2026, 11, 13, 23, tzinfo=MADRID)
TODAY = dt.date(2026, 10, 11)
#: A promise is for that day.
FRIDAY = dt.date(2026, 10, 23)


def at(text: str, zone: ZoneInfo = MADRID) -> dt.datetime:
    """An instant of 2026 on the wall clock of a zone: '10-26 09:30'."""
    return dt.datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(dt.UTC)


@dataclass
class Firm:
    """The people, and the clock that moves."""

    cast: Cast
    clock: Clockwork

    def client(self, name: str, owner: User, team: Team, last: str, person: str, **fields: object) -> Customer:
        """A client whom their owner last called on a date of 2026, at noon."""
        added = at("03-02 10:00")
        with time_machine.travel(added, tick=False):
            made = Customer.objects.create(
                name=name, owner=owner, team=team, added_at=added, added_on=added.date(), **fields
            )
            facts_changed(Customer.objects.filter(pk=made.pk), change=Change(cause="person"), now=added)
            contact = Contact.objects.create(customer=made, name=person, influence="decides")
            ContactPoint.objects.create(customer=made, contact=contact, kind="phone", value="+34954550188")
        self.call(made, owner, at(f"{last} 12:00"))
        return made

    def call(
        self, customer: Customer, by: User, when: dt.datetime, outcome: str = Outcome.REACHED, direction: str = "out"
    ) -> None:
        """Log a call as it happens."""
        entry = Entry(
            customer=customer, outcome=Outcome(outcome), channel=Channel.CALL, direction=Direction(direction), at=when
        )
        with time_machine.travel(when, tick=False):
            log_interaction(entry, actor=User.objects.get(pk=by.pk), now=when)

    def calls(self, customer: Customer, by: User, when: dt.datetime, outcome: str = Outcome.REACHED) -> None:
        self.clock.at(when, lambda now: self.call(customer, by, now, outcome))

    def rings(self, customer: Customer, heard_by: User, when: dt.datetime) -> None:
        """A client calls, and nobody is there."""
        self.clock.at(when, lambda now: self.call(customer, heard_by, now, Outcome.MISSED, "in"))

    def alert(self, customer: Customer) -> Alert:
        return Alert.objects.open().get(customer=customer, family="silence")


def play(cast: Cast) -> Clockwork:
    """Build the firm and let the five weeks pass."""
    firm = Firm(cast, Clockwork(BEGINS.astimezone(dt.UTC)))
    with time_machine.travel(at("03-01 10:00"), tick=False):
        _set_up(cast)
    _iberia(firm)
    _andes(firm)
    _away(firm)
    _leaves(firm)
    firm.clock.run(ENDS.astimezone(dt.UTC))
    return firm.clock


def _set_up(cast: Cast) -> None:
    User.objects.filter(pk__in=[cast.carla.pk, cast.diego.pk]).update(language="es")
    User.objects.filter(pk=cast.bruno.pk).update(digest_hour=dt.time(8, 30))
    # Of the city only: the country's holidays (12 October in both, 2 November in Colombia) are known.
    CalendarException.objects.create(calendar=cast.madrid, date=dt.date(2026, 11, 9), name="La Almudena")
    rebuild(Calendar.objects.get(pk=cast.madrid.pk), today=TODAY)


def _iberia(firm: Firm) -> None:
    ana, bruno, iberia = firm.cast.ana, firm.cast.bruno, firm.cast.iberia
    # Nobody ever calls: it climbs to Carla and, in her weekly mail only, to Eva.
    firm.client("Ferretería Solís", ana, iberia, "09-11", "Julián Solís", annual_value=12000, currency="EUR")
    # Told in the morning, called the day after.
    prisma = firm.client("Óptica Prisma", ana, iberia, "09-20", "Berta Gil")
    firm.calls(prisma, ana, at("10-21 10:30"))
    # The first working day of winter time: a missed call, answered after its due.
    hotel = firm.client("Hotel Rías", ana, iberia, "10-09", "Uxía Rey")
    firm.rings(hotel, bruno, at("10-26 10:00"))
    firm.calls(hotel, ana, at("10-26 16:20"))
    # A key client is told at once, when they fall due.
    key = firm.client("Clínica Mirador", ana, iberia, "09-28", "Dra. Soto", key=True)
    firm.calls(key, ana, at("10-29 12:00"))
    # A promise: in the mail of its morning, then late.
    _promise(firm, prisma, ana)
    # Snoozed for a day, tried in vain, reached.
    taller = firm.client("Taller Norte", bruno, iberia, "09-25", "Iker Sanz")
    firm.clock.at(at("10-27 09:40"), lambda now: snooze(firm.alert(taller), days=1, actor=bruno, now=now))
    firm.calls(taller, bruno, at("10-28 11:00"), Outcome.NO_ANSWER)
    firm.calls(taller, bruno, at("10-30 11:00"))
    # Accepted for now: Carla is told of it.
    viveros = firm.client("Viveros Alba", bruno, iberia, "09-15", "Alba Pons")
    firm.clock.at(
        at("10-19 09:30"),
        lambda now: dismiss(firm.alert(viveros), reason="Closed for the season", actor=bruno, now=now),
    )


def _promise(firm: Firm, customer: Customer, owner: User) -> None:
    def plan(now: dt.datetime) -> None:
        plan_task(
            customer,
            title="Send the prices",
            due_on=FRIDAY,
            promised=True,
            channel="",
            actor=owner,
            now=now,
        )

    firm.clock.at(at("10-21 10:35"), plan)
    firm.clock.at(at("10-26 11:00"), lambda now: mark_done(Task.objects.get(customer=customer), actor=owner, now=now))


def _andes(firm: Firm) -> None:
    diego, andes = firm.cast.diego, firm.cast.andes
    # Seventeen at once: five a morning, the others wait their turn.
    estates = [firm.client(f"Finca {n:02}", diego, andes, f"08-{n + 1:02}", "Rosa León") for n in range(1, 18)]
    for n, estate in enumerate(estates):
        firm.calls(estate, diego, at(f"10-{13 + n // 5} {14 + n % 5}:15", BOGOTA))
    cafe = firm.client("Café Sierra", diego, andes, "10-01", "Luz Marín")
    firm.calls(cafe, diego, at("11-05 10:00", BOGOTA))
    # Missed while Diego is away without cover: the queue's supervisor is told.
    ferro = firm.client("Ferro Andes", diego, andes, "10-05", "Ciro Paz")
    firm.rings(ferro, firm.cast.fatima, at("10-20 09:20", BOGOTA))
    firm.calls(ferro, firm.cast.fatima, at("10-20 11:40", BOGOTA))


def _away(firm: Firm) -> None:
    cast = firm.cast

    def away(user: User, cover: User | None, first: dt.datetime, last: dt.datetime) -> None:
        absences.save(Absence(user=user, cover=cover, starts_at=first, ends_at=last), actor=user)

    monday, thursday = at("10-19 00:00", BOGOTA), at("10-22 00:00", BOGOTA)
    firm.clock.at(at("10-15 16:00", BOGOTA), lambda now: away(cast.diego, None, monday, thursday))
    firm.clock.at(at("10-27 12:00"), lambda now: away(cast.ana, cast.bruno, at("11-02 00:00"), at("11-06 00:00")))
    # While Ana is away her client calls and nobody is there: Bruno is told.
    bodega = firm.client("Bodegas Lar", cast.ana, cast.iberia, "10-08", "Noa Lar")
    firm.rings(bodega, cast.carla, at("11-03 12:00"))
    firm.calls(bodega, cast.bruno, at("11-03 13:10"))


def _leaves(firm: Firm) -> None:
    """Bruno leaves: Carla gives his clients to Ana, one of them with something open."""
    cast = firm.cast
    firm.client("Imprenta Sol", cast.bruno, cast.iberia, "10-04", "Eva Sol")

    def leave(now: dt.datetime) -> None:
        theirs = Customer.objects.filter(owner=cast.bruno)
        reassign(theirs, owner=cast.ana, actor=User.objects.get(pk=cast.carla.pk), now=now)
        bruno = User.objects.get(pk=cast.bruno.pk)
        bruno.is_active = False
        bruno.save()

    firm.clock.at(at("11-06 13:00"), leave)
