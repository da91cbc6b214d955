"""The loads: people, clients, contacts and interactions by INSERT … SELECT; clocks and open deadlines by the engine
itself; what was promised, told and counted before by INSERT … SELECT again (bench.past)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from alerts.models import Deadline
from alerts.mornings import ensure_mornings
from alerts.sweep import detect
from bench.filling import fill, step, upto, without_indexes
from bench.past import fill_past
from bench.people import people
from crm.events import Change, facts_changed
from crm.models import Clock, Contact, ContactPoint, Customer, Interaction, Segment, Task
from crm.planner import look_at
from retention.models import AttentionPolicy

#: Raise it when a load is made otherwise: those kept are made anew.
VERSION = 1


@dataclass(frozen=True)
class Scale:
    """How much of everything; `small` is a fifth of `firm`."""

    name: str
    customers: int
    contacts: int
    interactions: int
    users: int


SCALES = {
    "small": Scale("small", 10_000, 20_000, 200_000, 60),
    "firm": Scale("firm", 50_000, 100_000, 1_000_000, 300),
    "scale": Scale("scale", 1_000_000, 2_000_000, 20_000_000, 6_000),
}

#: One client in thirteen has waited longer than 30 days; the others were heard of in the last 27.
LAST = "(CASE WHEN c.id %% 13 = 0 THEN 31 + (c.id * 7) %% 45 ELSE (c.id * 7) %% 27 END)"
#: When the nth contact before the last one was; every sixth, nobody answered.
AT = "(%(now)s::timestamptz - make_interval(days => ({last} + ({n}) * 29)::int, mins => (c.id %% 400)::int))"

_WORDS = "ARRAY['ferreteria','clinica','talleres','notaria','optica','asesoria','bodegas','hotel','colegio','imprenta']"
_NUMBERED = """
(SELECT g, {words}[1 + g %% 10] AS word, (%(owners)s::bigint[])[1 + g %% %(people)s] AS owner,
  (%(teams)s::bigint[])[1 + g %% %(people)s] AS team FROM generate_series(1, %(customers)s) g) rows
