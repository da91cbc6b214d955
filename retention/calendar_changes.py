"""Changing a calendar from a page: its days are in force at once, all that is reckoned by them follows as a job (A8).

Twice is as good as once: a job that was killed is begun anew by the next worker, and finds what is dated already dated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts import events
from accounts.calendar_change import put_in_force
from accounts.calendar_plan import Edit, Plan, applied, differences, mark_of, plan_of, written
from accounts.models import Calendar, Team, User
from accounts.setting_history import Line, note_change, said_why
from crm.models import Clock
from retention import jobs, team_calendars
from retention.models import CalendarChange

AREA, TEAMS = "calendars", team_calendars.AREA
CALENDAR = gettext_noop("Calendar")
UNDONE, NEW, GONE = gettext_noop("undone"), gettext_noop("New calendar"), gettext_noop("Calendar taken away")


class ChangedMeanwhile(ValidationError):
    """Somebody else changed the calendar after the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            gettext("Somebody changed this calendar meanwhile. Your change is laid upon it: look at what it does now.")
        )


def subject_of(calendar: Calendar) -> str:
    """Under which name a calendar's changes stand in the history of settings."""
    return f"calendar:{calendar.pk}"


@transaction.atomic
def ask(calendar: Calendar, edit: Edit, *, base: str, actor: User, reason: str, now: dt.datetime) -> CalendarChange:
    """Put an edit in force and leave what follows to the job.

    `base`: the mark of the plan that the person saw. Raises ValidationError: no reason, changed by another meanwhile,
    nothing changed, a week without an open hour.
    """
    reason = said_why(reason)
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    before = plan_of(calendar)
    if mark_of(before) != base:
        raise ChangedMeanwhile
    return _forced(calendar, before, applied(before, edit), actor, reason, now)


@transaction.atomic
def undo(change: CalendarChange, *, actor: User, now: dt.datetime) -> CalendarChange:
    """Put what a calendar said before a change in force again; a job like any other.

    Raises ValidationError where it was undone already, or changed again since.
    """
    calendar = Calendar.objects.select_for_update().get(pk=change.calendar_id)
    change.refresh_from_db()
    if change.team is not None:
        return _team_undone(change, actor, now)
    current = plan_of(calendar)
    if change.undone_at is not None or current != change.after:
        raise ValidationError(gettext("This was changed again since then; change it as it stands now."))
    CalendarChange.objects.filter(pk=change.pk).update(undone_at=now)
    before: Plan = change.before
    back = _forced(calendar, current, before, actor, UNDONE, now)
    back.undoes = change
    back.save(update_fields=["undoes"])
    return back


def may_undo(change: CalendarChange) -> bool:
    """Whether a change may be taken back: nothing was changed since. Three queries."""
    if change.undone_at is not None:
        return False
    if change.team is not None:
        return change.was is not None and change.team.calendar_id == change.calendar_id
    return bool(plan_of(change.calendar) == change.after)


def lines_of(change: CalendarChange) -> list[Line]:
    """What a change changed: of the calendar, or by which a team works."""
    if change.team is None:
        return differences(change.before, change.after)
    return [Line(change.team.name, change.was.name if change.was else "", change.calendar.name)]


@transaction.atomic
def ask_for_team(
    team: Team, calendar: Calendar, *, base: int, actor: User, reason: str, now: dt.datetime
) -> CalendarChange:
    """Have a team work by another calendar, and leave what follows to the job.

    `base`: the id of the calendar that the person saw. Raises ValidationError: no reason, changed by another meanwhile.
    """
    reason = said_why(reason)
    team = Team.objects.select_for_update(of=("self",)).select_related("calendar").get(pk=team.pk)
    if team.calendar_id != base:
        raise ChangedMeanwhile
    return _team_forced(team, calendar, actor, reason, now)


def _team_undone(change: CalendarChange, actor: User, now: dt.datetime) -> CalendarChange:
    if not may_undo(change) or change.team is None or change.was is None:
        raise ValidationError(gettext("This was changed again since then; change it as it stands now."))
    CalendarChange.objects.filter(pk=change.pk).update(undone_at=now)
    back = _team_forced(change.team, change.was, actor, UNDONE, now)
    back.undoes = change
    back.save(update_fields=["undoes"])
    return back


def _team_forced(team: Team, calendar: Calendar, actor: User, reason: str, now: dt.datetime) -> CalendarChange:
    was = team.calendar
    if was == calendar:
        raise ValidationError(gettext("That is how it is already."))
    team.calendar = calendar
    team.save(update_fields=["calendar"])
    lines = [Line(CALENDAR, was.name, calendar.name)]
    note_change(TEAMS, subject=team_calendars.subject_of(team), lines=lines, actor=actor, reason=reason, now=now)
    plan = plan_of(calendar)
    return CalendarChange.objects.create(
        calendar=calendar,
        team=team,
        was=was,
        before=plan,
        after=plan,
        reason=reason,
        asked_at=now,
        asked_by=actor,
        total=team_calendars.clocks_of(team).count(),
        held_until=now,
    )


def customers_of(calendar: Calendar) -> QuerySet[Clock]:
    """The active customers whose promises a calendar dates."""
    return Clock.objects.active().filter(calendar=calendar)


def _forced(
    calendar: Calendar, before: Plan, after: Plan, actor: User, reason: str, now: dt.datetime
) -> CalendarChange:
    if before == after:
        raise ValidationError(gettext("That is how it is already."))
    written(calendar, after)
    changed = put_in_force(calendar, now=now, actor=actor, follow=False)
    note_change(
        AREA, subject=subject_of(calendar), lines=differences(before, after), actor=actor, reason=reason, now=now
    )
    total = customers_of(calendar).count() if changed else 0
    return CalendarChange.objects.create(
        calendar=calendar,
        before=before,
        after=after,
        reason=reason,
        asked_at=now,
        asked_by=actor,
        total=total,
        held_until=now,
        # A name, or a fiesta on a Sunday, moves nothing.
        finished_at=None if changed else now,
    )


def waits(now: dt.datetime) -> bool:
    """Whether a change is to be worked on by whoever comes. One index look-up."""
    return jobs.waits(CalendarChange, now)


def work(now: dt.datetime, clock: Callable[[], dt.datetime] = timezone.now) -> bool:
    """Date anew by the oldest change that nobody holds; False where there is none.

    `now` is when the promises are dated; `clock` is read for how long the change is held.
    """

    def do(change: CalendarChange, tell: jobs.Tell) -> None:
        # Begun anew, it looks at all of them again.
        CalendarChange.objects.filter(pk=change.pk).update(done=0)
        if change.team is None:
            events.calendar_changed(change.calendar, change.asked_by, now, tell)
        else:
            team_calendars.follow(change.team, change.asked_by, now, tell)

    return jobs.work(CalendarChange, do, now, clock)
