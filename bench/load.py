"""The loads: users, customers, contacts, interactions in bulk; their clocks and deadlines by the engine itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from accounts.models import Membership, Team, User
from accounts.models.user import Role
from accounts.setup import ensure_defaults
from crm.events import Change, facts_changed
from crm.models import Customer


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
}

_CUSTOMERS = """
INSERT INTO crm_customer (name, kind, owner_id, team_id, stage, annual_value, currency, renewal_on, source, loyalty,
  key, language, time_zone, city, country, website, care_note, custom, is_demo, added_at, added_on, import_source,
  external_id, name_key, search_text, version, changed_at)
SELECT initcap(word) || ' ' || g, 'organisation', owner, team, 'care', (g * 7919) %% 90000 + 1000, 'EUR',
  current_date + ((g * 13) %% 700)::int, '', '', g %% 500 = 0, 'es', 'Europe/Madrid', 'Madrid', 'ES', '', '', '{}',
  false,  %(now)s::timestamptz - interval '700 days', (%(now)s::timestamptz - interval '700 days')::date, '',
  '', word || ' ' || g, word || ' ' || g || ' | madrid | 34' || (600000000 + g), 1, %(now)s
FROM (SELECT g, (ARRAY['ferreteria','clinica','talleres','notaria','optica','asesoria','bodegas','hotel','colegio',
  'imprenta'])[1 + g %% 10] AS word, (%(owners)s::bigint[])[1 + g %% %(people)s] AS owner,
  (%(teams)s::bigint[])[1 + g %% %(people)s] AS team FROM generate_series(1, %(customers)s) g) rows
"""
_CONTACTS = """
INSERT INTO crm_contact (customer_id, name, addressed_as, role, influence, preferred_channel, preferred_hours, stance,
  stance_why, personal_notes, import_source, external_id, version, changed_at)
SELECT id, 'Persona ' || id || '-' || n, '', 'Compras', '', '', '', '', '', '', '', '', 1, %(now)s
FROM crm_customer, generate_series(1, %(each)s) n
"""
_POINTS = """
INSERT INTO crm_contactpoint (customer_id, contact_id, kind, value, label, position)
SELECT customer_id, id, 'phone', '+34' || (600000000 + id), '', 0 FROM crm_contact
"""
_INTERACTIONS = """
INSERT INTO crm_interaction (customer_id, channel, direction, outcome, at, summary, with_whom, solved, mass, by_id,
  counts_as, counts_at, local_date, entered_at, entered_by_id, idempotency_key, undone, import_source, external_id,
  version)
SELECT id, 'call', 'out', outcome, at, 'Todo en orden; vuelvo a llamar el mes que viene.', '', '', false, owner_id,
  counts_as, at, (at AT TIME ZONE 'Europe/Madrid')::date, at, owner_id, gen_random_uuid(), false, '', '', 1
FROM (SELECT c.id, c.owner_id,
  CASE WHEN n %% 6 = 5 THEN 'no_answer' ELSE 'reached' END AS outcome,
  CASE WHEN n %% 6 = 5 THEN 'attempt' ELSE 'attention' END AS counts_as,
  date_trunc('second', %(now)s::timestamptz)
    - make_interval(days => ((c.id * 7) %% 27 + n * 31)::int, mins => (c.id %% 400)::int) AS at
  FROM crm_customer c, generate_series(0, %(each)s - 1) n) rows
"""


def load(scale: Scale, now: dt.datetime) -> None:
    """Fill an empty database; a filled one is kept as it is."""
    if Customer.objects.count() >= scale.customers:
        return
    owners, teams = _people(scale.users)
    values = {
        "now": now,
        "owners": owners,
        "teams": teams,
        "people": len(owners),
        "customers": scale.customers,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, values)
        cursor.execute(_CONTACTS, {"now": now, "each": scale.contacts // scale.customers})
        cursor.execute(_POINTS)
        cursor.execute(_INTERACTIONS, {"now": now, "each": scale.interactions // scale.customers})
        cursor.execute("ANALYZE")
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), 5000):
        chunk = Customer.objects.filter(pk__gte=ids[start], pk__lte=ids[min(start + 4999, len(ids) - 1)])
        facts_changed(chunk, change=Change("import"), now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _people(count: int) -> tuple[list[int], list[int]]:
    """Users in teams of twenty, each with a supervisor. Returns owners and, beside each, the team."""
    default = ensure_defaults()
    owners, teams = [], []
    joined = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    for number in range(max(1, count // 20)):
        team = Team.objects.create(name=f"Team {number}", calendar=default.calendar)
        for place in range(20):
            email = f"person{number}-{place}@bench.example"
            role = Role.SUPERVISOR if place == 0 else Role.MANAGER
            user = User.objects.create(
                email=email, name=f"Person {number}-{place}", role=role, first_signed_in_at=joined
            )
            Membership.objects.create(user=user, team=team, is_primary=True, supervises=place == 0)
            if place:
                owners.append(user.pk)
                teams.append(team.pk)
    return owners, teams
