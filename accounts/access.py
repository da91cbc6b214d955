"""Who may open which page of people and teams: fetch with permission, or 404 and 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import Absence, Team, User
from accounts.requests import person

View = Callable[..., HttpResponse]


def teams_of(user: User) -> QuerySet[Team]:
    """Return the teams whose people and numbers `user` may see: all for administrators, else those supervised.

    Without those archived: nobody works in them and no client is theirs.
    """
    teams = Team.objects.standing().order_by("name")
    return teams if user.is_administrator else teams.filter(pk__in=user.supervised_team_ids)


def team_for(user: User, pk: int) -> Team:
    """Fetch one of `teams_of`; Http404 for any other."""
    return get_object_or_404(teams_of(user).select_related("calendar"), pk=pk)


def person_for(user: User, pk: int) -> User:
    """Fetch a person whose name `user` may see; Http404 for a stranger."""
    return get_object_or_404(User.objects.visible_to(user), pk=pk)


def planned_by(user: User, pk: int) -> User:
    """Fetch a person whose absences `user` may plan: themselves, people of teams supervised; administrators: all.

    Http404 for a stranger, PermissionDenied for a colleague.
    """
    found = person_for(user, pk)
    if found != user and not answers_for(user, found):
        raise PermissionDenied(_("Only they and their supervisors say when they are away."))
    return found


def load_of(user: User, pk: int) -> User:
    """Fetch a person whose own page `user` may open: themselves, people of teams supervised; administrators: all.

    Http404 for a stranger, PermissionDenied for a colleague.
    """
    found = person_for(user, pk)
    if found != user and not answers_for(user, found):
        raise PermissionDenied(_("Only they and their supervisors open this page."))
    return found


def answers_for(user: User, other: User) -> bool:
    """Whether `user` supervises a team of `other`, or administers. One query."""
    if user.is_administrator:
        return True
    return other.memberships.filter(team__in=user.supervised_team_ids).exists()


def people_of(user: User) -> QuerySet[User]:
    """Return the people whose pages `user` may list: all for administrators, else those of teams supervised."""
    if user.is_administrator:
        return User.objects.all()
    return User.objects.filter(memberships__team__in=user.supervised_team_ids).distinct()


def absence_for(user: User, pk: int) -> Absence:
    """Fetch an absence that `user` may change; Http404 for any other."""
    people = User.objects.all()
    if not user.is_administrator:
        people = people.filter(Q(pk=user.pk) | Q(memberships__team__in=user.supervised_team_ids))
    rows = Absence.objects.filter(user__in=people.values("pk")).select_related("user", "cover")
    return get_object_or_404(rows, pk=pk)


def administrators_only(view: View) -> View:
    """Refuse everybody but administrators with 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not person(request).is_administrator:
            raise PermissionDenied(_("An administrator does this."))
        return view(request, *args, **kwargs)

    return guarded


def supervisors_only(view: View) -> View:
    """Refuse account managers with 403; the page is there, but not theirs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not person(request).is_supervisor:
            raise PermissionDenied(_("This page is for supervisors."))
        return view(request, *args, **kwargs)

    return guarded
