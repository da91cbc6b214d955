"""People of contact written in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.importing.bulk import Blank, insert_rows
from crm.importing.context import Context
from crm.importing.history import keep_history
from crm.importing.points import Address, add_addresses
from crm.models import Contact

UPDATABLE = ("name", "addressed_as", "role", "birthday", "personal_notes")


@dataclass(slots=True)
class Person:
    """A person as a file tells of them; ``key`` is their external id within the source."""

    key: str
    fields: dict[str, Any]
    addresses: list[Address] = field(default_factory=list)


_CONTACT = Blank(Contact)


def set_where_told(row: Any, fields: dict[str, Any]) -> list[str]:
    """Set what the file tells and differs; an empty cell says nothing. Returns the names of what changed."""
    changed = [name for name, value in fields.items() if value not in ("", None) and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, fields[name])
    return changed


def known_people(context: Context, keys: Sequence[str]) -> dict[str, Contact]:
    """The people of this source that are here already, by their external id."""
    found = Contact.objects.filter(import_source=context.source, external_id__in=keys)
    return {contact.external_id: contact for contact in found}


def save_people(context: Context, people: Sequence[tuple[Person, int]], known: dict[str, Contact]) -> dict[str, str]:
    """Create or update people (with the id of the customer of the new ones); says what became of each key."""
    new: dict[str, Contact] = {}
    changed: dict[str, Contact] = {}
    fate: dict[str, str] = {}
    for person, customer in people:
        here = known.get(person.key)
        if here is None:
            here = _CONTACT.new(
                customer_id=customer, import_source=context.source, external_id=person.key, **person.fields
            )
            new[person.key] = known[person.key] = here
            fate[person.key] = "created"
        elif set_where_told(here, person.fields) and person.key not in new:
            here.version += 1
            changed[person.key] = here
            fate[person.key] = "updated"
        fate.setdefault(person.key, "unchanged")
    insert_rows(Contact, list(new.values()))
    Contact.objects.bulk_update(changed.values(), [*UPDATABLE, "version"], batch_size=500)
    keep_history(Contact, [one.pk for one in new.values()], sign="+", now=context.stamp, why=context.why)
    keep_history(Contact, [one.pk for one in changed.values()], sign="~", now=context.stamp, why=context.why)
    _add_addresses(context, people, known, fate)
    return fate


def _add_addresses(
    context: Context, people: Sequence[tuple[Person, int]], known: dict[str, Contact], fate: dict[str, str]
) -> None:
    rows = [
        (known[person.key].customer_id, known[person.key].pk, address)
        for person, _customer in people
        for address in person.addresses
    ]
    grown = {contact for _customer, contact in add_addresses(context, rows)}
    for person, _customer in people:
        if fate[person.key] == "unchanged" and known[person.key].pk in grown:
            fate[person.key] = "updated"
