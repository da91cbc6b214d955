"""Phone numbers and email addresses of customers and their people, added where they are missing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from crm.importing import cells, contents
from crm.importing.bulk import Blank, insert_rows
from crm.importing.context import Context
from crm.importing.countries import country_code
from crm.importing.history import keep_history
from crm.importing.records import Record
from crm.models import ContactPoint


@dataclass(frozen=True, slots=True)
class Address:
    """One phone number (``"phone"``, E.164) or email address (``"email"``, lower case)."""

    kind: str
    value: str
    label: str = ""


def read_addresses(record: Record, context: Context, country: str) -> list[Address]:
    """The addresses in a record's cells; what is none is kept in ``unread``."""
    found: list[Address] = []
    for column, value in record.all("email"):
        emails = contents.find_emails(value)
        if not emails:
            record.unread[column.header] = value
        found += [Address("email", email) for email in emails if len(email) <= 254]
    regions = tuple(dict.fromkeys(code for code in (country, context.region) if code))
    for column, value in record.all("phone"):
        phones = cells.read_phones(value, regions)
        if not phones:
            record.unread[column.header] = value
        found += [Address("phone", one.value, f"x{one.extension}" if one.extension else "") for one in phones]
    return list({(one.kind, one.value): one for one in found}.values())


def read_country(record: Record) -> str:
    """The ISO code of a record's country; a name that is not known is kept in ``unread``."""
    text = record.text("country")
    code = country_code(text) if text else ""
    if text and not code:
        record.unread[record.values["country"][0][0].header] = text
    return code


_POINT = Blank(ContactPoint)


def add_addresses(context: Context, wanted: Iterable[tuple[int, int | None, Address]]) -> set[tuple[int, int | None]]:
    """Add the addresses (customer, contact or None, address) that are missing; returns who got one."""
    rows = list(wanted)
    if not rows:
        return set()
    have: set[tuple[int, int | None, str, str]] = set(
        ContactPoint.objects.filter(customer__in={row[0] for row in rows}).values_list(
            "customer_id", "contact_id", "kind", "value"
        )
    )
    places: Counter[tuple[int, int | None]] = Counter((customer, contact) for customer, contact, _kind, _value in have)
    new = []
    for customer, contact, address in rows:
        key = (customer, contact, address.kind, address.value)
        if key in have:
            continue
        have.add(key)
        places[customer, contact] += 1
        new.append(
            _POINT.new(
                customer_id=customer,
                contact_id=contact,
                kind=address.kind,
                value=address.value,
                label=address.label[:40],
                position=min(places[customer, contact] - 1, 30_000),
            )
        )
    insert_rows(ContactPoint, new)
    ids = [point.pk for point in new]
    keep_history(ContactPoint, ids, sign="+", now=context.stamp, why=context.why)
    return {(point.customer_id, point.contact_id) for point in new}
