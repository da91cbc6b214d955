"""The weekly mail of supervisors and administrators: planned with the week's first morning, composed when it is sent.

What it says gathers several apps: the app above all of them composes it, and says so by `compose_by`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import translation

from accounts.models import User
from alerts.budget import new_delivery
from alerts.choices import Purpose
from alerts.models import Delivery


@dataclass(frozen=True)
class Line:
    """One line: `name` leads to `open`, a whole address, where there is one; `text` stands behind it."""

    name: str
    text: str
    open: str = ""


@dataclass(frozen=True)
class Group:
    """Lines under a title; `more` says how many are not among them."""

    title: str
    lines: Sequence[Line]
    more: str = ""


@dataclass(frozen=True)
class Week:
    """A weekly mail in its reader's language."""

    subject: str
    opening: str
    groups: Sequence[Group] = field(default_factory=list)


#: Composes the week of a reader up to an instant, in the language that is active; None where there is nothing to say.
Compose = Callable[[User, dt.datetime], Week | None]
_compose: list[Compose] = []


def compose_by(compose: Compose) -> None:
    """Let the app that gathers say what a week was; called when the app starts."""
    _compose[:] = [compose]


def week_of(reader: User, now: dt.datetime) -> Week | None:
    """Return what a person's weekly mail says at an instant, in their language; None when it would be empty."""
    with translation.override(reader.language):
        return _compose[0](reader, now) if _compose else None


def begins_week(last_on: dt.date | None, day: dt.date) -> bool:
    """Whether a morning is its week's first. Somebody's very first one is not: they have no week to look back on."""
    return last_on is not None and _week(last_on) != _week(day)


def plan_weeks(users: Iterable[User], now: dt.datetime) -> None:
    """Plan the weekly mail of each of these, on their local date of `now`. Twice is as good as once. One query."""
    mails = [_mail(user, now) for user in users if user.is_supervisor]
    if mails:
        Delivery.objects.bulk_create(mails, ignore_conflicts=True)


def _mail(user: User, now: dt.datetime) -> Delivery:
    year, week = _week(now.astimezone(user.zone).date())
    return new_delivery(user, Purpose.WEEKLY, now, now=now, key=f"weekly:{user.pk}:{year}-W{week:02}")


def _week(day: dt.date) -> tuple[int, int]:
    """The year and the number of a week (ISO 8601)."""
    year, week, _weekday = day.isocalendar()
    return year, week
