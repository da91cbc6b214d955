"""Customers created and changed in bulk, with their history."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from accounts.models import User
from crm.importing.bulk import Blank, insert_rows
from crm.importing.context import Context
from crm.importing.history import keep_history
from crm.importing.points import Address
from crm.models import Customer
from crm.search import digits, plain

_UPDATABLE = (
    "name name_key city country website source language client_since renewal_on key segment annual_value currency owner team "
    "custom external_id version"
).split()


_CUSTOMER = Blank(Customer)


def new_customer(context: Context, *, key: str, owner: User | None, search_text: str, **fields: Any) -> Customer:
    """A customer of this import, not yet written, dated at the import (T8) in their calendar (T5)."""
    return _CUSTOMER.new(
        import_source=context.source,
        external_id=key,
        owner_id=owner.pk if owner else None,
        team_id=context.owners.team_of(owner),
        added_at=context.now,
        added_on=context.now.astimezone(context.owners.zone_of(owner)).date(),
        name_key=plain(fields["name"])[:200],
        search_text=search_text,
        **fields,
    )


def search_text_of(name: str, city: str, people: Iterable[str], addresses: Iterable[Address]) -> str:
    """What ``crm.search.reindex`` will say of a new customer, without reading it back."""
    words = [plain(name)[:200], plain(city), *(plain(person) for person in people)]
    words += [digits(one.value) if one.kind == "phone" else one.value for one in addresses]
    return " | ".join(dict.fromkeys(filter(None, words)))


def create_customers(customers: Sequence[Customer]) -> None:
    """Write new customers; their history is kept once their labels are there too."""
    insert_rows(Customer, customers)


def update_customers(customers: Sequence[Customer]) -> None:
    """Write changed customers; their history is kept once their labels are there too."""
    for customer in customers:
        customer.version += 1
        customer.name_key = plain(customer.name)[:200]
    Customer.objects.bulk_update(customers, _UPDATABLE, batch_size=500)


def keep_states(context: Context, *, created: Collection[int], changed: Collection[int]) -> None:
    """The histories of a chunk, labels included."""
    for ids, sign in ((created, "+"), (changed, "~")):
        keep_history(Customer, ids, sign=sign, now=context.stamp, why=context.why)
