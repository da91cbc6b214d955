"""Promises kept by owner and month, from the deadlines themselves (W4: one per client and kind, kept if none was late).

An owner answers for what was due while the client was theirs: each deadline carries who owned it when it was broken or
met. Months are the reader's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, Count, DateTimeField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth

from accounts.models import User
from alerts.choices import Kind
from alerts.models import Deadline
from crm.listing import NOBODY
from crm.querysets import seen_by
from retention.promises_kept import Promises

#: Months that the table shows, the present one among them.
MONTHS = 6

_KEPT = Q(met_at__isnull=False, met_at__lte=F("due_at"))
BROKEN = (
    Q(met_at__isnull=True, cancelled_at__isnull=True)
    | Q(met_at__gt=F("due_at"))
    | Q(cancelled_at__isnull=False, breached_at__isnull=False)
)


@dataclass
class Line:
    """One owner ("" is nobody): their promises by month, None where none was due."""

    owner: str
    name: str
    months: list[Promises | None] = field(default_factory=list)


def months_until(today: dt.date) -> list[dt.date]:
    """The first days of the months that are shown, the oldest first."""
    number = today.year * 12 + today.month - 1
    return [dt.date(one // 12, one % 12 + 1, 1) for one in range(number - MONTHS + 1, number + 1)]


def lines_of(user: User, months: list[dt.date], now: dt.datetime) -> list[Line]:
    """One line an owner in the order of names, nobody's last, and all together on top. Two queries."""
    found = (
        _decided(user, months, now)
        .annotate(month=TruncMonth("decided_at", tzinfo=user.zone))
        .order_by()
        .values_list("answers", "month")
        .annotate(total=Count(_pair(), distinct=True), late=Count(_pair(), distinct=True, filter=BROKEN))
    )
    counted: dict[int | None, dict[dt.date, Promises]] = {}
    for owner, month, total, late in found:
        counted.setdefault(owner, {})[month.date()] = Promises(total - late, total)
    names = dict(User.objects.filter(pk__in=[pk for pk in counted if pk]).values_list("pk", "name"))
    owners: list[int | None] = [*sorted(names, key=names.__getitem__)]
    if None in counted:
        owners.append(None)
    return [
        Line(str(pk or NOBODY), names.get(pk or 0, ""), [counted[pk].get(month) for month in months]) for pk in owners
    ]


def together(lines: Iterable[Line], number: int) -> Promises:
    """All owners' promises of the month at `number`. A client handed over meanwhile counts with each of them."""
    parts = [one for line in lines if (one := line.months[number]) is not None]
    return Promises(sum(part.kept for part in parts), sum(part.total for part in parts))


def promised_in(line: Line, user: User, month: dt.date, now: dt.datetime) -> QuerySet[Deadline]:
    """The deadlines behind the number of one owner's month; BROKEN says which of them were late."""
    whose = Q(answers__isnull=True) if line.owner == NOBODY else Q(answers=int(line.owner))
    return _decided(user, [month], now).filter(whose)


def _decided(user: User, months: list[dt.date], now: dt.datetime) -> QuerySet[Deadline]:
    """What was kept or broken from the first of `months` to the end of the last, of clients that `user` sees."""
    begin = dt.datetime.combine(months[0], dt.time(0), tzinfo=user.zone)
    after = (months[-1] + dt.timedelta(days=32)).replace(day=1)
    end = dt.datetime.combine(after, dt.time(0), tzinfo=user.zone)
    decided_at = Case(When(_KEPT, then=F("met_at")), default=F("due_at"), output_field=DateTimeField())
    # Until a sweep has stamped it, the promise is with whom the client is with.
    unstamped = Q(owner__isnull=True, team__isnull=True)
    owner = Case(When(unstamped, then=F("customer__clock__owner_id")), default=F("owner_id"))
    return (
        Deadline.objects.visible_to(user)
        # The administrators' empty rule would vanish beside the other one.
        .filter(Q() if user.is_administrator else seen_by(user) | unstamped)
        .counted()
        # A review is the firm's own affair, nobody waits for it.
        .exclude(kind=Kind.REVIEW)
        .filter(_KEPT | BROKEN & Q(due_at__lte=now))
        # Whatever is kept was due later than that: this part an index can use.
        .filter(due_at__gte=begin)
        .annotate(decided_at=decided_at, answers=owner)
        .filter(decided_at__gte=begin, decided_at__lt=end)
    )


def _pair() -> Combinable:
    """Client and kind as one number, so that each pair counts once."""
    kinds = [When(kind=kind, then=Value(number)) for number, kind in enumerate(Kind.values)]
    return F("customer_id") * Value(len(kinds)) + Case(*kinds, output_field=IntegerField())
