"""Changing who somebody is here: name, teams, what they may, language and zone; what follows is said before (A8)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from accounts import absences
from accounts.acting import calendar_of
from accounts.events import nobody_listens, person_changed
from accounts.invitations import AREA, FIRST_TEAM, subject_of
from accounts.models import Calendar, Team, User
from accounts.rights import Rights, give, rights_of
from accounts.setting_history import Line, note_change, said_why
from alerts.choices import Cause
from crm.events import Change, facts_changed
from crm.models import Customer

OUT, MEMBER, SUPERVISOR = "", "member", "supervisor"
WORDS = {OUT: gettext_noop("not in it"), MEMBER: gettext_noop("works in it"), SUPERVISOR: gettext_noop("supervises it")}
YES, NO = gettext_noop("yes"), gettext_noop("no")
NAME, LANGUAGE, ZONE = gettext_noop("Name"), gettext_noop("Language"), gettext_noop("Time zone")
ADMINISTERS = gettext_noop("Administers the firm")


class Plan(TypedDict):
    """Who somebody is here; `teams`: by id as text, MEMBER or SUPERVISOR. Plain values, to compare and to keep."""

    name: str
    language: str
    zone: str
    administrator: bool
    primary: int | None
    teams: dict[str, str]


class Edit(TypedDict, total=False):
    """What somebody changes of a plan; what is not named stays as it is, whoever changed it meanwhile."""

    name: str
    language: str
    zone: str
    administrator: bool
    primary: int | None
    teams: dict[str, str]


FIELDS = ("name", "language", "zone", "administrator", "primary")


class ChangedMeanwhile(ValidationError):
    """Somebody else changed the person after the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            gettext("Somebody changed this person meanwhile. Your change is laid upon it: look at what it does now.")
        )


class LastAdministrator(ValidationError):
    """Somebody must administer."""

    def __init__(self) -> None:
        super().__init__(gettext("Nobody else administers the firm. Let somebody else do so first."))


def plan_of(user: User) -> Plan:
    """Read who somebody is. One query."""
    rights = rights_of(user)
    return Plan(
        name=user.name,
        language=user.language,
        zone=user.time_zone,
        administrator=rights.administrator,
        primary=rights.primary,
        teams={str(team): SUPERVISOR if supervises else MEMBER for team, supervises in sorted(rights.teams.items())},
    )


