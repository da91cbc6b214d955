"""The search on top and in the log drawer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import is_fragment, person
from crm.find import OFFERED, find_customers
from crm.models import Customer


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Answer what fits `q`: a fragment for htmx (`for=log`: to choose in the drawer), else the client or the list."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:100]
    found = find_customers(person(request), query)
    if not is_fragment(request):
        return HttpResponseRedirect(_page_for(query, found))
    context = {
        "query": query,
        "found": [_line(customer) for customer in found],
        "more_url": _list_url(query) if len(found) == OFFERED else "",
    }
    chosen_for_log = request.GET.get("for") == "log"
    return render(request, "crm/_log_found.html" if chosen_for_log else "look/_find_results.html", context)


def _line(customer: Customer) -> dict[str, object]:
    return {
        "pk": customer.pk,
        "name": customer.name,
        "about": " · ".join(filter(None, (customer.segment.name if customer.segment else "", customer.city))),
        "url": _address(customer),
    }


def _address(customer: Customer) -> str:
    """Return the client's page; for a colleague's client, of whom one sees less, the drawer to log in."""
    if customer.whole_seen:  # type: ignore[attr-defined]
        return reverse("crm:customer-detail", args=[customer.pk])
    return f"{reverse('crm:interaction-log')}?customer={customer.pk}"


def _page_for(query: str, found: list[Customer]) -> str:
    if len(found) == 1:
        return _address(found[0])
    return _list_url(query)


def _list_url(query: str) -> str:
    return f"{reverse('crm:customer-list')}?{urlencode({'q': query})}"
