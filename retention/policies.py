"""Changing what is promised: a new version of a policy, its preview, and the recompute that follows (A8)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.acting import acting_map
from accounts.events import Tell
from accounts.models import Calendar, User
from accounts.reckoning import add_calendar_days, add_working_days, add_working_hours, local_date
from crm.choices import Unit
from crm.events import Change, facts_changed
from crm.models import Clock, Customer, Segment
from retention.foresight import foresee
from retention.models import AttentionPolicy

#: What a version promises; a change names those that differ.
TERMS = (
    "attention_amount",
    "attention_unit",
    "personal_amount",
    "personal_unit",
    "call_back_hours",
    "welcome_days",
    "grace_days",
)
#: Customers from which on a recompute begins a new transaction: about a second's work.
AT_A_TIME = 5000


@dataclass(frozen=True)
class Scope:
    """Whom a policy is for: a segment, one customer, or everybody (both None)."""

    segment: Segment | None = None
    customer: Customer | None = None

    def current(self) -> AttentionPolicy | None:
        return AttentionPolicy.objects.filter(current=True, segment=self.segment, customer=self.customer).first()

    def customers(self) -> QuerySet[Customer]:
        """Whose promises the policy decides: those with none nearer to them."""
        if self.customer is not None:
            return Customer.objects.one(self.customer.pk)
        own = AttentionPolicy.objects.filter(current=True, customer__isnull=False).values("customer")
        customers = Customer.objects.exclude(pk__in=own)
        if self.segment is not None:
            return customers.filter(segment=self.segment)
        shared = AttentionPolicy.objects.filter(current=True, segment__isnull=False).values("segment")
        return customers.filter(Q(segment__isnull=True) | ~Q(segment__in=shared))


@dataclass(frozen=True)
class Foreseen:
    """What a change would do at `now`: active customers by state before and after, and how many fall due by when."""

    customers: int
    overdue_before: int
    overdue_after: int
    due_in_7_days: int
    due_in_30_days: int
    due_in_7_days_before: int
    due_in_30_days_before: int


def preview_change(scope: Scope, terms: dict[str, object], *, now: dt.datetime) -> Foreseen:
    """What `change_policy` would do, counted and not done: no clock is held, no promise written (A8).

    Raises ValidationError beside the term that cannot be promised.
    """
    return preview_by(scope, _draft(scope, terms, None, "preview", now), now=now)


def preview_by(scope: Scope, policy: AttentionPolicy, *, now: dt.datetime) -> Foreseen:
    """What it would do if `policy` decided for those whom `scope` holds: counted and not done."""
    before = _counts(scope, now)
    after = foresee(scope.customers(), policy, now)
    return Foreseen(
        before["all"],
        before["overdue"],
        after["overdue"],
        after["week"],
        after["month"],
        before["week"],
        before["month"],
    )


def _counts(scope: Scope, now: dt.datetime) -> dict[str, int]:
    clocks = Clock.objects.active().filter(pk__in=scope.customers().values("pk"))
    week, month = now + dt.timedelta(days=7), now + dt.timedelta(days=30)
    return clocks.aggregate(
        all=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lte=now)),
        week=Count("pk", filter=Q(due_at__gt=now, due_at__lte=week)),
        month=Count("pk", filter=Q(due_at__gt=now, due_at__lte=month)),
    )


def change_policy(
    scope: Scope, terms: dict[str, object], *, actor: User | None, reason: str, now: dt.datetime
) -> AttentionPolicy:
    """Put a new version in force and date every promise that it decides anew, an owner at a time.

    `terms`: names of TERMS with their new values; what is not named stays, or is the default policy's
    for a first version. What falls due by it is spread (A8).
    """
    policy = new_version(scope, terms, actor, reason, now)
    recompute(scope.customers(), Change("policy", policy.pk, actor, gentle=True), now)
    return policy


def end_policy(scope: Scope, *, actor: User | None, now: dt.datetime) -> None:
    """End a segment's or a customer's own policy; the next nearest holds from now on (A8)."""
    policy = scope.current()
    if policy is None or policy.is_default:
        raise ValueError("Only a segment's or a customer's own policy can end.")
    customers = scope.customers()
    if scope.customer is None:
        # Asked again after the end, it would be those of nobody.
        customers = Customer.objects.filter(pk__in=list(customers.values_list("pk", flat=True)))
    with transaction.atomic():
        AttentionPolicy.objects.filter(pk=policy.pk).update(current=False, valid_until=now)
    recompute(customers, Change("policy", policy.pk, actor, gentle=True), now)


def new_version(
    scope: Scope, terms: dict[str, object], actor: User | None, reason: str, now: dt.datetime
) -> AttentionPolicy:
    """Put a new version in force, without dating anything by it: that is `recompute`'s.

    Raises ValidationError beside the term that cannot be promised.
    """
    with transaction.atomic():
        policy = _draft(scope, terms, actor, reason, now)
        AttentionPolicy.objects.filter(current=True, segment=scope.segment, customer=scope.customer).update(
            current=False, valid_until=now
        )
        policy.save()
    return policy


def _draft(
    scope: Scope, terms: dict[str, object], actor: User | None, reason: str, now: dt.datetime
) -> AttentionPolicy:
    """A version as it would be put in force, checked and not saved. Raises ValidationError as `new_version` does."""
    unknown = set(terms) - set(TERMS)
    if unknown:
        raise ValueError(f"Not terms of a policy: {sorted(unknown)}")
    before = scope.current() or Scope().current()
    assert before is not None
    values = {name: getattr(before, name) for name in TERMS} | terms
    policy = AttentionPolicy(
        segment=scope.segment,
        customer=scope.customer,
        valid_from=now,
        changed_by=actor,
        reason=reason,
        **values,
    )
    policy.clean_fields(exclude=["segment", "customer", "changed_by", "reason"])
    _check_terms(policy, scope, now)
    return policy


def _check_terms(policy: AttentionPolicy, scope: Scope, now: dt.datetime) -> None:
    """Refuse, beside its field, what no calendar of the clients in question can date: a deadline without a date."""
    for name in ("attention_amount", "personal_amount", "call_back_hours"):
        if getattr(policy, name) == 0:
            raise ValidationError({name: _("Choose at least one.")})
    used = Clock.objects.filter(pk__in=scope.customers().values("pk")).values("calendar")
    for calendar in Calendar.objects.filter(pk__in=used):
        today = local_date(calendar, now)
        for name in ("attention", "personal"):
            amount = getattr(policy, f"{name}_amount")
            working = getattr(policy, f"{name}_unit") == Unit.WORKING_DAYS
            if amount:
                with beside(f"{name}_amount"):
                    due = (add_working_days if working else add_calendar_days)(calendar, today, amount)
                    add_working_days(calendar, local_date(calendar, due), policy.grace_days)
        with beside("welcome_days"):
            add_working_days(calendar, today, policy.welcome_days)
        with beside("call_back_hours"):
            add_working_hours(calendar, now, policy.call_back_hours)


@contextmanager
def beside(name: str) -> Iterator[None]:
    """Put what the calendar refuses beside a field."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error