""".replace("{words}", f"({_WORDS})")
_CUSTOMER = {
    "id": "g",
    "name": "initcap(word) || ' ' || g",
    "kind": "'organisation'",
    "owner_id": "owner",
    "team_id": "team",
    "stage": "'care'",
    "segment_id": "CASE g %% 20 WHEN 1 THEN %(b)s ELSE CASE WHEN g %% 4 = 0 THEN %(a)s END END::bigint",
    "annual_value": "(g::bigint * 7919) %% 90000 + 1000",
    "currency": "'EUR'",
    "renewal_on": "current_date + ((g * 13) %% 700)::int",
    "key": "g %% 500 = 0",
    "language": "'es'",
    "time_zone": "'Europe/Madrid'",
    "city": "'Madrid'",
    "country": "'ES'",
    "added_at": "%(now)s::timestamptz - interval '700 days'",
    "added_on": "(%(now)s::timestamptz - interval '700 days')::date",
}
_SEARCHED = {
    "name_key": "word || ' ' || g",
    "search_text": "word || ' ' || g || ' | madrid | 34' || (600000000 + g)",
}


def load(scale: Scale, now: dt.datetime) -> None:
    """Fill a database that was just migrated."""
    print(f"load {scale.name}: {scale.customers:,} clients, {scale.interactions:,} interactions", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'")
    owners, teams = people(scale.users)
    segments = [Segment.objects.create(name=name) for name in ("A", "B")]
    AttentionPolicy.objects.create(segment=segments[0], attention_amount=30, valid_from=now - dt.timedelta(days=700))
    values: dict[str, Any] = {
        "now": now, "owners": owners, "teams": teams, "people": len(owners), "customers": scale.customers,
        "a": segments[0].pk, "b": segments[1].pk, "contacts": scale.contacts // scale.customers,
        "interactions": scale.interactions // scale.customers,
    }  # fmt: skip
    step("clients", lambda: _clients(values))
    step("interactions", lambda: _interactions(values))
    step("next steps", lambda: _tasks(values))
    analyze()
    step("clocks and deadlines", lambda: _reckon(scale.customers, now))
    analyze()
    step("open alerts", lambda: detect(now))
    step("what was before", lambda: fill_past(values, AT.replace("{last}", LAST)))
    ensure_mornings(now)
    analyze()


def _clients(values: dict[str, Any]) -> None:
    history = Customer.history.model
    with without_indexes(Customer, Contact, ContactPoint, history):
        fill(Customer, _CUSTOMER | _SEARCHED, _NUMBERED, values)
        upto(Customer, values["customers"])
        same = {column.attname: column.attname for column in Customer._meta.concrete_fields}
        kept = {name for name in same if any(name == field.attname for field in history._meta.concrete_fields)}
        fill(
            history,
            {name: name for name in sorted(kept)} | {"history_date": "added_at", "history_type": "'+'"},
            Customer._meta.db_table,
            values,
        )
        contact = {"customer_id": "c.id", "name": "'Persona ' || c.id || '-' || n", "role": "'Compras'"}
        fill(Contact, contact, "crm_customer c, generate_series(1, %(contacts)s) n", values)
        point = {
            "customer_id": "customer_id",
            "contact_id": "id",
            "kind": "'phone'",
            "value": "'+34' || (600000000 + id)",
        }
        fill(ContactPoint, point, "crm_contact", values)


def _interactions(values: dict[str, Any]) -> None:
    """Oldest first, as they are logged: those of one client lie far apart, as in a firm's own table."""
    count = values["interactions"]
    at = AT.format(last=LAST, n="%(nth)s")
    columns = {
        "id": "(%(count)s - 1 - %(nth)s) * %(customers)s + c.id", "customer_id": "c.id", "channel": "'call'",
        "direction": "'out'",
        "outcome": "CASE WHEN %(nth)s %% 6 = 5 THEN 'no_answer' ELSE 'reached' END", "at": at,
        "summary": "'Todo en orden; vuelvo a llamar el mes que viene.'", "by_id": "owner_id",
        "counts_as": "CASE WHEN %(nth)s %% 6 = 5 THEN 'attempt' ELSE 'attention' END", "counts_at": at,
        "local_date": f"({at} AT TIME ZONE 'Europe/Madrid')::date", "entered_at": at, "entered_by_id": "owner_id",
        "idempotency_key": "gen_random_uuid()",
    }  # fmt: skip
    with without_indexes(Interaction):
        for nth in reversed(range(count)):
            fill(Interaction, columns, "crm_customer c", values | {"nth": nth, "count": count})
        missed = "%(now)s::timestamptz - interval '20 hours'"
        waiting = columns | {
            "id": "%(count)s * %(customers)s + c.id", "direction": "'in'", "outcome": "'missed'",
            "counts_as": "'inbound'", "at": missed, "counts_at": missed, "entered_at": missed,
            "local_date": f"({missed})::date",
        }  # fmt: skip
        fill(Interaction, waiting, "crm_customer c WHERE c.id %% 500 = 7", values | {"count": count, "nth": 0})
        upto(Interaction, (count + 1) * values["customers"])


def _tasks(values: dict[str, Any]) -> None:
    """A next step for every fifth client, promised to every fiftieth; some are past their day."""
    columns = {
        "customer_id": "c.id", "title": "'Enviar la propuesta'", "owner_id": "owner_id", "created_by_id": "owner_id",
        "due_on": "(%(now)s::timestamptz)::date + (c.id %% 33 - 4)::int", "promised": "c.id %% 50 = 0",
        "created_at": "%(now)s::timestamptz - interval '8 days'",
    }  # fmt: skip
    fill(Task, columns, "crm_customer c WHERE c.id %% 5 = 0", values)


def _reckon(customers: int, now: dt.datetime) -> None:
    for number, start in enumerate(range(1, customers + 1, 5000)):
        chunk = Customer.objects.filter(pk__gte=start, pk__lt=start + 5000)
        facts_changed(chunk, change=Change("import"), now=now)
        if number in (0, 3, 20, 80):
            # They grow from nothing: the planner would go on taking them for empty.
            look_at(Clock, Deadline, grown_by=customers)


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
