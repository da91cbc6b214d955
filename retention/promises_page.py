"""What the pages of the promises show: each with whom it is for, how many it decides, who changed it and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from crm.listing import View
from crm.models import Clock, Segment
from crm.querysets import seen_by
from retention.models import AttentionPolicy, PolicyChange
from retention.policies import Scope
from retention.promise_words import Difference, differences, sentence, small_print

#: Customers with a promise of their own that the page lists, the latest changed first.
MOST = 50
#: Versions that the history of one promise shows.
VERSIONS = 50


@dataclass(frozen=True)
class Promise:
    """One line: whom it is for, what is promised (None: as to everybody else), and how many clients it decides."""

    scope: Scope
    policy: AttentionPolicy | None
    clients: int

    @property
    def name(self) -> str:
        return name_of(self.scope)

    @property
    def url(self) -> str:
        return address_of(self.scope)

    @property
    def clients_url(self) -> str:
        """The list of those whom it decides."""
        segment = self.scope.segment
        view = View(segment=str(segment.pk), promises="shared") if segment else View(promises="everybody")
        return reverse("crm:customer-list") + view.address()

    @property
    def sentence(self) -> str:
        return sentence(self.policy) if self.policy else _("As promised to everybody.")

    @property
    def small_print(self) -> str:
        return small_print(self.policy) if self.policy else ""


@dataclass(frozen=True)
class Version:
    """One version of a promise, and what it changed."""

    policy: AttentionPolicy
    before: AttentionPolicy | None

    @property
    def sentence(self) -> str:
        return sentence(self.policy)

    @cached_property
    def differences(self) -> list[Difference]:
        return differences(self.before, self.policy) if self.before else []


def name_of(scope: Scope) -> str:
    """Whom a promise is for, in words."""
    return str(scope.customer or scope.segment or _("Everybody"))


def address_of(scope: Scope) -> str:
    """The page of a promise."""
    if scope.customer is not None:
        return reverse("retention:policy-customer", args=[scope.customer.pk])
    if scope.segment is not None:
        return reverse("retention:policy-segment", args=[scope.segment.pk])
    return reverse("retention:policy-default")


def shared_promises(reader: User) -> list[Promise]:
    """The default's and each segment's, with the clients of `reader`'s that they decide. Three queries."""
    shared = AttentionPolicy.objects.filter(current=True, customer=None).select_related("changed_by")
    policies = {policy.segment_id: policy for policy in shared}
    counts = _counts(reader)
    lines, rest = [], counts[None]
    for segment in Segment.objects.live().order_by("position", "name"):
        policy = policies.get(segment.pk)
        lines.append(Promise(Scope(segment), policy, counts[segment.pk]))
        if policy is None:
            rest += counts[segment.pk]
    return [Promise(Scope(), policies[None], rest), *lines]


def _counts(reader: User) -> defaultdict[int | None, int]:
    own = AttentionPolicy.objects.filter(current=True, customer__isnull=False).values("customer")
    clocks = Clock.objects.visible_to(reader).active().exclude(pk__in=own).order_by()
    return defaultdict(int, clocks.values_list("segment").annotate(n=Count("pk")))


def own_promises(reader: User) -> tuple[list[Promise], int]:
    """Customers of `reader`'s with a promise of their own, the latest first; and how many there are. Two queries."""
    rows = AttentionPolicy.objects.filter(seen_by(reader, "customer__"), current=True, customer__isnull=False)
    latest = rows.select_related("customer", "changed_by").order_by("-valid_from", "-pk")[:MOST]
    found = [Promise(Scope(customer=row.customer), row, 1) for row in latest]
    return found, len(found) if len(found) < MOST else rows.count()


def versions_of(scope: Scope) -> list[Version]:
    """The versions of one promise, the latest first, each with the one before it. One query."""
    rows = AttentionPolicy.objects.filter(segment=scope.segment, customer=scope.customer).select_related("changed_by")
    policies = list(rows.order_by("-pk")[: VERSIONS + 1])
    pairs = zip(policies, [*policies[1:], None], strict=False)
    return [Version(policy, before) for policy, before in pairs][:VERSIONS]


def changes_of(reader: User, scope: Scope | None = None) -> QuerySet[PolicyChange]:
    """Changes that `reader` may look at, the latest first; of one promise, or of all."""
    rows = PolicyChange.objects.all()
    if not reader.is_administrator:
        # The administrators' empty rule would vanish beside the other one.
        rows = rows.filter(Q(customer=None) | seen_by(reader, "customer__"))
    if scope is not None:
        rows = rows.filter(segment=scope.segment, customer=scope.customer)
    return rows.select_related("segment", "customer", "asked_by", "before", "after").order_by("-pk")