def calendar_changed(calendar: Calendar, actor: User | None, now: dt.datetime, tell: Tell) -> None:
    """Date every promise anew that is kept by a calendar; what falls due by it is spread (A8)."""
    theirs = Clock.objects.filter(calendar=calendar)
    change = Change("calendar", calendar.pk, actor, gentle=True)
    recompute(Customer.objects.filter(pk__in=theirs.values("pk")), change, now, tell)


def recompute(
    customers: QuerySet[Customer], change: Change, now: dt.datetime, tell: Callable[[int], None] = lambda _n: None
) -> None:
    """Facts changed for many, some acting owners at a time (A8), so that logging goes on beside it.

    All of one acting owner are in one transaction; small portfolios share one, their statements cost the same.
    `tell` hears after each how many customers it held.
    """
    # A policy changes what is promised, not what happened.
    changed = partial(facts_changed, change=change, now=now, scope=False, facts=change.cause != "policy")
    if customers.only_pk is not None:  # type: ignore[attr-defined]
        changed(customers)
        tell(1)
        return
    for share in shares_of(customers, now):
        held = share.count()
        changed(share)
        tell(held)


def shares_of(customers: QuerySet[Customer], now: dt.datetime) -> Iterator[QuerySet[Customer]]:
    """`customers` in parts of about a second's work: all of one acting owner in one, small portfolios share one."""
    counts = dict(customers.order_by().values_list("owner").annotate(Count("pk")))
    acting = acting_map({owner for owner in counts if owner is not None}, now)
    shares: dict[int | None, list[int | None]] = defaultdict(list)
    for owner in counts:
        shares[acting.get(owner) if owner is not None else None].append(owner)
    batch: list[int | None] = []
    for person in sorted(shares, key=lambda one: one or 0):
        batch += shares[person]
        if sum(counts[owner] for owner in batch) >= AT_A_TIME:
            yield customers.filter(_owned_by(batch))
            batch = []
    if batch:
        yield customers.filter(_owned_by(batch))


def _owned_by(owners: list[int | None]) -> Q:
    theirs = Q(owner__in=[owner for owner in owners if owner is not None])
    return theirs | Q(owner__isnull=True) if None in owners else theirs


def promise_of(clock: Clock) -> dict[str, object]:
    """The terms in force for one customer and where they come from. At most three index look-ups."""
    found = (
        AttentionPolicy.objects.filter(current=True)
        .filter(
            Q(customer=clock.pk)
            | Q(segment=clock.segment_id, segment__isnull=False)
            | Q(segment__isnull=True, customer__isnull=True)
        )
        .order_by(F("customer").asc(nulls_last=True), F("segment").asc(nulls_last=True))
        .first()
    )
    assert found is not None
    source = "customer" if found.customer_id else "segment" if found.segment_id else "default"
    return {name: getattr(found, name) for name in TERMS} | {"source": source, "version": found.pk}
