"""Rows of people written in bulk: at the customer they name, else as customers themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm.choices import CustomerKind
from crm.importing import cells
from crm.importing.context import Context, key_of
from crm.importing.index import CustomerIndex
from crm.importing.new_customers import create_customers, keep_states, new_customer, search_text_of
from crm.importing.people import Person, known_people, save_people
from crm.importing.points import read_addresses, read_country
from crm.importing.records import Record, RejectedRow
from crm.importing.remarks import Remark, add_remarks
from crm.models import Contact, Customer
from crm.search import plain


@dataclass(slots=True)
class Draft:
    """One person, and the customer at whom the file puts them."""

    person: Person
    record: Record
    owner: str
    firm: str
    firm_id: str
    domain: str
    customer: dict[str, Any]

    @property
    def stand_in(self) -> str:
        """The external id of the customer that is made where the file names one who is not here."""
        if self.firm:
            return key_of(f"name:{plain(self.firm)}")
        return key_of(f"domain:{self.domain}") if self.domain else key_of(f"contact:{self.person.key}")


class ContactWriter:
    """Writes batches of contact records; each ``write`` is one transaction of its caller."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._index = CustomerIndex(context)

    def write(self, records: Sequence[Record]) -> None:
        """Write one batch: find or make each one's customer, then the people and their addresses."""
        drafts = []
        for record in records:
            try:
                drafts.append(self._draft(record))
            except RejectedRow as reason:
                self._context.tally.reject(record, str(reason))
        self._context.owners.prepare({draft.owner for draft in drafts if draft.owner})
        known = known_people(self._context, [draft.person.key for draft in drafts])
        homes = self._homes([draft for draft in drafts if draft.person.key not in known])
        kept = []
        for draft in drafts:
            if draft.person.key in known or draft.person.key in homes:
                kept.append(draft)
            else:
                text = _("Its company %(id)s is not here. Import the customers first.") % {"id": draft.firm_id}
                self._context.tally.reject(draft.record, text)
        self._save(kept, known, homes)

    def forget(self) -> None:
        """Drop what was remembered of a batch that was rolled back."""
        self._index = CustomerIndex(self._context)

    def _draft(self, record: Record) -> Draft:
        country = read_country(record)
        addresses = read_addresses(record, self._context, country)
        emails = [one.value for one in addresses if one.kind == "email"]
        firm = record.text("customer_name")
        name = self._name(record, firm) or (emails[0].split("@")[0] if emails else "")
        if not name:
            raise RejectedRow(_("It has neither a name nor an email address."))
        notes = "\n".join(text for _column, text in record.all("note"))
        fields: dict[str, Any] = {
            "name": name[:160],
            "addressed_as": record.cut("addressed_as", 80),
            "role": record.cut("role", 120),
            "birthday": record.day("birthday"),
        }
        about = {
            "city": record.cut("city", 80),
            "country": country,
            "language": cells.read_language(record.text("language")),
            "source": record.cut("source", 80),
            "website": cells.read_website(record.text("website")),
            "client_since": record.day("client_since"),
        }
        # What could not be read stays with the person, in the words of the file.
        kept = [f"{header}: {text}" for header, text in record.unread.items()]
        fields["personal_notes"] = "\n".join(filter(None, (notes, *kept)))
        self._context.tally.unread += len(kept)
        person = Person(self._key(record, name, emails, firm), fields, addresses)
        return Draft(
            person,
            record,
            record.text("owner"),
            firm[:200],
            key_of(record.text("customer_id")),
            cells.domain_of(record.text("customer_domain")),
            about,
        )

    def _name(self, record: Record, firm: str) -> str:
        own = " ".join(filter(None, (record.text("first_name"), record.text("last_name"))))
        name = own or record.text("name")
        # Odoo writes "Firm, Person" for the people of a firm.
        return name.removeprefix(f"{firm}, ") if firm else name

    def _key(self, record: Record, name: str, emails: list[str], firm: str) -> str:
        own = record.text("external_id")
        if own:
            return key_of(own)
        return key_of(f"email:{emails[0]}" if emails else f"name:{plain(name)}@{plain(firm)}")

    def _homes(self, drafts: Sequence[Draft]) -> dict[str, int]:
        """The customer of each new person: by id, by domain, by name, else one made for them."""
        by_key = self._index.ids_by_key(
            {draft.firm_id for draft in drafts if draft.firm_id} | {draft.stand_in for draft in drafts}
        )
        by_name = self._index.ids_by_name({draft.firm for draft in drafts})
        homes: dict[str, int] = {}
        made: dict[str, tuple[Customer, list[str]]] = {}
        for draft in drafts:
            found = self._find(draft, by_key, by_name)
            if found is not None:
                homes[draft.person.key] = found
                self._context.tally.reindex.add(found)
            elif draft.firm or draft.domain or not draft.firm_id:
                made.setdefault(draft.stand_in, (self._make(draft), []))[1].append(draft.person.key)
        customers = [customer for customer, _people in made.values()]
        create_customers(customers)
        self._index.learn(customers)
        keep_states(self._context, created=[one.pk for one in customers], changed=())
        for customer, people in made.values():
            homes |= dict.fromkeys(people, customer.pk)
            if len(people) > 1:
                self._context.tally.reindex.add(customer.pk)
        return homes

    def _find(self, draft: Draft, by_key: dict[str, int], by_name: dict[str, int]) -> int | None:
        if draft.firm_id and draft.firm_id in by_key:
            return by_key[draft.firm_id]
        if draft.stand_in in by_key:
            return by_key[draft.stand_in]
        if draft.domain and (found := self._index.id_by_domain(draft.domain)):
            return found
        return by_name.get(plain(draft.firm)[:200]) if draft.firm else None

    def _make(self, draft: Draft) -> Customer:
        """A person without a firm is a customer themselves; a firm that is not here yet is made by its name."""
        owner = self._context.owners.find(draft.owner)
        alone = not (draft.firm or draft.domain)
        name = draft.person.fields["name"] if alone else draft.firm or draft.domain
        about = {name: value for name, value in draft.customer.items() if value}
        if not alone and draft.domain:
            about["website"] = f"https://{draft.domain}"
        return new_customer(
            self._context,
            key=draft.stand_in,
            owner=owner,
            search_text=search_text_of(
                name, draft.customer["city"], [draft.person.fields["name"]], draft.person.addresses
            ),
            name=name,
            kind=CustomerKind.PERSON if alone else CustomerKind.ORGANISATION,
            **about,
        )

    def _save(self, drafts: Sequence[Draft], known: dict[str, Contact], homes: dict[str, int]) -> None:
        rows = [
            (d.person, homes[d.person.key] if d.person.key in homes else known[d.person.key].customer_id)
            for d in drafts
        ]
        fates = save_people(self._context, rows, known)
        remarks = []
        for draft, (person, customer) in zip(drafts, rows, strict=True):
            fate = fates.pop(person.key, "unchanged")
            self._context.tally.count(fate)
            self._context.tally.customers.add(customer)
            if fate == "updated":
                self._context.tally.reindex.add(customer)
            day = draft.record.all("last_contact")
            if day and (date := draft.record.day("last_contact")):
                at = min(self._context.noon(date), self._context.now)
                remarks.append((customer, Remark(key_of(f"last:{person.key}"), f"{day[0][0].header}: {day[0][1]}", at)))
        add_remarks(self._context, remarks)
