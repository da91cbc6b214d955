from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from crm.models import Clock
from crm.querysets import seen_by

if TYPE_CHECKING:
    from accounts.models import User
    from alerts.models import Alert, Deadline, Delivery


def _of_seen(user: User) -> Q:
    """Of the customers that `user` sees: by their clocks, for a way through their own table took five times as long."""
    return Q() if user.is_administrator else Q(customer__in=Clock.objects.filter(seen_by(user)).values("pk"))


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(_of_seen(user))

    def open(self) -> Self:
        return self.filter(met_at__isnull=True, cancelled_at__isnull=True)

    def counted(self) -> Self:
        """What statistics count: every row but those that a twin replaced."""
        return self.filter(has_twin=False)


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(_of_seen(user))

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)

    def lock(self) -> list[int]:
        """Lock these rows by rising id, as every writer does, and return the ids. Within a transaction."""
        return list(self.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))

    def in_order(self) -> AlertQuerySet:
        """The same rows, for one UPDATE that locks them by rising id. Within a transaction."""
        return self.model.objects.filter(pk__in=self.order_by("pk").select_for_update(of=("self",)).values("pk"))

    def admitted(self) -> Self:
        return self.filter(admitted_at__isnull=False)

    def waiting(self) -> Self:
        """Open and of their turn: not yet admitted, neither snoozed nor dismissed."""
        return self.open().filter(admitted_at__isnull=True, snoozed_until__isnull=True, dismissed_until__isnull=True)

    def quiet(self) -> Self:
        """Snoozed or dismissed: open, but not spoken of."""
        return self.filter(Q(snoozed_until__isnull=False) | Q(dismissed_until__isnull=False))

    def calling(self) -> Self:
        """Open, admitted, neither snoozed nor dismissed: what the badge counts."""
        return self.open().filter(admitted_at__isnull=False, snoozed_until__isnull=True, dismissed_until__isnull=True)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: User) -> Self:
        """Administrators see all mail, everybody else their own."""
        return self if user.is_administrator else self.filter(to_user=user.pk)
