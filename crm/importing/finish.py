"""What an import settles at its end, in sets."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, OuterRef, Q, Subquery

from crm.choices import FELT
from crm.importing.context import Context
from crm.importing.history import keep_history
from crm.models import Contact, ContactPoint, Customer, Interaction

_PLACES = """
UPDATE crm_customer SET import_k = place.k, import_n = place.n
FROM (
    SELECT id, row_number() OVER own AS k, count(*) OVER (PARTITION BY owner_id, team_id) AS n
    FROM crm_customer c
    WHERE import_source <> '' AND import_k IS NULL AND archived_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM crm_clock WHERE customer_id = c.id)
    WINDOW own AS (PARTITION BY owner_id, team_id ORDER BY id)
) AS place
WHERE place.id = crm_customer.id
"""
# The place is part of how the customer came: their first state says it too.
_FIRST_STATES = """
UPDATE crm_historicalcustomer SET import_k = c.import_k, import_n = c.import_n
FROM crm_customer c
WHERE c.id = crm_historicalcustomer.id AND crm_historicalcustomer.history_type = '+'
  AND c.import_k IS NOT NULL AND crm_historicalcustomer.import_k IS NULL
  AND NOT EXISTS (SELECT 1 FROM crm_clock WHERE customer_id = c.id)
"""


def date_never_contacted() -> None:
    """T8: number the customers that an import brought (they have no clock yet), per owner by id: the kth of n."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PLACES)
        cursor.execute(_FIRST_STATES)


def refresh_statistics() -> None:
    """After thousands of new rows the planner has to know of them before the recompute (PostgreSQL)."""
    if connection.vendor == "postgresql":
        tables = {
            Customer._meta.db_table,
            *(one.related_model._meta.db_table for one in Customer._meta.related_objects),
        }
        with connection.cursor() as cursor:
            for table in sorted(tables):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def recompute_people(ids: Collection[int]) -> None:
    """The last attention of each person, from the interactions that they took part in."""
    ordered = sorted(ids)
    felt = (
        Interaction.objects.filter(participants=OuterRef("pk"), deleted_at__isnull=True, counts_as__in=FELT)
        .order_by()
        .values("participants")
        .annotate(last=Max("counts_at"))
        .values("last")
    )
    for start in range(0, len(ordered), 2000):
        Contact.objects.filter(pk__in=ordered[start : start + 2000]).update(last_attention_at=Subquery(felt))


def mark_wrong_addresses(wrong: dict[tuple[int, int | None, str], datetime], context: Context) -> None:
    """Mark the first address of each that proved wrong, unless the person was reached afterwards."""
    keys = sorted(wrong, key=lambda key: (key[0], key[1] or 0, key[2]))
    for start in range(0, len(keys), 1000):
        part = keys[start : start + 1000]
        first: dict[tuple[int, int | None, str], Any] = {}
        people = Q(contact__in=[person for _customer, person, _kind in part if person])
        firms = Q(contact__isnull=True, customer__in=[customer for customer, person, _kind in part if person is None])
        points = ContactPoint.objects.filter(people | firms).select_related("contact").order_by("position", "id")
        for point in points:
            first.setdefault((point.customer_id, point.contact_id, point.kind), point)
        bad = []
        for key in part:
            mark = first.get(key)
            reached = mark.contact.last_attention_at if mark and mark.contact else None
            if mark and mark.bad_since is None and not (reached and reached > wrong[key]):
                mark.bad_since = wrong[key]
                bad.append(mark)
        ContactPoint.objects.bulk_update(bad, ["bad_since"], batch_size=500)
        keep_history(ContactPoint, [point.pk for point in bad], sign="~", now=context.stamp, why=context.why)
