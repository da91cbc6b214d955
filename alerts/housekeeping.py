"""What keeps the house in order at night: calendars reach on, mails older than 90 days lose their text (M5)."""

from __future__ import annotations

import datetime as dt

from django.core.management import call_command
from django.db.models import Q

from accounts.calendar_build import extend
from accounts.models import Calendar
from alerts.choices import SETTLED
from alerts.models import Delivery

BODIES_KEPT = dt.timedelta(days=90)
#: Rows that one UPDATE touches, so that no lock lasts long.
SLICE = 1000


def extend_calendars(now: dt.datetime) -> int:
    """Make the days that the calendars lack; returns how many."""
    return sum(extend(calendar, today=now.astimezone(calendar.tz).date()) for calendar in Calendar.objects.all())


def prune_bodies(now: dt.datetime) -> int:
    """Empty the text of mails that ended more than 90 days ago; what they were, for whom and why stays."""
    old = Delivery.objects.filter(~Q(html_body="", text_body=""), state__in=SETTLED, settled_at__lt=now - BODIES_KEPT)
    pruned = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:SLICE]):
        pruned += Delivery.objects.filter(pk__in=ids).update(html_body="", text_body="", attachments=[])
    return pruned


def forget_sessions(_now: dt.datetime) -> None:
    """Remove sessions that have ended."""
    call_command("clearsessions")
