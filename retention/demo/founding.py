"""Who is served in the demo, since when, with which people and promises; and the two planted stories of neglect."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

from crm.archive import change_stage
from crm.choices import Channel, CustomerKind, Direction, LoyaltyKind, Outcome, Stage
from crm.models import Customer, Segment
from crm.profile import Extras, FirstContact, create_customer, save_contact
from retention.demo.firms import Firm, firms
from retention.demo.habits import PROMISED, Client, Touch
from retention.demo.people import PEOPLE
from retention.demo.simulation import Act, Simulation
from retention.demo.words import CARE
from retention.policies import Scope, change_policy

#: The reason kept with the demo's own policies, by which they are found again.
MARK = "demo"
#: Clients of each team; together about 250.
SHARES = {"Iberia": 150, "Andes": 100}


def promise(now: dt.datetime) -> dict[str, Segment]:
    """The segments of the firm and what each is promised."""
    segments = {}
    for position, (name, (attention, personal)) in enumerate(PROMISED.items()):
        segment, _created = Segment.objects.get_or_create(name=name, defaults={"position": position})
        segments[name] = segment
        if Scope(segment=segment).current() is None:
            terms: dict[str, object] = {"attention_amount": attention, "personal_amount": personal}
            change_policy(Scope(segment=segment), terms, actor=None, reason=MARK, now=now)
    return segments


def found(simulation: Simulation, start: dt.datetime, end: dt.datetime) -> None:
    """Plan the day on which each client is added: most in the first two months, the others over the two years."""
    source, staff = simulation.source, simulation.staff
    segments = promise(start)
    for team, count in SHARES.items():
        managers = staff.managers(team)
        for number, firm in enumerate(firms(source, team, count)):
            early = number < count * 0.85
            span = max(1, min(55 if early else 10_000, (end - start).days - 8))
            when = simulation.hours[team].on_or_after(start.date() + dt.timedelta(days=source.randint(1, span)))
            owner = source.choice(managers).key
            simulation.at(min(when, end - dt.timedelta(days=2)), _adding(simulation, firm, team, owner, segments))


def _adding(simulation: Simulation, firm: Firm, team: str, owner: str, segments: dict[str, Segment]) -> Act:
    def act(now: dt.datetime) -> None:
        client = _add(simulation, firm, team, owner, segments, now)
        simulation.clients[client.customer.pk] = client
        first = simulation.hours_of(client).within(now, 0, 4)
        simulation.plan_try(client, first)
        simulation.expect_call(client, now)

    return act


def _add(
    simulation: Simulation, firm: Firm, team: str, owner: str, segments: dict[str, Segment], now: dt.datetime
) -> Client:
    source, staff = simulation.source, simulation.staff
    since = now.date() - dt.timedelta(days=source.randint(30, 4200))
    customer = Customer(
        name=firm.name,
        kind=CustomerKind.ORGANISATION,
        segment=segments[firm.segment],
        owner=staff.users[owner],
        team=staff.teams[team],
        stage=source.choices((Stage.CARE, Stage.RETAIN, Stage.LOYAL), (4, 5, 2))[0],
        client_since=since,
        annual_value=firm.value,
        currency=firm.currency,
        renewal_on=simulation.end.date() + dt.timedelta(days=source.randint(12, 700)),
        loyalty=source.choice(LoyaltyKind.values),
        key=firm.segment == "A" and source.random() < 0.2,
        language="es",
        time_zone=firm.zone,
        city=firm.city,
        country=firm.country,
        care_note=source.choice(CARE) if source.random() < 0.5 else "",
        is_demo=True,
    )
    main = firm.people[0]
    first = FirstContact(main.name, main.role, phones=[main.phone], emails=[main.email])
    create_customer(customer, Extras(phones=[main.phone]), first, actor=staff.users[owner], now=now)
    for person in firm.people[1:]:
        contact = customer.contacts.model(
            customer=customer, name=person.name, role=person.role, influence=person.influence
        )
        save_contact(contact, [person.phone], [person.email], [], version=None)
    slips = next(one.slips for one in PEOPLE if one.key == owner)
    contacts = list(customer.contacts.order_by("pk"))
    return Client(
        customer,
        firm,
        staff.users[owner],
        slips,
        contacts,
        reach=source.uniform(0.6, 0.92),
        calls_every=source.randint(60, 170),
        forgets=source.choice((20, 12, 8, 4, 0, 0, -6, -25)),
    )


# --- the planted stories ---------------------------------------------------------------------------------------------


def plant_stories(simulation: Simulation, end: dt.datetime) -> None:
    """Half a year before the end one good client is forgotten; another one gives notice after the same."""
    simulation.at(end - dt.timedelta(days=175), lambda now: _forget(simulation, "Iberia", now, end))
    simulation.at(end - dt.timedelta(days=150), lambda now: _lose(simulation, "Andes", now, end))


def _chosen(simulation: Simulation, team: str) -> Client:
    """A valuable client with a long history, the same at each run."""
    candidates = [
        client
        for client in simulation.clients.values()
        if client.firm.segment == "A" and client.customer.team_id == simulation.staff.teams[team].pk
    ]
    return max(candidates, key=lambda client: (client.firm.value, client.firm.name))


def _forget(simulation: Simulation, team: str, now: dt.datetime, end: dt.datetime) -> None:
    """The person they knew left; three calls came to nothing; then everybody thought that somebody else would."""
    client = _chosen(simulation, team)
    client.silent = True
    for days, words in ((20, "Ya no está la persona de siempre; no contestan."), (24, "Dejo recado."), (33, "")):
        outcome = Outcome.LEFT_MESSAGE if words.startswith("Dejo") else Outcome.NO_ANSWER
        simulation.at(_day(simulation, client, now, days), _logging(simulation, client, outcome, words))
    asked = _day(simulation, client, end, -12)
    missed = Touch(Channel.CALL, Direction.IN, Outcome.MISSED, "")
    simulation.at(asked, lambda at: simulation.log(client, missed, at))


def _lose(simulation: Simulation, team: str, now: dt.datetime, end: dt.datetime) -> None:
    """They called twice and nobody called back; after four months they say that they are leaving."""
    client = _chosen(simulation, team)
    client.silent = True
    missed = Touch(Channel.CALL, Direction.IN, Outcome.MESSAGE_FOR_US, "Pide que le llamemos por los precios.")
    for days in (30, 58):
        simulation.at(_day(simulation, client, now, days), lambda at: simulation.log(client, missed, at))
    supervisor = simulation.staff.supervisor(team)
    goodbye = Touch(
        Channel.CALL, Direction.IN, Outcome.ANSWERED, "Se van: «Nadie nos llamó en cuatro meses».", 14, 1, "no"
    )

    def leave(at: dt.datetime) -> None:
        simulation.log(client, goodbye, at, by=supervisor)
        change_stage(client.customer, Stage.LEAVING, actor=supervisor, now=at)

    simulation.at(_day(simulation, client, now, 122), leave)


def _logging(simulation: Simulation, client: Client, outcome: str, words: str) -> Act:
    touch = Touch(Channel.CALL, Direction.OUT, outcome, words)
    return lambda at: simulation.log(client, touch, at)


def _day(simulation: Simulation, client: Client, now: dt.datetime, days: int) -> dt.datetime:
    hours = simulation.hours_of(client)
    return hours.on_or_after(hours.local(now) + dt.timedelta(days=days))


def quiet_corners(simulation: Simulation, end: dt.datetime) -> Iterator[Client]:
    """Some clients who, near the end, want no follow-up, have left, or wait in the queue."""
    source: random.Random = simulation.source
    usual = [client for client in simulation.clients.values() if not client.silent and client.served_at]
    yield from source.sample(sorted(usual, key=lambda client: client.customer.pk), min(9, len(usual)))
