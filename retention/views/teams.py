"""Settings, Teams: who answers for each other's clients, by which calendar, and what each role may."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import administrators_only, supervisors_only, team_for
from accounts.models import Calendar, Team
from accounts.requests import person
from accounts.setting_history import Line, history_of, worded
from retention import calendar_changes, team_calendars, teams
from retention.calendar_changes import CALENDAR, ChangedMeanwhile
from retention.calendar_effect import effect_of_doing
from retention.models import CalendarChange
from retention.team_forms import AddPersonForm, NewTeamForm, TeamCalendarForm, TeamNameForm

GET_POST = ["GET", "HEAD", "POST"]
SALT = "retention.team"


@require_safe
@supervisors_only
def team_list(request: HttpRequest) -> HttpResponse:
    """Every team that one looks after, and what each role sees and does."""
    reader = person(request)
    context = {
        "teams": teams.lines(reader, timezone.now()),
        "archived": teams.archived() if reader.is_administrator else [],
        "reader": reader,
    }
    return render(request, "retention/teams.html", context)


@require_http_methods(GET_POST)
@administrators_only
def team_create(request: HttpRequest) -> HttpResponse:
    """A new team; people are added on its page."""
    form = NewTeamForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        team = teams.create_team(said["name"], said["calendar"], actor=person(request), now=timezone.now())
        messages.success(request, _("%(name)s is there. Say who works in it.") % {"name": team})
        return HttpResponseRedirect(reverse("retention:teams-detail", args=[team.pk]))
    return render(request, "retention/teams_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(GET_POST)
@supervisors_only
def team_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One team: its people, its calendar, its history; administrators change it."""
    team = team_for(person(request), pk)
    if request.method == "POST":
        return _changed(request, team)
    if "person" in request.GET:
        return _to_person(request, team)
    return _drawn(request, team, {})


def _to_person(request: HttpRequest, team: Team) -> HttpResponse:
    """Who joins is changed on their own page, where what follows is shown first."""
    form = AddPersonForm(request.GET, team=team)
    if not form.is_valid():
        return _drawn(request, team, {"add_form": form}, status=422)
    path = reverse("retention:person-change", args=[form.cleaned_data["person"].pk])
    return HttpResponseRedirect(f"{path}?team={team.pk}")


def _changed(request: HttpRequest, team: Team) -> HttpResponse:
    if not person(request).is_administrator:
        raise PermissionDenied(_("An administrator changes this."))
    do = request.POST.get("do", "")
    if do == "force":
        return _forced(request, team)
    if do == "rename":
        form = TeamNameForm(request.POST, team=team)
        if not form.is_valid():
            return _drawn(request, team, {"name_form": form}, status=422)
        teams.rename_team(team, form.cleaned_data["name"], actor=person(request), now=timezone.now())
        messages.success(request, _("It is called %(name)s now.") % {"name": form.cleaned_data["name"]})
        return HttpResponseRedirect(reverse("retention:teams-detail", args=[team.pk]))
    chosen = TeamCalendarForm(request.POST, team=team)
    if not chosen.is_valid():
        return _drawn(request, team, {"calendar_form": chosen}, status=422)
    return _foreseen(request, team, chosen.cleaned_data["calendar"], {"calendar_form": chosen})


def _foreseen(request: HttpRequest, team: Team, calendar: Calendar, context: dict[str, Any]) -> HttpResponse:
    """Show what another calendar does, with the button that puts it in force."""
    actor, now = person(request), timezone.now()
    if calendar == team.calendar:
        return _drawn(request, team, context | {"nothing": True})

    def do() -> None:
        moved = Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
        moved.calendar = calendar
        moved.save(update_fields=["calendar"])
        team_calendars.follow(moved, actor, now)

    effect = effect_of_doing(do, lambda: team_calendars.clocks_of(team), now)
    token = {"pk": team.pk, "calendar": calendar.pk, "base": team.calendar_id}
    context |= {
        "effect": effect,
        "differences": worded([Line(CALENDAR, team.calendar.name, calendar.name)]),
        "token": signing.dumps(token, salt=SALT),
    }
    return _drawn(request, team, context)


def _forced(request: HttpRequest, team: Team) -> HttpResponse:
    try:
        asked = signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature:
        asked = {}
    if asked.get("pk") != team.pk:
        return _drawn(request, team, {"refused": _("Look at what it does first.")}, status=422)
    calendar = get_object_or_404(Calendar, pk=asked["calendar"])
    reason = request.POST.get("reason", "").replace("\0", "")[:200]
    who: dict[str, Any] = {"actor": person(request), "now": timezone.now()}
    try:
        change = calendar_changes.ask_for_team(team, calendar, base=asked["base"], reason=reason, **who)
    except ChangedMeanwhile as error:
        return _foreseen(request, team, calendar, {"reason": reason, "stale": " ".join(error.messages)})
    except ValidationError as error:
        return _foreseen(request, team, calendar, {"reason": reason, "refused": " ".join(error.messages)})
    return HttpResponseRedirect(reverse("retention:calendar-change", args=[change.pk]))


def _drawn(request: HttpRequest, team: Team, context: dict[str, Any], status: int = 200) -> HttpResponse:
    reader = person(request)
    context = {
        "team": team,
        "reader": reader,
        "members": teams.members_of([team]),
        "name_form": TeamNameForm(team=team),
        "calendar_form": TeamCalendarForm(team=team),
        "add_form": AddPersonForm(team=team),
        "in_the_way": teams.in_the_way(team) if reader.is_administrator else "",
        "under_way": CalendarChange.objects.filter(team=team, finished_at=None).first(),
        "history": history_of(team_calendars.AREA, team_calendars.subject_of(team)),
    } | context
    return render(request, "retention/teams_detail.html", context, status=status)


@require_POST
@administrators_only
def team_archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an empty team away, or take it back."""
    team = get_object_or_404(Team, pk=pk)
    who: dict[str, Any] = {"actor": person(request), "now": timezone.now()}
    if request.POST.get("do") == "back":
        teams.take_back(team, **who)
        messages.success(request, _("%(name)s is back.") % {"name": team})
        return HttpResponseRedirect(reverse("retention:teams-detail", args=[pk]))
    try:
        teams.archive_team(team, **who)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse("retention:teams-detail", args=[pk]))
    messages.success(request, _("%(name)s is archived.") % {"name": team})
    return HttpResponseRedirect(reverse("retention:teams"))
