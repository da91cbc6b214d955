"""Absences as people plan them: from which half-day to which, with whom as the cover; changed, ended, taken back (A10).

`accounts.acting` says who acts at an instant. Nothing is lost: every change is kept with who made it, also of an
absence that was withdrawn. What somebody did can be taken back for ten minutes, unless it was changed again since.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.acting import calendar_of, current_absences
from accounts.events import Tell, absence_changed
from accounts.exceptions import BeyondCalendar
from accounts.models import Absence, Calendar, CalendarDay, User
from accounts.reckoning import start_of

TAKE_BACK = dt.timedelta(minutes=10)
#: The evening before is so long before closing time: the cover can still ask.
BEFORE_CLOSING = dt.timedelta(hours=1)
#: A cover sees the clients until so many working days after the return.
SEEN_AFTER = 2


class ChangedMeanwhile(ValidationError):
    """Somebody else changed the absence after the form was opened."""

    def __init__(self) -> None:
        message = _("Somebody changed this absence meanwhile: look at its changes. Save again to have it as you say.")
        super().__init__({NON_FIELD_ERRORS: message})


@dataclass(frozen=True)
class Days:
    """From the morning, or the midday, of `first` to the evening, or the midday, of `last`; without `last`, no end."""

    first: dt.date
    last: dt.date | None
    from_midday: bool = False
    to_midday: bool = False


def coming(user: User, now: dt.datetime) -> QuerySet[Absence]:
    """Return the absences of a person that are not over, first first."""
    not_over = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    return user.absences.filter(not_over).select_related("user", "cover").order_by("starts_at", "pk")


def possible_covers(user: User, actor: User) -> QuerySet[User]:
    """Return who may cover for a person: those at work whom the person or the actor sees, by name."""
    seen = Q(pk__in=User.objects.visible_to(user).values("pk"))
    if actor != user:
        seen |= Q(pk__in=User.objects.visible_to(actor).values("pk"))
    at_work = User.objects.active().filter(first_signed_in_at__isnull=False, is_demo=user.is_demo)
    return at_work.filter(seen).exclude(pk=user.pk).order_by("name", "pk")


def midday(calendar: Calendar, date: dt.date) -> dt.datetime:
    """Return when the first half of a date ends: at the break between its spans, else in the middle of its hours. UTC.

    A closed date has no hours: noon. One query.
    """
    spans = list(calendar.spans.filter(date=date).order_by("opens_at"))
    if not spans:
        return dt.datetime.combine(date, dt.time(12), tzinfo=calendar.tz).astimezone(dt.UTC)
    if len(spans) > 1:
        return spans[(len(spans) - 1) // 2].closes_at
    return spans[0].opens_at + (spans[0].closes_at - spans[0].opens_at) / 2


def instants(days: Days, calendar: Calendar) -> tuple[dt.datetime, dt.datetime | None]:
    """Return when an absence begins and ends (UTC) by a calendar; ValidationError, by field, where that cannot be."""
    for field, date in (("first", days.first), ("last", days.last)):
        if date is not None:
            _refuse_unknown(calendar, date, field)
    starts = midday(calendar, days.first) if days.from_midday else start_of(calendar, days.first)
    if days.last is None:
        return starts, None
    ends = midday(calendar, days.last) if days.to_midday else start_of(calendar, days.last + dt.timedelta(days=1))
    if ends <= starts:
        raise ValidationError({"last": _("This is before it begins.")})
    return starts, ends


def _refuse_unknown(calendar: Calendar, date: dt.date, field: str) -> None:
    until = calendar.built_until
    if until is None or date >= until:
        raise ValidationError({field: BeyondCalendar(until).messages})
    if calendar.built_from and date <= calendar.built_from:
        raise ValidationError({field: _("That is too long ago.")})


def days_of(absence: Absence, calendar: Calendar) -> Days:
    """Return an absence as the form asks for it."""
    starts = absence.starts_at.astimezone(calendar.tz)
    from_midday = starts.time() != dt.time(0)
    if absence.ends_at is None:
        return Days(starts.date(), None, from_midday)
    ends = absence.ends_at.astimezone(calendar.tz)
    to_midday = ends.time() != dt.time(0)
    return Days(starts.date(), ends.date() if to_midday else ends.date() - dt.timedelta(days=1), from_midday, to_midday)


def move(absence: Absence, days: Days, calendar: Calendar) -> None:
    """Put an absence, not saved, on other days; an end of it that stays keeps its very instant."""
    starts_at, ends_at = instants(days, calendar)
    known = days_of(absence, calendar) if absence.pk else None
    if known is None or (known.first, known.from_midday) != (days.first, days.from_midday):
        absence.starts_at = starts_at
    if known is None or (known.last, known.to_midday) != (days.last, days.to_midday):
        absence.ends_at = ends_at


@transaction.atomic
def save(absence: Absence, *, actor: User, base: int | None = None, now: dt.datetime | None = None) -> int:
    """Plan or change an absence; returns what `take_back` needs. ValidationError, by field, where it cannot be.

    `base`: the latest change that the actor knew of; ChangedMeanwhile when there is a later one.
    """
    # Two who plan at once: the second sees what the first saved.
    User.objects.select_for_update(no_key=True).get(pk=absence.user_id)
    if absence.pk and base is not None and base != last_change(absence.pk):
        raise ChangedMeanwhile
    if absence.ends_at is None and absence.cover is None:
        raise ValidationError({"cover": _("Without a last day somebody must cover.")})
    _refuse_overlap(absence)
    _refuse_cover_away(absence)
    absence.full_clean()
    return _keep(absence, actor, now or timezone.now())


@transaction.atomic
def end(absence: Absence, *, actor: User, now: dt.datetime) -> int:
    """Say that a person is back at `now`; one that has not begun is withdrawn. Returns what `take_back` needs."""
    found = Absence.objects.select_for_update(of=("self",)).get(pk=absence.pk)
    if found.starts_at < now:
        found.ends_at = min(now, found.ends_at or now)
        return _keep(found, actor, now)
    return _drop(found, actor, now)


@transaction.atomic
def not_today(user: User, *, actor: User, now: dt.datetime) -> tuple[Absence, int]:
    """Have somebody away from now until tomorrow, no reason asked; returns the absence and what `take_back` needs.

    It ends earlier where another absence begins today. ValidationError when they are away already.
    """
    calendar = calendar_of(user)
    tomorrow = start_of(calendar, now.astimezone(calendar.tz).date() + dt.timedelta(days=1))
    next_one = user.absences.filter(starts_at__gt=now, starts_at__lt=tomorrow).order_by("starts_at").first()
    ends_at = next_one.starts_at if next_one else tomorrow
    absence = Absence(user=user, cover=usual_cover(user, now), starts_at=now, ends_at=ends_at)
    return absence, save(absence, actor=actor, now=now)


def usual_cover(user: User, now: dt.datetime) -> User | None:
    """Return who covers when nobody is named: who did last time, else a supervisor of theirs; None for the queue.

    Only somebody at work at `now`.
    """
    away = current_absences(now).values("user")
    here = User.objects.active().filter(first_signed_in_at__isnull=False, is_demo=user.is_demo)
    here = here.exclude(pk__in=away).exclude(pk=user.pk)
    last = user.absences.filter(cover__in=here).order_by("-starts_at").values("cover")[:1]
    before = here.filter(pk__in=last).first()
    if before is not None:
        return before
    teams = user.memberships.filter(is_primary=True).values("team")
    return here.filter(memberships__team__in=teams, memberships__supervises=True).order_by("pk").first()


@transaction.atomic
def take_back(change: int, *, actor: User, now: dt.datetime) -> bool:
    """Undo a change that `actor` made at most ten minutes ago; False when it is too late, or changed again since.

    ValidationError when how it was before cannot stand any more.
    """
    rows = Absence.history.filter(history_id=change, history_user=actor, history_date__gt=now - TAKE_BACK)
    row: Any = rows.first()
    if row is None or Absence.history.filter(id=row.id, history_id__gt=change).exists():
        return False
    before: Any = Absence.history.filter(id=row.id, history_id__lt=change).order_by("-history_id").first()
    if before is None:
        _drop(Absence.objects.get(pk=row.id), actor, now)
    else:
        as_it_was = before.instance
        # Known to be there, unless it was withdrawn: its number is its own.
        as_it_was._state.adding = not Absence.objects.filter(pk=row.id).exists()
        save(as_it_was, actor=actor, now=now)
    return True


def evening_before(absence: Absence) -> dt.datetime:
    """Return when the cover takes over what is owed: an hour before closing time of their last working day before.

    By the cover's calendar, without a cover by the person's own; UTC. At most two queries.
    """
    calendar = calendar_of(absence.cover or absence.user)
    first = absence.starts_at.astimezone(calendar.tz).date()
    days = CalendarDay.objects.filter(calendar=calendar, is_open=True, date__lt=first).order_by("-date")
    closes_at = days.values_list("closes_at", flat=True).first()
    return min(absence.starts_at, closes_at - BEFORE_CLOSING) if closes_at else absence.starts_at


def days_after(absence: Absence) -> dt.datetime | None:
    """Return the closing time of the second working day after the return; UTC. None without an end.

    The return is the first working day that is not over when the absence ends. At most three queries.
    """
    if absence.ends_at is None:
        return None
    days = CalendarDay.objects.filter(calendar=calendar_of(absence.user), is_open=True)
    back = days.filter(closes_at__gt=absence.ends_at).order_by("date").values_list("ordinal", flat=True).first()
    last = days.filter(ordinal=(back or 0) + SEEN_AFTER).values_list("closes_at", flat=True).first()
    return last or absence.ends_at


def calendar_changed(calendar: Calendar, _actor: User | None, now: dt.datetime, _tell: Tell) -> None:
    """Reckon anew from when until when covers see what they cover, where a calendar decides it.

    What was told already keeps its time; a firm has some dozens of absences that are not over.
    """
    theirs = User.objects.filter(memberships__is_primary=True, memberships__team__calendar=calendar)
    homeless = User.objects.exclude(memberships__is_primary=True)
    people = (
        (theirs | homeless).values("pk") if calendar.teams.filter(is_default=True).exists() else theirs.values("pk")
    )
    known = Absence.objects.filter(Q(seen_until__isnull=True) | Q(seen_until__gt=now))
    for absence in known.filter(Q(user__in=people) | Q(cover__in=people)).select_related("user", "cover"):
        told = absence.tell_at != absence.seen_from
        seen_from = evening_before(absence) if absence.starts_at > now else absence.seen_from
        Absence.objects.filter(pk=absence.pk).update(
            seen_from=seen_from,
            seen_until=days_after(absence),
            tell_at=absence.tell_at if told else seen_from,
        )


def _keep(absence: Absence, actor: User, now: dt.datetime) -> int:
    absence.seen_from, absence.seen_until = evening_before(absence), days_after(absence)
    # What was told already is not told again: alerts know it by its key.
    absence.tell_at = absence.seen_from
    absence._history_user = actor  # type: ignore[attr-defined]
    absence.save()
    absence_changed(absence, now)
    return last_change(absence.pk)


def _drop(absence: Absence, actor: User, now: dt.datetime) -> int:
    pk = absence.pk
    absence_changed(absence, now, withdrawn=True)
    absence._history_user = actor  # type: ignore[attr-defined]
    absence.delete()
    return last_change(pk)


def last_change(pk: int) -> int:
    """Return the number of the latest change of an absence; 0 for one that is older than its history."""
    found: int | None = Absence.history.filter(id=pk).aggregate(latest=Max("history_id"))["latest"]
    return found or 0


def _refuse_overlap(absence: Absence) -> None:
    others = absence.user.absences.exclude(pk=absence.pk)
    if absence.ends_at is not None:
        others = others.filter(starts_at__lt=absence.ends_at)
    others = others.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=absence.starts_at))
    if others.exists():
        message = _("%(name)s is away already in these days. Change that absence instead.")
        raise ValidationError({"first": message % {"name": absence.user.get_short_name()}})


def _refuse_cover_away(absence: Absence) -> None:
    """Somebody must be there on the first day: the cover, or who covers the cover."""
    if absence.cover is None:
        return
    away = current_absences(absence.starts_at).filter(user=absence.cover, cover__isnull=True)
    if away.exists():
        message = _("%(name)s is away then too, and nobody covers.")
        raise ValidationError({"cover": message % {"name": absence.cover.get_short_name()}})
