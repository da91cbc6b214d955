"""Who may open which page of people and teams: fetch with permission, or 404 and 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import Team, User
from accounts.requests import person

View = Callable[..., HttpResponse]


def teams_of(user: User) -> QuerySet[Team]:
    """Return the teams whose people and numbers `user` may see: all for administrators, else those supervised."""
    teams = Team.objects.order_by("name")
    return teams if user.is_administrator else teams.filter(pk__in=user.supervised_team_ids)


def team_for(user: User, pk: int) -> Team:
    """Fetch one of `teams_of`; Http404 for any other."""
    return get_object_or_404(teams_of(user).select_related("calendar"), pk=pk)


def person_for(user: User, pk: int) -> User:
    """Fetch a person whose name `user` may see; Http404 for a stranger."""
    return get_object_or_404(User.objects.visible_to(user), pk=pk)


def supervisors_only(view: View) -> View:
    """Refuse account managers with 403; the page is there, but not theirs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not person(request).is_supervisor:
            raise PermissionDenied(_("This page is for supervisors."))
        return view(request, *args, **kwargs)

    return guarded
