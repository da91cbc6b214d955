"""Finding the customers that a file refers to: by external id, by web domain, by name."""

from collections import Counter
from collections.abc import Collection

from crm.importing.cells import domain_of
from crm.importing.context import Context
from crm.models import Customer
from crm.search import plain


class CustomerIndex:
    """Looks customers up in batches; what an import creates is told to it by ``learn``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._domains: dict[str, int] | None = None

    def by_key(self, keys: Collection[str]) -> dict[str, Customer]:
        """Customers of this source by their external id."""
        found = Customer.objects.filter(import_source=self._context.source, external_id__in=keys)
        return {customer.external_id: customer for customer in found}

    def ids_by_key(self, keys: Collection[str]) -> dict[str, int]:
        """As ``by_key``, their ids alone."""
        found = Customer.objects.filter(import_source=self._context.source, external_id__in=keys)
        return dict(found.values_list("external_id", "pk"))

    def ids_by_name(self, names: Collection[str]) -> dict[str, int]:
        """Customers by name without accents and case; a name that several have finds none of them."""
        keys = {plain(name)[:200] for name in names if name}
        rows = Customer.objects.filter(name_key__in=keys, archived_at=None).values_list("name_key", "pk")
        times = Counter(key for key, _pk in rows)
        return {key: pk for key, pk in rows if times[key] == 1}

    def id_by_domain(self, domain: str) -> int | None:
        """The customer with that web address; the first where several share it."""
        if self._domains is None:
            rows = Customer.objects.exclude(website="").order_by("-pk").values_list("website", "pk")
            self._domains = {domain_of(website): pk for website, pk in rows.iterator()}
        return self._domains.get(domain)

    def learn(self, customers: Collection[Customer]) -> None:
        """Know the customers that were just written."""
        if self._domains is not None:
            for customer in customers:
                if customer.website:
                    self._domains.setdefault(domain_of(customer.website), customer.pk)
