"""Phones and addresses of a customer or of one of its people, brought to what a form says."""

from __future__ import annotations

from crm.models import Contact, ContactPoint, Customer
from crm.models.contact import PointKind


def points_of(customer: Customer | None, contact: Contact | None = None) -> dict[str, list[str]]:
    """Return the values by kind, in order. One query; none for somebody who is not saved yet."""
    found: dict[str, list[str]] = {PointKind.PHONE: [], PointKind.EMAIL: []}
    if customer is None or customer.pk is None or (contact is not None and contact.pk is None):
        return found
    rows = ContactPoint.objects.filter(customer=customer, contact=contact)
    for kind, value in rows.values_list("kind", "value"):
        found[kind].append(value)
    return found


def set_points(customer: Customer, contact: Contact | None, kind: str, values: list[str]) -> bool:
    """Make the points of one kind what `values` says, in that order; True when something changed.

    What stays keeps its label and whether it is bad. Each change is one row of history.
    """
    rows = list(ContactPoint.objects.filter(customer=customer, contact=contact, kind=kind))
    if [row.value for row in rows] == values:
        return False
    known = {row.value: row for row in rows}
    for row in rows:
        if row.value not in values:
            row.delete()
    for position, value in enumerate(values):
        kept = known.get(value)
        if kept is None:
            ContactPoint.objects.create(customer=customer, contact=contact, kind=kind, value=value, position=position)
        elif kept.position != position:
            kept.position = position
            kept.save(update_fields=["position"])
    return True
