"""With whom an activity was: the customer, and the person if the file names one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from crm.importing import cells, contents
from crm.importing.context import Context, key_of
from crm.importing.index import CustomerIndex
from crm.importing.records import Record
from crm.models import Contact, ContactPoint
from crm.search import plain

Found = tuple[int, int | None]


class Whom:
    """Resolves the references of a batch of records with a handful of queries."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._index = CustomerIndex(context)

    def load(self, records: Sequence[Record]) -> None:
        """Look up everybody whom these records name."""
        self._people = {
            key: (customer, pk)
            for key, customer, pk in Contact.objects.filter(
                import_source=self._context.source, external_id__in=_texts(records, "contact_id")
            ).values_list("external_id", "customer_id", "pk")
        }
        self._points = self._find_points(records)
        self._keys = self._index.ids_by_key({key_of(text) for text in _texts(records, "customer_id", "contact_id")})
        self._names = self._index.ids_by_name(_texts(records, "customer_name", "contact_name"))
        self._called = self._find_called(_texts(records, "contact_name"))

    def _find_points(self, records: Sequence[Record]) -> dict[str, Found]:
        values = {email for text in _texts(records, "contact_email") for email in contents.find_emails(text)}
        for text in _texts(records, "contact_phone"):
            values |= {phone.value for phone in self._phones(text)}
        rows = ContactPoint.objects.filter(value__in=values).order_by("-contact_id", "-pk")
        return {
            value: (customer, contact)
            for value, customer, contact in rows.values_list("value", "customer_id", "contact_id")
        }

    def _find_called(self, called: set[str]) -> dict[str, list[Found]]:
        result: dict[str, list[Found]] = defaultdict(list)
        rows = Contact.objects.filter(name__in=called, archived_at=None).values_list("name", "customer_id", "pk")
        for name, customer, pk in rows:
            result[plain(name)].append((customer, pk))
        return result

    def _phones(self, text: str) -> Iterable[cells.Phone]:
        return cells.read_phones(text, (self._context.region,) if self._context.region else ())

    def find(self, record: Record) -> Found | None:
        """The customer and the person, by the surest reference that the row has; None when nobody here is meant."""
        person = self._person(record)
        customer = self._customer(record)
        if person is not None:
            return person
        if customer is None:
            return self._by_name_alone(record)
        mine = [pk for home, pk in self._called.get(plain(record.text("contact_name")), []) if home == customer]
        return customer, mine[0] if len(mine) == 1 else None

    def _person(self, record: Record) -> Found | None:
        key = key_of(record.text("contact_id"))
        if key in self._people:
            return self._people[key]
        for email in contents.find_emails(record.text("contact_email")):
            if email in self._points:
                return self._points[email]
        for phone in self._phones(record.text("contact_phone")):
            if phone.value in self._points:
                return self._points[phone.value]
        return None

    def _customer(self, record: Record) -> int | None:
        for name in ("customer_id", "contact_id"):
            key = key_of(record.text(name))
            if key and key in self._keys:
                return self._keys[key]
        domain = cells.domain_of(record.text("customer_domain"))
        if domain and (found := self._index.id_by_domain(domain)):
            return found
        name = record.text("customer_name")
        return self._names.get(plain(name)[:200]) if name else None

    def _by_name_alone(self, record: Record) -> Found | None:
        """A person named in one place only, or a customer who is a person of that name."""
        for field in ("contact_name", "customer_name"):
            name = plain(record.text(field))
            if name and len(self._called.get(name, [])) == 1:
                return self._called[name][0]
            if name and name[:200] in self._names:
                return self._names[name[:200]], None
        return None


def _texts(records: Sequence[Record], *fields: str) -> set[str]:
    return {text for record in records for field in fields if (text := record.text(field))}
