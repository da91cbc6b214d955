from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import Absence
from crm.attachment_subjects import subjects_gone

if TYPE_CHECKING:
    from accounts.models import User
    from crm.models import Attachment, Clock, Customer, Interaction, Segment, Task


def seen_by(user: User, prefix: str = "") -> Q:
    """The one rule of who sees a whole customer, for a model with `owner` and `team` at `prefix`.

    Managers: their own, the covered (the evening before and two days after too), the queue of their teams.
    Supervisors: also their teams. Administrators: all.
    """
    if user.is_administrator:
        return Q()
    own = Q(**{f"{prefix}owner__in": user.sees_for_ids})
    queue = Q(**{f"{prefix}owner__isnull": True, f"{prefix}team__in": user.team_ids})
    supervised = Q(**{f"{prefix}team__in": user.supervised_team_ids})
    return own | queue | supervised


def reached_by(user: User, prefix: str = "") -> Q:
    """Who may see name, owner, clock and phone, and log: also every customer of one's teams."""
    if user.is_administrator:
        return Q()
    return seen_by(user, prefix) | Q(**{f"{prefix}team__in": user.team_ids})


class SegmentQuerySet(models.QuerySet["Segment"]):
    def live(self, keep: int | str | None = None) -> Self:
        """Those that clients can be put into: not ended; with `keep`, the one that is chosen already too."""
        return self.filter(Q(ended_at__isnull=True) | Q(pk=keep)) if keep else self.filter(ended_at__isnull=True)


class CustomerQuerySet(models.QuerySet["Customer"]):
    #: The one customer that the set is known to be, for crm.prepared. No copy of the set keeps it.
    only_pk: int | None = None

    def one(self, pk: int) -> Self:
        """The set of one customer, for which the engine's statements are compiled already."""
        customers = self.filter(pk=pk)
        customers.only_pk = pk
        return customers

    def visible_to(self, user: User) -> Self:
        """Customers whose whole record `user` may see."""
        return self.filter(seen_by(user))

    def reachable_by(self, user: User) -> Self:
        """Customers that `user` may find, call and log for."""
        return self.filter(reached_by(user))

    def active(self) -> Self:
        """S1: not archived, stage neither leaving nor departed."""
        return self.filter(archived_at__isnull=True).exclude(stage__in=("leaving", "departed"))


class ClockQuerySet(models.QuerySet["Clock"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(seen_by(user))

    def reachable_by(self, user: User) -> Self:
        return self.filter(reached_by(user))

    def active(self) -> Self:
        return self.filter(active=True)

    def in_state(self, state: str, now: dt.datetime) -> Self:
        """Rows whose `status_at(now).state` is `state`; the same formula in SQL."""
        return self.filter(state_q(state, now))

    def never_contacted(self) -> Self:
        return self.filter(last_attention_at__isnull=True)

    def no_owner(self) -> Self:
        return self.filter(owner__isnull=True)

    def unresponsive(self) -> Self:
        return self.filter(attempts_since__gte=3, attempt_days_since__gte=2)


def state_q(state: str, now: dt.datetime, prefix: str = "") -> Q:
    due, soon = f"{prefix}due_at", f"{prefix}soon_at"
    return {
        "nocadence": Q(**{f"{due}__isnull": True}),
        "overdue": Q(**{f"{due}__lte": now}),
        "soon": Q(**{f"{due}__gt": now, f"{soon}__lte": now}),
        "fine": Q(**{f"{due}__gt": now, f"{soon}__gt": now}),
    }[state]


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def visible_to(self, user: User) -> Self:
        """Interactions of customers `user` may see, and those they entered themselves (W9)."""
        # The administrators' empty rule would vanish beside the other one.
        if user.is_administrator:
            return self.all()
        return self.filter(seen_by(user, "customer__") | Q(entered_by=user.pk))

    def kept(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def attention(self) -> Self:
        """Kept interactions that the client could feel."""
        return self.kept().filter(counts_as__in=("attention", "personal"))


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User) -> Self:
        if user.is_administrator:
            return self.all()
        return self.filter(seen_by(user, "customer__") | Q(owner=user.pk))

    def open(self) -> Self:
        return self.filter(done_at__isnull=True, cancelled_at__isnull=True)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> Self:
        """Files of customers `user` may see, and those they added themselves, as with what they logged (W9)."""
        if user.is_administrator:
            return self.all()
        return self.filter(seen_by(user, "customer__") | Q(added_by=user.pk))

    def kept(self) -> Self:
        """Not removed, and what they belong to is not either."""
        return self.in_place().filter(removed_at__isnull=True)

    def in_place(self) -> Self:
        """Kept, or removed and still to be brought back."""
        rows = self.filter(purged_at__isnull=True)
        for gone in subjects_gone():
            rows = rows.exclude(gone)
        return rows
