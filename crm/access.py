"""How a customer is fetched: the right is part of the query, so that no view has one without it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Customer, Interaction, Task


def get_customer_for(user: User, pk: int) -> Customer:
    """Return a customer whose whole record `user` may see.

    Raises Http404 for a stranger's, PermissionDenied where they may only find, call and log.
    """
    customer = get_reachable_customer(user, pk)
    if not Customer.objects.visible_to(user).filter(pk=pk).exists():
        raise PermissionDenied(_("This client belongs to a colleague. You can call them and log."))
    return customer


def get_reachable_customer(user: User, pk: int) -> Customer:
    """Return a customer that `user` may find, call and log for; Http404 for any other."""
    found = (
        Customer.objects.reachable_by(user).filter(pk=pk).select_related("segment", "owner", "clock__calendar").first()
    )
    if found is None:
        raise Http404
    return found


def get_own_interaction(user: User, pk: int) -> Interaction:
    """Return an interaction that `user` entered (W9); 404 where they may not see it, 403 where another entered it."""
    found = Interaction.objects.visible_to(user).filter(pk=pk).select_related("customer").first()
    if found is None:
        raise Http404
    if found.entered_by_id != user.pk:
        raise PermissionDenied(_("Only who logged it can take it back."))
    return found


def get_task_for(user: User, pk: int) -> Task:
    """Return a next step of a customer that `user` sees, or of their own; Http404 for any other."""
    found = Task.objects.visible_to(user).filter(pk=pk).select_related("customer").first()
    if found is None:
        raise Http404
    return found
