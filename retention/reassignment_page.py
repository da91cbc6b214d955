"""What the page of a hand-over says: who went from whom to whom, who stayed, by what they were chosen."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from accounts.models import Membership, User
from crm.models import Customer
from retention.models import Reassignment
from retention.reassignment_form import Chosen, read_chosen

#: Clients who stayed that are named, and pairs of people.
NAMED = 50


@dataclass(frozen=True)
class Told:
    """`ways`: from whom, to whom (empty for a queue), clients. `stayed`: number, name, why; of `stayed_count`."""

    ways: list[tuple[str, str, int]]
    stayed: list[tuple[int, str, str]]
    stayed_count: int
    words: list[str]

    @property
    def moved(self) -> int:
        """How many moved, or are to move."""
        return sum(n for _held, _to, n in self.ways)


def reassignments_of(reader: User) -> QuerySet[Reassignment]:
    """The hand-overs whose pages one may open: administrators all, supervisors their own and of who left them."""
    jobs = Reassignment.objects.select_related("asked_by", "leaver")
    if reader.is_administrator:
        return jobs
    theirs = Membership.objects.filter(team__in=reader.supervised_team_ids).values("user")
    return jobs.filter(Q(asked_by=reader) | Q(leaver__in=theirs))


def told(job: Reassignment, reader: User) -> Told:
    """Read what there is to say. Seven queries at most."""
    ways = job.rows.filter(left="").order_by().values_list("from_owner__name", "to_owner__name")
    counted = ways.annotate(n=Count("pk")).order_by("-n", "from_owner__name", "to_owner__name")
    left = job.rows.exclude(left="")
    seen = left.filter(customer__in=Customer.objects.reachable_by(reader)).select_related("customer")
    return Told(
        ways=[(held or "", to or "", n) for held, to, n in counted[:NAMED]],
        stayed=[
            (row.customer_id, row.customer.name, str(row.get_left_display()))
            for row in seen.order_by("customer__name_key", "pk")[:NAMED]
        ],
        stayed_count=left.count(),
        words=_chosen_by(job).words(reader) if job.chosen else [],
    )


def _chosen_by(job: Reassignment) -> Chosen:
    return read_chosen(QueryDict(job.chosen.removeprefix("?")), job.asked_at)
