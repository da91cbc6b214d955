"""A firm to look at: clients in every state and with every mark, alerts on every rung, mails, promises, an absence.

Its words are names and Spanish, so that English that was forgotten in a page stands out.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Absence, Team, User
from alerts import actions
from alerts.choices import DeliveryState, EventKind, Purpose, Rung
from alerts.mail.tokens import Act, address_of, lines_address, token_of
from alerts.models import Alert, AlertEvent, Delivery, DeliveryItem
from alerts.sweep import run_sweep
from crm.choices import CountsAs, Outcome
from crm.events import Change, facts_changed
from crm.models import Attachment, Contact, ContactPoint, Customer, Interaction, Note, Segment, Tag
from crm.search import reindex
from crm.tasks import plan_task
from retention.measuring import write_weeks
from tests.cast import Cast
from tests.portfolio import MADRID, NOW, client_of, logged, person_at, tell

TODAY = NOW.date()
FIRST = dt.datetime(2025, 3, 3, 10, tzinfo=MADRID)
_numbers = itertools.count(100_000)


@dataclass
class Scene:
    """What pages are opened for."""

    customer: Customer
    alert: Alert
    mail: Delivery
    others: list[Customer] = field(default_factory=list)

    def links(self) -> list[str]:
        """The links of the mail, and one that nobody was sent."""
        about = {"delivery": self.mail.pk, "reader": self.mail.to_user_id or 0, "alert": self.alert.pk}
        acts = [address_of(act, token_of(act, **about)) for act in Act]
        lines = lines_address(delivery=self.mail.pk, reader=self.mail.to_user_id or 0)
        return [*acts, lines, address_of(Act.CALL, "forged")]


def crowd(
    owner: User | None, team: Team, names: Iterable[str], *, by: User, days: tuple[int, ...] = (41,), **fields: Any
) -> list[Customer]:
    """Many clients at once, each with a person, a phone and one call so many days ago (the numbers go round)."""
    made = [
        Customer.objects.create(
            name=name, owner=owner, team=team, added_at=FIRST, added_on=FIRST.date(), city="Sevilla", **fields
        )
        for name in names
    ]
    people = Contact.objects.bulk_create([Contact(customer=one, name=f"Julián {one.name[:60]}") for one in made])
    ContactPoint.objects.bulk_create(
        ContactPoint(customer=one, contact=person, kind="phone", value=f"+34954{next(_numbers)}")
        for one, person in zip(made, people, strict=True)
    )
    Interaction.objects.bulk_create(
        _call(one, NOW - dt.timedelta(days=ago), by) for one, ago in zip(made, itertools.cycle(days), strict=False)
    )
    rows = Customer.objects.filter(pk__in=[one.pk for one in made])
    facts_changed(rows, change=Change(cause="person"), now=NOW)
    reindex([one.pk for one in made])
    return made


def _call(customer: Customer, at: dt.datetime, by: User) -> Interaction:
    return Interaction(
        customer=customer, channel="call", direction="out", outcome=Outcome.REACHED, at=at, by=by, entered_by=by,
        counts_as=CountsAs.ATTENTION, counts_at=at, local_date=at.date(), summary="Hablamos del pedido.", sentiment=4,
    )  # fmt: skip


def admit(*, rung: int = Rung.OWNER, **filters: Any) -> list[Alert]:
    """Let the alerts that are open be told already, as after so many mornings."""
    alerts = Alert.objects.filter(closed_at=None, **filters)
    alerts.update(admitted_at=NOW, rung=rung, rung_at=NOW, reached_at=NOW)
    return list(alerts)


def mails(to: User, alerts: list[Alert], **fields: Any) -> list[Delivery]:
    """A sent mail about each alert."""
    columns = {"state": DeliveryState.SENT, "settled_at": NOW, "handed_at": NOW} | fields
    made = Delivery.objects.bulk_create(
        Delivery(
            to_user=to, to_address=to.email, purpose=Purpose.SINGLE, window_at=NOW, next_try_at=NOW, attempts=1,
            subject=one.customer.name, html_body="<p>Hola</p>", **columns,
        )
        for one in alerts
    )  # fmt: skip
    events = AlertEvent.objects.bulk_create(
        AlertEvent(alert=one, kind=EventKind.ADMITTED, at=NOW, rung=Rung.OWNER, tell=True, told_at=NOW)
        for one in alerts
    )
    items = zip(made, events, strict=True)
    DeliveryItem.objects.bulk_create(DeliveryItem(delivery=mail, event=event, recipient=to) for mail, event in items)
    return made


def busy_page(customer: Customer, by: User, n: int) -> None:
    """So many of everything that the page of one client lists."""
    Interaction.objects.bulk_create(_call(customer, NOW - dt.timedelta(days=60, hours=i), by) for i in range(n))
    Note.objects.bulk_create(
        Note(customer=customer, text=f"Nota {i}", at=NOW - dt.timedelta(days=61, hours=i), by=by) for i in range(n)
    )
    papers(customer, by, n)
    for i in range(n):
        person = person_at(customer, f"Clara Ruiz {i}", f"+34911{next(_numbers)}")
        Contact.objects.filter(pk=person.pk).update(birthday=dt.date(1980, 12, 1))
        plan(customer, by, f"Paso {i}", days=i % 9)


def papers(customer: Customer, by: User, n: int) -> None:
    """Files, every other one beside a contact made, every third removed. Their contents are nowhere."""
    made = Interaction.objects.filter(customer=customer).order_by("-pk")[:n]
    calls = itertools.cycle([*made, None] if n > 1 else made)
    Attachment.objects.bulk_create(
        Attachment(
            customer=customer, interaction=next(calls), title=f"Plano {i}.pdf", key=f"{next(_numbers)}/{i}", kind="pdf",
            size=48_000 + i, sha256="", added_at=NOW - dt.timedelta(days=i), added_by=by,
            removed_at=NOW if i % 3 == 2 else None, removed_by=by if i % 3 == 2 else None,
        )
        for i in range(n)
    )  # fmt: skip


def plan(customer: Customer, by: User, title: str, *, days: int, promised: bool = True) -> None:
    due = TODAY + dt.timedelta(days=days)
    plan_task(customer, title=title, due_on=due, promised=promised, channel="call", actor=by, now=NOW)


def rich(cast: Cast) -> Scene:
    """Small and full of variety."""
    gold, _made = Segment.objects.get_or_create(name="Oro", defaults={"position": 1})
    main = client_of(
        cast.ana, "Ferretería Solís", cast.iberia, added="02-02 10:00", phone="+34954550188", city="Sevilla",
        country="ES", segment=gold, annual_value=12_000, currency="EUR", key=True, care_note="Llamar temprano.",
        website="https://solis.example", renewal_on=TODAY + dt.timedelta(days=30), time_zone="America/Bogota",
        source="Feria", custom={"Talla": "44"}, client_since=dt.date(2019, 5, 2), loyalty="captive",
    )  # fmt: skip
    main.tags.add(Tag.objects.get_or_create(name="mayorista")[0])
    against = person_at(main, "Julián Solís", "+34954550189")
    Contact.objects.filter(pk=against.pk).update(
        stance="against", stance_why="Una entrega tarde.", influence="decides", birthday=dt.date(1971, 11, 26),
        addressed_as="don Julián", role="Gerente", preferred_channel="call", preferred_hours="9–11",
        personal_notes="Le gusta el mar.",
    )  # fmt: skip
    logged(main, cast.ana, "10-01 11:00", summary="Perdieron un cliente por la entrega.", sentiment=2)
    logged(main, cast.bruno, "11-20 12:00", Outcome.NO_ANSWER)
    Note.objects.create(customer=main, text="Se mudan.", at=NOW - dt.timedelta(days=9), by=cast.ana)
    papers(main, cast.ana, 3)
    others = _others(cast)
    run_sweep(NOW)
    scene = Scene(main, *_alerts_and_mails(cast, main, others), others)
    write_weeks(NOW)
    return scene


def _others(cast: Cast) -> list[Customer]:
    """One client for each state and mark that a row can have."""
    ana, by = cast.ana, {"by": cast.ana}
    overdue = crowd(ana, cast.iberia, [f"Taller Overa {i}" for i in range(6)], days=(44, 60, 95), **by)
    soon = crowd(ana, cast.iberia, ["Óptica Prisma"], days=(26,), **by)
    fine = crowd(
        ana, cast.iberia, ["Hotel Rías", "Clínica Mirador"], days=(3, 7), annual_value=900, currency="USD", **by
    )
    queue = crowd(None, cast.iberia, ["Bodega Luna", "Gestoría Vega"], days=(50,), **by)
    crowd(cast.bruno, cast.iberia, ["Panadería Alba", "Librería Norte"], days=(45, 5), by=cast.bruno)
    crowd(cast.diego, cast.andes, ["Cafetal Andino"], days=(45,), by=cast.diego)
    never = client_of(ana, "Imprenta Duero", cast.iberia, added="08-03 10:00")
    leaving = client_of(ana, "Muebles Tajo", cast.iberia, stage="leaving")
    archived = client_of(ana, "Viveros Miño", cast.iberia, archived_at=NOW)
    silent = overdue[0]
    for day in ("11-19 10:00", "11-20 10:00", "11-23 10:00"):
        logged(silent, ana, day, Outcome.NO_ANSWER)
    logged(fine[1], ana, "11-23 17:00", Outcome.MISSED, direction="in")
    plan(fine[0], ana, "Enviar la oferta", days=0)
    plan(soon[0], ana, "Preguntar por la obra", days=-1)
    plan(queue[0], ana, "Llamar a Luna", days=3, promised=False)
    Absence.objects.create(
        user=cast.bruno, cover=ana, starts_at=NOW - dt.timedelta(days=1), ends_at=NOW + dt.timedelta(days=6)
    )
    for row in (never, leaving, archived):
        tell(row, NOW)
    return [*overdue, *soon, *fine, *queue, never, leaving, archived]


def _alerts_and_mails(cast: Cast, main: Customer, others: list[Customer]) -> tuple[Alert, Delivery]:
    told = admit(family="silence", customer__owner__in=[cast.ana, cast.bruno, None])
    mine = [one for one in told if one.customer.owner_id == cast.ana.pk and one.customer_id != main.pk]
    Alert.objects.filter(pk=mine[0].pk).update(rung=Rung.SUPERVISOR)
    Alert.objects.filter(pk=mine[1].pk).update(rung=Rung.ADMINISTRATORS)
    actions.snooze(mine[2], days=3, actor=cast.ana, now=NOW)
    actions.dismiss(mine[3], reason="Cierran en invierno.", actor=cast.ana, now=NOW)
    actions.acknowledge(mine[4], actor=cast.ana, now=NOW)
    alert = next(one for one in told if one.customer_id == main.pk)
    sent = mails(cast.ana, [alert, *mine[:2]])
    mails(cast.ana, mine[2:3], state=DeliveryState.REFUSED, reason="refused by their server", last_error="550 no")
    mails(cast.ana, mine[3:4], state=DeliveryState.PLANNED, settled_at=None, handed_at=None)
    mails(cast.carla, mine[:2])
    closed = next(one for one in others if one.name == "Taller Overa 5")
    logged(closed, cast.ana, "11-24 09:00")
    return Alert.objects.get(pk=alert.pk), sent[0]


def overfull(cast: Cast) -> Scene:
    """300 clients of one owner, names as long as they may be in life."""
    long = "Construcciones Hermanos Fernández de Villavicencio y Compañía del Guadalquivir"
    names = [f"{long} {i}"[:80] for i in range(300)]
    made = crowd(
        cast.ana, cast.iberia, names, by=cast.ana, days=(41, 60, 26, 3, 95), annual_value=9_999_999, currency="EUR"
    )
    run_sweep(NOW)
    told = admit(family="silence")
    sent = mails(cast.ana, told[:60])
    busy_page(made[0], cast.ana, 30)
    return Scene(made[0], told[0], sent[0], made[1:])
