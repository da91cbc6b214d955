"""What a client and we agreed about the next contact: a date (S3), or that no follow-up is wanted (S1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.reckoning import closing_on
from crm.archive import locked_customer
from crm.events import Change, facts_changed
from crm.models import AgreedDate, Clock, Customer, NoFollowUp
from crm.models.clock import State

#: S1: a review lies at most this far ahead.
LONGEST_REVIEW = dt.timedelta(days=366)

#: Days that the attention policy promises a customer; None where nothing is promised.
Interval = Callable[[Customer, dt.datetime], int | None]
_intervals: list[Interval] = []


def tell_interval(interval: Interval) -> None:
    """Let the app that keeps the policies say how long the attention's maximum is, in calendar days."""
    _intervals[:] = [interval]


def interval_days(clock: Clock, now: dt.datetime) -> int | None:
    """The attention's maximum in days, from the policy, else from the clock's own promise; None when not known."""
    if _intervals:
        return _intervals[0](clock.customer, now)
    if clock.due_kind != "attention" or clock.due_source == "agreed":
        return None
    assert clock.due_at is not None
    assert clock.anchor_at is not None
    return max((clock.due_at - clock.anchor_at).days, 1)


def standing_date(customer: Customer) -> AgreedDate | None:
    """The agreed date that has not ended: not withdrawn, and no attention on its day, after it, or for it (S3)."""
    agreed = AgreedDate.objects.filter(customer=customer, withdrawn_at=None).select_related("set_by").first()
    if agreed is None:
        return None
    felt = customer.interactions.attention()
    if felt.filter(fulfils=agreed).exists() or felt.filter(local_date__gte=agreed.day).exists():
        return None
    return agreed


@transaction.atomic
def agree_on_date(customer: Customer, day: dt.date, *, reason: str, actor: User, now: dt.datetime) -> AgreedDate:
    """Agree on a date for the next contact, in place of the one before.

    Raises ValidationError: not after today, beyond the working calendar, a reason that is missing, a second one while
    overdue that needs the supervisor, a client to whom no attention is owed.
    """
    locked_customer(customer.pk)
    clock = Clock.objects.select_related("calendar", "customer").get(pk=customer.pk)
    overdue = clock.status_at(now).state == State.OVERDUE
    _check_day(clock, day, now)
    _check_supervisor(clock, actor)
    if not reason and overdue:
        raise ValidationError({"reason": _("They have waited too long already: say why this date is right.")})
    days = interval_days(clock, now)
    if not reason and days and (day - _today(clock, now)).days > 2 * days:
        raise ValidationError({"reason": _("That is more than twice the usual wait: say why.")})
    at = now.replace(microsecond=0)
    AgreedDate.objects.filter(customer=customer, withdrawn_at=None).update(withdrawn_at=at, withdrawn_by=actor)
    agreed = AgreedDate.objects.create(
        customer=customer, day=day, reason=reason, set_at=at, set_by=actor, set_while_overdue=overdue
    )
    _told(customer, agreed.pk, actor, now)
    return agreed


def _check_day(clock: Clock, day: dt.date, now: dt.datetime) -> None:
    if not clock.active:
        raise ValidationError(_("Bring them back first: they are leaving, departed or archived."))
    if NoFollowUp.objects.filter(customer=clock.pk, until_at=None).exists():
        raise ValidationError(_("No follow-up is wanted at present. End that first."))
    if day <= _today(clock, now):
        raise ValidationError({"day": _("Choose a day after today.")})
    try:
        closing_on(clock.calendar, day)
    except ValidationError as error:
        raise ValidationError({"day": error.messages}) from error


def _check_supervisor(clock: Clock, actor: User) -> None:
    """S3: set while overdue, another before the next attention is the supervisor's."""
    dates = AgreedDate.objects.filter(customer=clock.pk, set_while_overdue=True)
    if clock.last_attention_at:
        dates = dates.filter(set_at__gt=clock.last_attention_at)
    supervises = actor.is_administrator or clock.team_id in actor.supervised_team_ids
    if not supervises and dates.exists():
        raise ValidationError(
            _("A date was agreed while they waited. Another one, before they are attended, is for your supervisor.")
        )


@transaction.atomic
def withdraw_date(customer: Customer, *, actor: User, now: dt.datetime) -> bool:
    """Take the agreed date back; the policy's own date returns. False when there was none."""
    locked_customer(customer.pk)
    dates = AgreedDate.objects.filter(customer=customer, withdrawn_at=None)
    if not dates.update(withdrawn_at=now.replace(microsecond=0), withdrawn_by=actor):
        return False
    _told(customer, None, actor, now)
    return True


@transaction.atomic
def stop_follow_up(customer: Customer, *, reason: str, review_on: dt.date, actor: User, now: dt.datetime) -> NoFollowUp:
    """No follow-up is wanted, for this reason, to be reviewed on that day. It ends by hand only.

    Raises ValidationError beside `reason` or `review_on`: empty, not after today, more than 12 months away.
    """
    locked_customer(customer.pk)
    clock = Clock.objects.select_related("calendar").get(pk=customer.pk)
    today = _today(clock, now)
    if not clock.active:
        raise ValidationError(_("Bring them back first: they are leaving, departed or archived."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why they want no follow-up.")})
    if review_on <= today:
        raise ValidationError({"review_on": _("Choose a day after today.")})
    if review_on > today + LONGEST_REVIEW:
        raise ValidationError({"review_on": _("Look at it again within twelve months.")})
    try:
        closing_on(clock.calendar, review_on)
    except ValidationError as error:
        raise ValidationError({"review_on": error.messages}) from error
    at = now.replace(microsecond=0)
    NoFollowUp.objects.filter(customer=customer, until_at=None).update(until_at=at, ended_by=actor)
    stopped = NoFollowUp.objects.create(
        customer=customer, reason=reason.strip(), review_on=review_on, from_at=at, set_by=actor
    )
    _told(customer, stopped.pk, actor, now)
    return stopped


@transaction.atomic
def resume_follow_up(customer: Customer, *, actor: User, now: dt.datetime) -> bool:
    """End "no follow-up wanted"; attention is owed again. False when it did not hold."""
    locked_customer(customer.pk)
    stopped = NoFollowUp.objects.filter(customer=customer, until_at=None)
    if not stopped.update(until_at=now.replace(microsecond=0), ended_by=actor):
        return False
    # Its end falls under A8: they are not overdue all at once.
    _told(customer, None, actor, now, gentle=True)
    return True


def _today(clock: Clock, now: dt.datetime) -> dt.date:
    return now.astimezone(clock.calendar.tz).date()


def _told(customer: Customer, cause_id: int | None, actor: User, now: dt.datetime, *, gentle: bool = False) -> None:
    change = Change(cause="person", cause_id=cause_id, actor=actor, gentle=gentle)
    facts_changed(Customer.objects.one(customer.pk), change=change, now=now, scope=False)
