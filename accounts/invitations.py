"""Inviting: an administrator lets somebody in, by a mail with a link to choose a password.

The person is there from then on: may be given clients, and is shown as invited. Until they signed in, others act for
them (A11). The link works once and ends after a while; sending it again, or withdrawing, ends an earlier one at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from accounts.adapter import AccountAdapter
from accounts.events import person_changed
from accounts.models import Team, User
from accounts.rights import Rights, give
from accounts.setting_history import Line, note_change

AREA = "people"
#: How long a link lives.
LIVES = dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
INVITED, AGAIN, WITHDRAWN = gettext_noop("Invited"), gettext_noop("Invited again"), gettext_noop("Invitation withdrawn")
FIRST_TEAM = gettext_noop("First team")


class InAlready(ValidationError):
    """They signed in once: an invitation is nothing to them any more."""

    def __init__(self, user: User) -> None:
        super().__init__(gettext("%(name)s has signed in already.") % {"name": user.name}, code="in_already")


@dataclass(frozen=True, kw_only=True)
class Invitee:
    """Whom to invite; without a `zone` they get that of their first team."""

    email: str
    name: str
    rights: Rights
    language: str
    zone: str = ""


def subject_of(user: User) -> str:
    """Under which name a person's changes stand in the history of settings."""
    return f"person:{user.pk}"


@transaction.atomic
def invite(invitee: Invitee, *, actor: User, now: dt.datetime) -> User:
    """Let somebody new in and mail them the link. ValidationError by field, IntegrityError for a known address."""
    primary = invitee.rights.primary
    team = None if primary is None else Team.objects.select_related("calendar").get(pk=primary)
    user = User(
        email=invitee.email.lower(),
        name=invitee.name,
        language=invitee.language,
        time_zone=invitee.zone or (team.calendar.zone if team else actor.time_zone),
        is_demo=actor.is_demo,
        role=invitee.rights.role,
    )
    user.set_unusable_password()
    user.full_clean()
    user.save()
    give(user, invitee.rights)
    lines = [Line(INVITED, "", user.email)]
    if team:
        lines.append(Line(FIRST_TEAM, "", team.name))
    _send(user, actor, now, lines)
    person_changed(user, now)
    return user


@transaction.atomic
def invite_again(user: User, *, actor: User, now: dt.datetime) -> None:
    """Mail the link anew, or for the first time to somebody whom an import brought; an earlier link is dead."""
    user = _waiting(user)
    was_gone = not user.is_active
    user.is_active = True
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    _send(user, actor, now, [Line(AGAIN if user.invited_at else INVITED, "", user.email)])
    if was_gone:
        person_changed(user, now)


@transaction.atomic
def withdraw(user: User, *, stays: bool, actor: User, now: dt.datetime) -> None:
    """End the link. `stays`: they are kept among the people, for what is theirs; else they are gone from the lists."""
    user = _waiting(user)
    user.invited_at = None
    user.is_active = user.is_active and stays
    user.set_unusable_password()
    user.save(update_fields=["invited_at", "is_active", "password"])
    note_change(AREA, subject=subject_of(user), lines=[Line(WITHDRAWN, user.email, "")], actor=actor, now=now)
    person_changed(user, now)


def ends_at(user: User) -> dt.datetime | None:
    """When the link of an invitation ends; None for somebody who has none that works: in already, or gone."""
    if user.invited_at is None or user.first_signed_in_at is not None or not user.is_active:
        return None
    return user.invited_at + LIVES


def _waiting(user: User) -> User:
    """The person, locked; InAlready once they signed in."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.first_signed_in_at is not None:
        raise InAlready(user)
    return user


def _send(user: User, actor: User, now: dt.datetime, lines: list[Line]) -> None:
    note_change(AREA, subject=subject_of(user), lines=lines, actor=actor, now=now)
    user.invited_at, user.invited_by = now, actor
    user.save(update_fields=["invited_at", "invited_by"])
    # The mail is a row of this transaction: it leaves if and only if they are let in.
    AccountAdapter().send_invitation(user, actor)
