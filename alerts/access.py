"""Who may open a mail: administrators all, everybody else their own."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from alerts.models import Delivery
from alerts.querysets import DeliveryQuerySet


def get_delivery_for(user: User, pk: int) -> Delivery:
    """Return a mail that the person may see; a stranger's is not there (404)."""
    mails: QuerySet[Delivery] = DeliveryQuerySet(Delivery).visible_to(user).select_related("to_user")
    return get_object_or_404(mails, pk=pk)
