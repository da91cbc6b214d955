"""How a customer is fetched: the right is part of the query, so that no view has one without it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, Value, When
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Attachment, Customer, Interaction, Task
from crm.querysets import AttachmentQuerySet, CustomerQuerySet, seen_by


def get_customer_for(user: User, pk: int) -> Customer:
    """Return a customer whose whole record `user` may see.

    Raises Http404 for a stranger's, PermissionDenied where they may only find, call and log.
    """
    found = _reachable(user).annotate(sees_whole=holds(seen_by(user))).filter(pk=pk).first()
    if found is None:
        raise Http404
    if not found.sees_whole:  # type: ignore[attr-defined]
        raise PermissionDenied(_("This client belongs to a colleague. You can call them and log."))
    return found


def get_reachable_customer(user: User, pk: int) -> Customer:
    """Return a customer that `user` may find, call and log for; Http404 for any other."""
    found = _reachable(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _reachable(user: User) -> CustomerQuerySet:
    return CustomerQuerySet(Customer).reachable_by(user).select_related("segment", "owner", "clock__calendar")


def holds(condition: Q) -> Case:
    """Whether a rule of `crm.querysets` holds for a row, as a column; the administrators' empty one always does."""
    return Case(When(condition, then=Value(True)), default=Value(False)) if condition else Case(default=Value(True))


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


def get_attachment_for(user: User, pk: int, *, removed: bool = False) -> Attachment:
    """Return a file that `user` may see, with its customer; Http404 for any other.

    Those removed that can be brought back only where they are asked for.
    """
    rows = AttachmentQuerySet(Attachment).visible_to(user)
    rows = rows.in_place() if removed else rows.kept()
    found = rows.filter(pk=pk).select_related("customer", "customer__owner").first()
    if found is None:
        raise Http404
    return found
