"""Clients of the team's queue: "I take it", and back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.answers import done
from accounts.requests import person
from crm.access import get_customer_for
from crm.queue import give_back, take


@require_POST
def customer_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a client who has no owner."""
    user = person(request)
    customer = get_customer_for(user, pk)
    if take(customer, actor=user, now=timezone.now()):
        said = _("%(name)s is yours now.") % {"name": customer.name}
        undo = reverse("crm:customer-give-back", args=[pk])
        return done(request, said, undo=undo, event="customer-changed", customer=pk)
    said = _("%(name)s has an owner already.") % {"name": customer.name}
    return done(request, said, event="customer-changed", customer=pk)


@require_POST
def customer_give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Back into the queue, from the toast."""
    user = person(request)
    customer = get_customer_for(user, pk)
    if give_back(customer, actor=user, now=timezone.now()):
        return done(request, _("Taken back."), event="customer-changed", customer=pk)
    return done(request, _("That can no longer be taken back."), event="customer-changed", customer=pk)
