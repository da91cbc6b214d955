"""Who changed what, when, from what to what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import person
from crm.access import get_customer_for
from crm.history import changes_of, read_edge


@require_safe
def customer_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """The changes of a customer and of all that belongs to them, 50 a page."""
    user = person(request)
    customer = get_customer_for(user, pk)
    page = changes_of(customer, edge=read_edge(request.GET.get("older", "")))
    context = {"customer": customer, "page": page, "is_first": not request.GET.get("older")}
    return render(request, "crm/customer_changes.html", context)
