"""When people who decide or influence have gone quiet: at 2 × the maximum since their last attention (W8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Case, Exists, ExpressionWrapper, IntegerField, OuterRef, QuerySet, Subquery, Value, When

from accounts.working_time import closing_after_calendar_days, closing_after_working_days, local_date_of
from crm.choices import DECISIVE, Unit
from crm.models import Clock, Contact, NoFollowUp
from crm.quiet import still_there
from retention.providers.attention import promised, with_policies

TIMES = 2
#: Contacts that one round of the night looks at.
BATCH = 2000


def date(contacts: QuerySet[Contact]) -> None:
    """Write `quiet_at`: the closing of the day that ends twice the maximum; empty without one. One statement."""
    contacts.update(quiet_at=_quiet_at())


def _quiet_at() -> Subquery:
    waived = NoFollowUp.objects.filter(customer=OuterRef("pk"), until_at__isnull=True)
    clocks = Clock.objects.filter(pk=OuterRef("customer_id"), active=True).exclude(Exists(waived))
    twice = ExpressionWrapper(promised("attention_amount") * Value(TIMES), IntegerField())
    promises = with_policies(clocks).annotate(
        quiet_days=twice,
        quiet_unit=promised("attention_unit"),
        heard_on=local_date_of("calendar__zone", OuterRef("last_attention_at")),
    )
    working = closing_after_working_days("calendar_id", "heard_on", "quiet_days")
    plain = closing_after_calendar_days("calendar_id", "heard_on", "quiet_days")
    dated = promises.annotate(quiet=Case(When(quiet_unit=Unit.WORKING_DAYS, then=working), default=plain))
    return Subquery(dated.values("quiet")[:1])


def refresh(_now: dt.datetime) -> int:
    """Date anew all whose promise, calendar or place has changed; each night. Returns how many."""
    changed = 0
    for ids in _chunks():
        rows = Contact.objects.filter(pk__in=ids).annotate(fresh=_quiet_at())
        differ = [pk for pk, kept, fresh in rows.values_list("pk", "quiet_at", "fresh") if kept != fresh]
        date(Contact.objects.filter(pk__in=differ))
        changed += len(differ)
    return changed


def _chunks() -> Iterator[Sequence[int]]:
    """Those whose silence counts and who were heard once, and those who are dated still."""
    last = 0
    people = still_there().filter(influence__in=DECISIVE, last_attention_at__isnull=False).order_by("pk")
    while ids := list(people.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]
