"""Changing what is promised from a page: the version is in force at once, dating anew is a job that may be undone (A8).

Twice is as good as once: a job that was killed is begun anew by the next worker, and finds what is dated already dated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from accounts.models import User
from accounts.setting_history import said_why
from crm.events import Change
from retention import jobs
from retention.models import AttentionPolicy, PolicyChange
from retention.policies import TERMS, Scope, new_version, recompute


def scope_of(change: PolicyChange) -> Scope:
    """Whom a change is for."""
    return Scope(change.segment, change.customer)


@transaction.atomic
def ask(
    scope: Scope, terms: dict[str, object], *, base: int | None, actor: User, reason: str, now: dt.datetime
) -> PolicyChange:
    """Put new terms in force and leave the dating to the job.

    `base`: the version that the person saw, None where there was none of its own. Raises ValidationError: no reason,
    changed by another meanwhile, beside the term that cannot be promised.
    """
    reason = said_why(reason)
    before = _locked(scope, base)
    if before is not None and all(getattr(before, name) == value for name, value in terms.items()):
        raise ValidationError(gettext("That is promised already."))
    after = new_version(scope, terms, actor, reason, now)
    return _planned(scope, before, after, actor, reason, now)


@transaction.atomic
def ask_to_end(scope: Scope, *, base: int | None, actor: User, reason: str, now: dt.datetime) -> PolicyChange:
    """End a segment's or a customer's own promise: the next nearest holds. Raises ValidationError as `ask` does."""
    before = _locked(scope, base)
    if before is None or before.is_default:
        raise ValidationError(gettext("There is no promise of its own to end."))
    _end(before, now)
    return _planned(scope, before, None, actor, reason, now)


@transaction.atomic
def undo(change: PolicyChange, *, actor: User, now: dt.datetime) -> PolicyChange:
    """Put what was promised before a change in force again, as a version of its own; a job like any other.

    Raises ValidationError where it was undone already, or changed again since.
    """
    lock_settings()
    change.refresh_from_db()
    scope = scope_of(change)
    current = scope.current()
    if change.undone_at is not None or (current.pk if current else None) != change.after_id:
        raise ValidationError(gettext("This was changed again since then; change it as it stands now."))
    reason = pgettext("reason", "undone")
    if change.before is None:
        assert current is not None
        _end(current, now)
        after = None
    else:
        after = new_version(scope, {name: getattr(change.before, name) for name in TERMS}, actor, reason, now)
    PolicyChange.objects.filter(pk=change.pk).update(undone_at=now)
    back = _planned(scope, current, after, actor, reason, now)
    back.undoes = change
    back.save(update_fields=["undoes"])
    return back


def lock_settings() -> None:
    """One change of a promise at a time: the first version ever is there always."""
    defaults = AttentionPolicy.objects.filter(segment=None, customer=None).order_by("pk")
    defaults.select_for_update()[0]


def _locked(scope: Scope, base: int | None) -> AttentionPolicy | None:
    lock_settings()
    current = scope.current()
    if (current.pk if current else None) != base:
        raise ValidationError(gettext("Somebody changed this promise meanwhile. Look at it as it stands now."))
    return current


def _end(policy: AttentionPolicy, now: dt.datetime) -> None:
    AttentionPolicy.objects.filter(pk=policy.pk).update(current=False, valid_until=now)


def _planned(
    scope: Scope,
    before: AttentionPolicy | None,
    after: AttentionPolicy | None,
    actor: User,
    reason: str,
    now: dt.datetime,
) -> PolicyChange:
    return PolicyChange.objects.create(
        segment=scope.segment,
        customer=scope.customer,
        before=before,
        after=after,
        reason=reason,
        asked_at=now,
        asked_by=actor,
        total=scope.customers().count(),
        held_until=now,
    )


def waits(now: dt.datetime) -> bool:
    """Whether a change is to be worked on by whoever comes. One index look-up."""
    return jobs.waits(PolicyChange, now)


def work(now: dt.datetime, clock: Callable[[], dt.datetime] = timezone.now) -> bool:
    """Date anew by the oldest change that nobody holds; False where there is none.

    `now` is when the promises are dated; `clock` is read for how long the change is held.
    """

    def do(change: PolicyChange, tell: jobs.Tell) -> None:
        # Begun anew, it looks at all of them again.
        PolicyChange.objects.filter(pk=change.pk).update(done=0)
        policy = change.after or change.before
        assert policy is not None
        recompute(scope_of(change).customers(), Change("policy", policy.pk, change.asked_by, gentle=True), now, tell)

    return jobs.work(PolicyChange, do, now, clock)
