"""Who may open a mail (administrators all, everybody else their own) and an alert (who sees its client)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from alerts.models import Alert, Delivery
from alerts.querysets import AlertQuerySet, DeliveryQuerySet


def get_delivery_for(user: User, pk: int) -> Delivery:
    """Return a mail that the person may see; a stranger's is not there (404)."""
    mails: QuerySet[Delivery] = DeliveryQuerySet(Delivery).visible_to(user).select_related("to_user")
    return get_object_or_404(mails, pk=pk)


def get_alert_for(user: User, pk: int) -> Alert:
    """Return an alert of a client whom the person sees; any other is not there (404)."""
    alerts = AlertQuerySet(Alert).visible_to(user).select_related("customer", "acknowledged_by", "dismissed_by")
    return get_object_or_404(alerts.select_related("closed_by_interaction__entered_by"), pk=pk)
