"""What the attention policy owes: the next attention and the next personal moment (T1–T8, S1–S3, A12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    Expression,
    F,
    Field,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat

from alerts.choices import Kind
from alerts.providers import Provider, columns
from crm.choices import FELT, Unit
from crm.models import AgreedDate, Clock, Customer, Interaction, NoFollowUp
from retention.models import AttentionPolicy
from retention.providers.meeting import by_interaction

#: A12: attention of a client who came back is due within this many working days of the return.
RETURN_DAYS = 5
#: Fields of a policy that the SELECTs read.
_TERMS = (
    "id",
    "attention_amount",
    "attention_unit",
    "personal_amount",
    "personal_unit",
    "welcome_days",
    "grace_days",
)


def wanted(customers: QuerySet[Customer], now: dt.datetime) -> Iterable[QuerySet[Any]]:
    """The SELECTs of the attention and personal-moment deadlines that the customers are owed."""
    clocks = _owed(customers)
    yield _attention(clocks)
    yield _personal(clocks)


def with_policies(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    """Join each clock's own policy and its segment's, as `own` and `shared`."""
    return clocks.annotate(
        own=FilteredRelation("customer__policies", condition=Q(customer__policies__current=True)),
        shared=FilteredRelation("segment__policies", condition=Q(segment__policies__current=True)),
    )


def promised(name: str) -> Case:
    """A field of the customer's own policy, else its segment's, else the default."""
    field = AttentionPolicy._meta.get_field(name)
    assert isinstance(field, Field)
    everybody = AttentionPolicy.objects.filter(current=True, segment__isnull=True, customer__isnull=True)
    return Case(
        When(own__isnull=False, then=F(f"own__{name}")),
        When(shared__isnull=False, then=F(f"shared__{name}")),
        default=Subquery(everybody.values(name)[:1]),
        output_field=BigIntegerField() if name == "id" else field,
    )


def policy_source() -> Case:
    return Case(
        When(own__isnull=False, then=Value("customer")),
        When(shared__isnull=False, then=Value("segment")),
        default=Value("default"),
        output_field=CharField(),
    )


def foreseen(customers: QuerySet[Customer], policy: AttentionPolicy) -> QuerySet[Any]:
    """How many of the customers would be owed what by `policy`, were it theirs: one SELECT, one row for those alike.

    Columns: calendar_id, agreed_day; of_attention_date, of_attention_days, first_days; of_personal_date,
    of_personal_days; clients. What is dated is `wanted`'s, in the words of alerts.models.Wanted.
    """
    clocks = _cadenced(customers).annotate(
        **{f"policy_{name}": _as_said(policy, name) for name in _TERMS if name != "id"}
    )
    clocks = _anchored(clocks, "attention").annotate(
        of_attention_date=F("from_on"), of_attention_days=_days("policy_attention_amount"), first_days=_first_days()
    )
    if policy.personal_amount is not None:
        clocks = _anchored(clocks, "personal").annotate(
            of_personal_date=F("from_on"), of_personal_days=_days("policy_personal_amount")
        )
    else:
        clocks = clocks.annotate(
            of_personal_date=Value(None, DateField()), of_personal_days=Value(None, IntegerField())
        )
    keys = ("calendar_id", "agreed_day", "of_attention_date", "of_attention_days", "first_days",
            "of_personal_date", "of_personal_days")  # fmt: skip
    alike: QuerySet[Any] = clocks.order_by().values(*keys).annotate(clients=Count("pk"))
    return alike.values_list(*keys, "clients")


def _as_said(policy: AttentionPolicy, name: str) -> Value:
    field = AttentionPolicy._meta.get_field(name)
    assert isinstance(field, Field)
    return Value(getattr(policy, name), field)


def _cadenced(customers: QuerySet[Customer]) -> QuerySet[Clock]:
    """Clocks of active customers with a cadence, each with its agreed day."""
    waived = NoFollowUp.objects.filter(customer=OuterRef("pk"), until_at__isnull=True)
    clocks = Clock.objects.filter(pk__in=customers.values("pk"), active=True).exclude(Exists(waived))
    return clocks.annotate(agreed_day=Subquery(_agreed().values("day")[:1]))


def _owed(customers: QuerySet[Customer]) -> QuerySet[Clock]:
    """The same with the policy of each."""
    return with_policies(_cadenced(customers)).annotate(
        policy_source=policy_source(),
        agreed_id=Subquery(_agreed().values("pk")[:1]),
        **{f"policy_{name}": promised(name) for name in _TERMS},
    )


def _agreed() -> QuerySet[AgreedDate]:
    """S3: the standing agreed date of a clock; attention on or after the day, or said to be it, ends it."""
    held = Interaction.objects.filter(
        Q(local_date__gte=OuterRef("day")) | Q(fulfils=OuterRef("pk")),
        customer=OuterRef("customer_id"),
        deleted_at__isnull=True,
        counts_as__in=FELT,
    )
    return AgreedDate.objects.filter(customer=OuterRef("pk"), withdrawn_at__isnull=True).exclude(Exists(held))


def _anchored(clocks: QuerySet[Clock], fact: str) -> QuerySet[Clock]:
    """T4: from the last of its kind; with none from the day added; from the return when that is later."""
    at, on, interaction = F(f"last_{fact}_at"), F(f"last_{fact}_on"), F(f"last_{fact}_id")
    returned = Q(customer__returned_at__isnull=False) & (
        Q(**{f"last_{fact}_at__isnull": True}) | Q(customer__returned_at__gt=at)
    )
    first_of_import = Q(last_attention_at__isnull=True, customer__import_n__isnull=False) & ~returned
    return clocks.annotate(
        is_return=_flag(returned),
        is_import=_flag(first_of_import),
        from_at=Case(When(returned, then=F("customer__returned_at")), default=Coalesce(at, F("customer__added_at"))),
        from_on=Case(
            When(returned, then=F("customer__returned_on")),
            default=Coalesce(on, F("customer__added_on")),
            output_field=DateField(),
        ),
        from_interaction=Case(When(returned, then=None), default=interaction, output_field=BigIntegerField()),
    )


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def _days(amount: str) -> Case:
    """T8: the kth of n never contacted of an import is due ⌈k·N/n⌉ of its interval's N days after it."""
    k, n = F("customer__import_k"), F("customer__import_n")
    return Case(
        When(is_import=1, then=Cast((k * F(amount) + n - 1) / n, IntegerField())),
        default=F(amount),
        output_field=IntegerField(),
    )


