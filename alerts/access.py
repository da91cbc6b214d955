"""Who may open a mail: administrators all, everybody else their own."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.models import User
from alerts.models import Delivery


def get_delivery_for(user: User, pk: int) -> Delivery:
    """Return a mail that the person may see; a stranger's is not there (404)."""
    return get_object_or_404(Delivery.objects.visible_to(user).select_related("to_user"), pk=pk)