def mark_of(plan: Plan) -> str:
    """A short word that differs when the plan does: what a form was opened with."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:16]


def edit_of(opened: Plan, said: Plan) -> Edit:
    """What a form says otherwise than it was opened with."""
    edit = Edit()
    for name in FIELDS:
        if said[name] != opened[name]:  # type: ignore[literal-required]
            edit[name] = said[name]  # type: ignore[literal-required]
    teams = {
        team: said["teams"].get(team, OUT)
        for team in {*said["teams"], *opened["teams"]}
        if said["teams"].get(team, OUT) != opened["teams"].get(team, OUT)
    }
    if teams:
        edit["teams"] = teams
    return edit


def applied(plan: Plan, edit: Edit) -> Plan:
    """The plan with an edit laid upon it."""
    after = Plan(**plan)
    for name in FIELDS:
        if name in edit:
            after[name] = edit[name]  # type: ignore[literal-required]
    teams = plan["teams"] | edit.get("teams", {})
    after["teams"] = {team: what for team, what in sorted(teams.items(), key=lambda row: int(row[0])) if what}
    if str(after["primary"]) not in after["teams"]:
        # Another took them out of their first team meanwhile: there is one as long as there is any.
        after["primary"] = next((int(team) for team in after["teams"]), None)
    return after


def rights_in(plan: Plan) -> Rights:
    """What a plan lets somebody do."""
    teams = {int(team): what == SUPERVISOR for team, what in plan["teams"].items()}
    return Rights(teams, plan["primary"], plan["administrator"])


def differences(before: Plan, after: Plan) -> list[Line]:
    """What a change does, line by line, in English and plain values. One query where teams change."""
    lines = [
        Line(label, before[name], after[name])  # type: ignore[literal-required]
        for name, label in (("name", NAME), ("language", LANGUAGE), ("zone", ZONE))
        if before[name] != after[name]  # type: ignore[literal-required]
    ]
    if before["administrator"] != after["administrator"]:
        lines.append(Line(ADMINISTERS, YES if before["administrator"] else NO, YES if after["administrator"] else NO))
    both = {*before["teams"], *after["teams"]}
    changed = [team for team in both if before["teams"].get(team) != after["teams"].get(team)]
    named = {int(team) for team in changed} | {before["primary"] or 0, after["primary"] or 0}
    names = dict(Team.objects.filter(pk__in=named).values_list("pk", "name")) if named - {0} else {}
    if before["primary"] != after["primary"]:
        lines.append(Line(FIRST_TEAM, names.get(before["primary"] or 0, ""), names.get(after["primary"] or 0, "")))
    for team in sorted(changed, key=lambda one: names.get(int(one), "")):
        was, becomes = before["teams"].get(team, OUT), after["teams"].get(team, OUT)
        lines.append(Line(names.get(int(team), team), WORDS[was], WORDS[becomes]))
    return lines


def check_administrators(without: User) -> None:
    """Raise LastAdministrator where nobody else administers."""
    others = User.objects.administrators().exclude(pk=without.pk).filter(first_signed_in_at__isnull=False)
    if without.is_administrator and not others.exists():
        raise LastAdministrator


def locked(user: User) -> User:
    """The person, locked after all who administer: of two who shut each other out, the second sees the first."""
    administrators = User.objects.administrators().select_for_update(of=("self",)).order_by("pk")
    list(administrators.values_list("pk", flat=True))
    return User.objects.select_for_update(of=("self",)).get(pk=user.pk)


def check(user: User, after: Plan) -> None:
    """Refuse a plan under which nobody would administer, or somebody belongs nowhere. Raises ValidationError."""
    if not after["administrator"]:
        check_administrators(user)
    if not after["teams"] and not after["administrator"]:
        raise ValidationError(gettext("Choose a team, so that somebody looks after them."))


def dated_by(user: User) -> QuerySet[Customer]:
    """The customers whose calendar is that of a person's first team: theirs, of no team (T5)."""
    return Customer.objects.filter(owner=user, team=None)


def needs_word(user: User, after: Plan, actor: User) -> bool:
    """Whether somebody is about to take from themselves what they could not give back to themselves."""
    return user == actor and user.is_administrator and not after["administrator"]


@transaction.atomic
def change(
    user: User, edit: Edit, *, base: str, actor: User, reason: str, now: dt.datetime, confirmed: bool = False
) -> None:
    """Make an edit hold, with all that follows from it.

    `base`: the mark of the plan that the actor saw; `confirmed`: they said that they mean themselves. Raises
    ValidationError: no reason, changed by another meanwhile, nothing changed, nobody left who administers.
    """
    reason = said_why(reason)
    user = locked(user)
    before = plan_of(user)
    if mark_of(before) != base:
        raise ChangedMeanwhile
    after = applied(before, edit)
    if after == before:
        raise ValidationError(gettext("That is how it is already."))
    check(user, after)
    if needs_word(user, after, actor) and not confirmed:
        raise ValidationError(gettext("Tick that you mean yourself."))
    write(user, before, after, actor, now)
    lines = differences(before, after)
    note_change(AREA, subject=subject_of(user), lines=lines, actor=actor, reason=reason, now=now)


def write(user: User, before: Plan, after: Plan, actor: User, now: dt.datetime) -> Calendar | None:
    """Write a plan and reckon anew what hangs on it; returns the calendar that is theirs now, None if it stayed."""
    check(user, after)
    calendar = calendar_of(user)
    user.name, user.language, user.time_zone = after["name"], after["language"], after["zone"]
    user.clean_fields()
    user.save(update_fields=["name", "language", "time_zone"])
    give(user, rights_in(after))
    now_by = calendar_of(user)
    if now_by != calendar:
        follow = Change(cause=Cause.CALENDAR, cause_id=now_by.pk, actor=actor, gentle=True)
        facts_changed(dated_by(user), change=follow, now=now)
        absences.calendar_changed(now_by, actor, now, nobody_listens)
    if (before["zone"], before["primary"]) != (after["zone"], after["primary"]):
        person_changed(user, now)
    return now_by if now_by != calendar else None