#: T8: the first attention of one who was never contacted.
_FRESH = Q(from_interaction__isnull=True, is_import=0)
#: S3: a day that was agreed with them.
_AGREED = Q(agreed_day__isnull=False)


def _first_days() -> Case:
    """T8, A12: within how many working days the first attention is due, where that is earlier."""
    return Case(
        When(_AGREED, then=None),
        When(is_return=1, then=Value(RETURN_DAYS)),
        When(_FRESH, then=F("policy_welcome_days")),
        default=None,
        output_field=IntegerField(),
    )


def _attention(clocks: QuerySet[Clock]) -> QuerySet[Any]:
    clocks = _anchored(clocks, "attention")
    return columns(
        clocks,
        Kind.ATTENTION,
        **_common(),
        amount=Case(When(_AGREED, then=None), default=F("policy_attention_amount"), output_field=IntegerField()),
        unit=Case(When(_AGREED, then=Value(Unit.DATE)), default=F("policy_attention_unit"), output_field=CharField()),
        source=Case(
            When(_AGREED, then=Value("agreed")),
            When(is_return=1, then=Value("return")),
            When(is_import=1, then=Value("import")),
            When(_FRESH, then=Value("welcome")),
            default=F("policy_source"),
            output_field=CharField(),
        ),
        version=Case(When(_AGREED, then=F("agreed_id")), default=F("policy_id"), output_field=BigIntegerField()),
        meets_from=F("agreed_day"),
        days=_days("policy_attention_amount"),
        day=F("agreed_day"),
        first_days=_first_days(),
    )


def _personal(clocks: QuerySet[Clock]) -> QuerySet[Any]:
    clocks = _anchored(clocks.filter(Q(policy_personal_amount__isnull=False)), "personal")
    return columns(
        clocks,
        Kind.PERSONAL,
        **_common(),
        amount=F("policy_personal_amount"),
        unit=F("policy_personal_unit"),
        source=F("policy_source"),
        version=F("policy_id"),
        days=_days("policy_personal_amount"),
        # S3: an agreed date postpones, never advances, the personal moment.
        not_before_day=F("agreed_day"),
    )


def _common() -> dict[str, Expression | F]:
    return {
        "subject_key": Concat(Value("customer:"), Cast("pk", CharField())),
        "subject_id": F("pk"),
        "customer_id": F("pk"),
        "calendar_id": F("calendar_id"),
        "anchor_at": F("from_at"),
        "anchor_date": F("from_on"),
        "anchor_interaction_id": F("from_interaction"),
        "grace_days": F("policy_grace_days"),
    }


SILENCE = Provider(kinds=(Kind.ATTENTION, Kind.PERSONAL), wanted=wanted, meeting=by_interaction)
