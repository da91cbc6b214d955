"""Notes and labels that come with customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.importing.bulk import insert_rows
from crm.importing.context import Context
from crm.models import Customer, Note, Tag


@dataclass(frozen=True, slots=True)
class Remark:
    """A note with its external id within the source and its instant (UTC)."""

    key: str
    text: str
    at: datetime


def add_remarks(context: Context, remarks: Sequence[tuple[int, Remark]]) -> set[int]:
    """Add notes to customers, or change their text where the file tells otherwise; returns whose changed."""
    if not remarks:
        return set()
    keys = [remark.key for _customer, remark in remarks]
    known = {note.external_id: note for note in Note.objects.filter(import_source=context.source, external_id__in=keys)}
    new: dict[str, Note] = {}
    changed: dict[str, Note] = {}
    for customer, remark in remarks:
        here = known.get(remark.key)
        if here is None:
            new[remark.key] = known[remark.key] = Note(
                customer_id=customer,
                text=remark.text,
                at=remark.at,
                import_source=context.source,
                external_id=remark.key,
            )
        elif here.text != remark.text:
            here.text = remark.text
            if remark.key not in new:
                changed[remark.key] = here
    insert_rows(Note, list(new.values()))
    Note.objects.bulk_update(changed.values(), ["text"], batch_size=500)
    return {note.customer_id for note in (*new.values(), *changed.values())}


def add_labels(context: Context, labels: Sequence[tuple[int, list[str]]]) -> set[int]:
    """Tie labels to customers where they are missing; returns whose changed. Labels are made as needed."""
    names = {name for _customer, own in labels for name in own}
    if not names:
        return set()
    Tag.objects.bulk_create([Tag(name=name) for name in sorted(names)], ignore_conflicts=True)
    tags = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    through = Customer.tags.through
    customers = {customer for customer, _own in labels}
    have = set(through.objects.filter(customer__in=customers).values_list("customer_id", "tag_id"))
    wanted = {(customer, tags[name]) for customer, own in labels for name in own} - have
    through.objects.bulk_create([through(customer_id=one, tag_id=tag) for one, tag in sorted(wanted)], batch_size=2000)
    return {customer for customer, _tag in wanted}
