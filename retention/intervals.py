"""How long a customer's attention may wait at most, in days, for rules that measure by it (S3)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from accounts.exceptions import BeyondCalendar
from accounts.reckoning import local_date, working_day_after
from crm.choices import Unit
from crm.models import Clock, Customer
from retention.models import AttentionPolicy


def interval_days(customer: Customer, now: dt.datetime) -> int | None:
    """The attention's maximum from today in days: the customer's own, else the segment's, else the default's."""
    nearer = Q(customer=customer) | Q(segment=customer.segment_id, segment__isnull=False)
    default = Q(customer__isnull=True, segment__isnull=True)
    policies = list(AttentionPolicy.objects.filter(nearer | default, current=True))
    if not policies:
        return None
    policy = max(policies, key=lambda one: (one.customer_id is not None, one.segment_id is not None))
    if policy.attention_unit == Unit.CALENDAR_DAYS:
        return policy.attention_amount
    calendar = Clock.objects.select_related("calendar").get(pk=customer.pk).calendar
    today = local_date(calendar, now)
    try:
        return (working_day_after(calendar, today, policy.attention_amount) - today).days
    except BeyondCalendar:
        return None
