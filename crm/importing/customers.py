"""Rows of customers written in bulk, with their people, addresses, labels and notes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.choices import CustomerKind
from crm.importing import cells
from crm.importing.columns import Recognition
from crm.importing.context import Context, key_of
from crm.importing.index import CustomerIndex
from crm.importing.new_customers import create_customers, keep_states, new_customer, search_text_of, update_customers
from crm.importing.people import Person, known_people, save_people, set_where_told
from crm.importing.points import Address, add_addresses, read_addresses, read_country
from crm.importing.records import Record, RejectedRow
from crm.importing.remarks import Remark, add_labels, add_remarks
from crm.models import Customer, Segment
from crm.search import plain


@dataclass(slots=True)
class Draft:
    """One customer as the file tells of them."""

    key: str
    fields: dict[str, Any]
    owner: str
    record: Record
    addresses: list[Address] = field(default_factory=list)
    person: Person | None = None
    labels: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    domain: str = ""


class CustomerWriter:
    """Writes batches of customer records; each ``write`` is one transaction of its caller."""

    def __init__(self, context: Context, recognition: Recognition, sample: Sequence[Sequence[str]]) -> None:
        self._context = context
        self._index = CustomerIndex(context)
        self._segments = {plain(name): pk for name, pk in Segment.objects.live().values_list("name", "pk")}
        # Whether contacts that came before their customers have brought some.
        self._may_take_over = Customer.objects.filter(
            Q(external_id__startswith="domain:") | Q(external_id__startswith="name:"), import_source=context.source
        ).exists()
        self._named: dict[str, set[tuple[str, str]]] = {}
        self._comma = _commas(recognition, sample)

    def write(self, records: Sequence[Record]) -> None:
        """Write one batch: create what is new, update what the file tells otherwise, count every record."""
        drafts = []
        for record in records:
            try:
                drafts.append(self._draft(record))
            except RejectedRow as reason:
                self._context.tally.reject(record, str(reason))
        self._context.owners.prepare({draft.owner for draft in drafts if draft.owner})
        self._save(drafts)

    def forget(self) -> None:
        """Drop what was remembered of a batch that was rolled back."""
        self._index = CustomerIndex(self._context)

    def _draft(self, record: Record) -> Draft:
        name, kind = self._name(record)
        country = read_country(record)
        addresses = read_addresses(record, self._context, country)
        website = cells.read_website(record.text("website")) or cells.read_website(record.text("domain"))
        fields: dict[str, Any] = {
            "name": name,
            "kind": kind,
            "city": record.cut("city", 80),
            "country": country,
            "website": website,
            "source": record.cut("source", 80),
            "language": cells.read_language(record.text("language")),
            "client_since": record.day("client_since"),
            "renewal_on": record.day("renewal_on"),
            "key": cells.is_true(record.text("key")) or None,
            "segment_id": self._segments.get(plain(record.text("segment"))) if record.text("segment") else None,
        } | self._money(record, country)
        draft = Draft(self._key(record, name, addresses), fields, record.text("owner"), record, addresses)
        draft.person = self._person(record, draft, name)
        draft.labels = [label for _column, text in record.all("tags") for label in cells.read_tags(text)]
        draft.remarks = self._remarks(record, draft.key)
        draft.domain = cells.domain_of(record.text("domain") or website)
        return draft

    def _name(self, record: Record) -> tuple[str, str]:
        """The customer's name and whether it is a firm or a person."""
        own = " ".join(filter(None, (record.text("first_name"), record.text("last_name"))))
        name = record.text("name") or own or record.text("person")
        if not name:
            raise RejectedRow(_("It has no name."))
        if len(name) > 200:
            raise RejectedRow(_("Its name is longer than 200 letters."))
        return name, CustomerKind.ORGANISATION if record.text("name") else CustomerKind.PERSON

    def _key(self, record: Record, name: str, addresses: list[Address]) -> str:
        """The row's own id, else its name; of several with one name and different addresses, with the address."""
        own = record.text("external_id")
        if own:
            return key_of(own)
        key = f"name:{plain(name)}"
        marks = {(one.kind, one.value) for one in addresses}
        seen = self._named.setdefault(key, marks)
        if marks and seen and not marks & seen:
            return key_of(f"{key}|{addresses[0].value}")
        return key_of(key)

    def _person(self, record: Record, draft: Draft, name: str) -> Person | None:
        own = " ".join(filter(None, (record.text("first_name"), record.text("last_name"))))
        who = record.text("person") or own
        if not who and draft.fields["kind"] == CustomerKind.ORGANISATION:
            return None
        fields = {"name": (who or name)[:160], "role": record.cut("role", 120), "birthday": record.day("birthday")}
        person = Person(key_of(f"of:{draft.key}"), fields)
        if draft.fields["kind"] == CustomerKind.PERSON:
            person.addresses, draft.addresses = draft.addresses, []
        return person

    def _money(self, record: Record, country: str) -> dict[str, Any]:
        text = record.text("annual_value")
        if not text:
            return {}
        header = record.values["annual_value"][0][0].header
        value = cells.read_number(text, comma=self._comma)
        told = record.text("currency").upper()
        currency = (told if len(told) == 3 else "") or cells.read_currency(text) or self._context.money_of("")
        if value is None or not currency or abs(value) >= 10**12:
            record.unread[header] = text
            return {}
        return {"annual_value": value, "currency": currency}

    def _remarks(self, record: Record, key: str) -> list[Remark]:
        remarks = [
            Remark(key_of(f"note{place}:{key}"), text, self._context.now)
            for place, (_column, text) in enumerate(record.all("note"), start=1)
        ]
        day = record.day("last_contact")
        if day:
            column, text = record.all("last_contact")[0]
            remarks.append(
                Remark(
                    key_of(f"last:{key}"), f"{column.header}: {text}", min(self._context.noon(day), self._context.now)
                )
            )
        return remarks

    def _save(self, drafts: Sequence[Draft]) -> None:
        known = self._known(drafts)
        new: dict[str, Customer] = {}
        changed: dict[int, Customer] = {}
        fates: dict[str, str] = {}
        for draft in drafts:
            owner = self._context.owners.find(draft.owner)
            custom = draft.record.unread
            here = known.get(draft.key)
            if here is None:
                told = {name: value for name, value in draft.fields.items() if value is not None}
                here = new_customer(
                    self._context,
                    key=draft.key,
                    owner=owner,
                    custom=dict(custom),
                    search_text=_search_text(draft),
                    **told,
                )
                new[draft.key] = known[draft.key] = here
                fates[draft.key] = "created"
            elif draft.key not in new and self._update(here, draft, owner, custom):
                changed[here.pk] = here
                fates[draft.key] = "updated"
            fates.setdefault(draft.key, "unchanged")
            self._context.tally.unread += len(custom)
        create_customers(list(new.values()))
        update_customers(list(changed.values()))
        self._index.learn(list(new.values()))
        grown, labelled = self._attach(drafts, known)
        created = {one.pk for one in new.values()}
        keep_states(self._context, created=created, changed=(changed.keys() | labelled) - created)
        self._count(drafts, known, fates, grown - created)

    def _known(self, drafts: Sequence[Draft]) -> dict[str, Customer]:
        """Customers that are here already; one that a contact or a domain brought before is taken over."""
        stand_ins = {d.key: _stand_ins(d) if self._may_take_over else [] for d in drafts}
        wanted = set(stand_ins) | {key for keys in stand_ins.values() for key in keys}
        found = self._index.by_key(wanted)
        known: dict[str, Customer] = {}
        taken: set[int] = set()
        for key, others in stand_ins.items():
            here = found.get(key) or next((found[one] for one in others if one in found), None)
            if here is not None and here.pk not in taken:
                known[key] = here
                taken.add(here.pk)
        return known

    def _update(self, here: Customer, draft: Draft, owner: Any, custom: dict[str, str]) -> bool:
        """Take over what the file tells; owner, team and segment, once set here, are the firm's own affair."""
        fields = {name: value for name, value in draft.fields.items() if name not in ("kind", "segment_id")}
        changed = set_where_told(here, fields)
        if here.owner_id is None and owner is not None:
            here.owner, here.team_id = owner, here.team_id or self._context.owners.team_of(owner)
            changed.append("owner")
        if here.segment_id is None and draft.fields["segment_id"]:
            here.segment_id = draft.fields["segment_id"]
            changed.append("segment")
        if custom and here.custom | custom != here.custom:
            here.custom = here.custom | custom
            changed.append("custom")
        if here.external_id != draft.key:
            here.external_id = draft.key
            changed.append("external_id")
        return bool(changed)

    def _attach(self, drafts: Sequence[Draft], known: dict[str, Customer]) -> tuple[set[int], set[int]]:
        """People, addresses, labels and notes; returns the customers that got something, and those with new labels."""
        people = [(draft.person, known[draft.key].pk) for draft in drafts if draft.person]
        about = known_people(self._context, [person.key for person, _customer in people])
        fate = save_people(self._context, people, about)
        grown = {customer for person, customer in people if fate[person.key] != "unchanged"}
        rows = [(known[draft.key].pk, None, one) for draft in drafts for one in draft.addresses]
        grown |= {customer for customer, _contact in add_addresses(self._context, rows)}
        labelled = add_labels(self._context, [(known[draft.key].pk, draft.labels) for draft in drafts if draft.labels])
        remarks = [(known[draft.key].pk, one) for draft in drafts for one in draft.remarks]
        return grown | labelled | add_remarks(self._context, remarks), labelled

    def _count(
        self, drafts: Sequence[Draft], known: dict[str, Customer], fates: dict[str, str], grown: set[int]
    ) -> None:
        """Count each record once; what is new about a customer who is here already makes the record an update."""
        tally = self._context.tally
        for draft in drafts:
            pk = known[draft.key].pk
            fate = fates.pop(draft.key, "unchanged")
            if fate == "unchanged" and pk in grown:
                fate = "updated"
            if fate != "created":
                grown.discard(pk)
            tally.count(fate)
            tally.customers.add(pk)
            if fate == "updated":
                tally.reindex.add(pk)


def _stand_ins(draft: Draft) -> list[str]:
    """The ids under which contacts, imported before their customers, would have brought this one."""
    name = f"name:{plain(draft.fields['name'])}"
    return [f"domain:{draft.domain}", name] if draft.domain else [name]


def _search_text(draft: Draft) -> str:
    people = [draft.person.fields["name"]] if draft.person else []
    addresses = [*draft.addresses, *(draft.person.addresses if draft.person else [])]
    return search_text_of(draft.fields["name"], draft.fields["city"], people, addresses)


def _commas(recognition: Recognition, sample: Sequence[Sequence[str]]) -> bool:
    columns = recognition.of("annual_value")
    return cells.decimal_comma([row[one.index] for one in columns for row in sample if len(row) > one.index])
