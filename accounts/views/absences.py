"""Away: who is away when and who covers; planned, changed, ended by themselves or by who looks after their team."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import absences
from accounts.absence_forms import AbsenceForm
from accounts.absence_words import changes_of, days_words, shown
from accounts.access import absence_for, planned_by
from accounts.acting import calendar_of
from accounts.answers import done
from accounts.models import Absence, User
from accounts.requests import person


@require_http_methods(["GET", "HEAD", "POST"])
def away(request: HttpRequest, pk: int) -> HttpResponse:
    """The absences of a person, and the form that plans one."""
    return _planned(request, Absence(user=planned_by(person(request), pk)))


@require_http_methods(["GET", "HEAD", "POST"])
def absence_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with one of the absences in the form."""
    return _planned(request, absence_for(person(request), pk))


@require_POST
def absence_end(request: HttpRequest, pk: int) -> HttpResponse:
    """They are back, or stay after all."""
    actor, now = person(request), timezone.now()
    absence = absence_for(actor, pk)
    has_begun = absence.starts_at < now
    change = absences.end(absence, actor=actor, now=now)
    name = absence.user.get_short_name()
    said = _("Welcome back, %(name)s.") if has_begun else _("%(name)s stays.")
    return _said(request, absence.user, said % {"name": name}, change)


@require_POST
def not_today(request: HttpRequest, pk: int) -> HttpResponse:
    """Away until tomorrow, in one click."""
    actor = person(request)
    user = planned_by(actor, pk)
    try:
        absence, change = absences.not_today(user, actor=actor, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse("accounts:away", args=[user.pk]))
    name = absence.cover.get_short_name() if absence.cover else ""
    text = _("Away until tomorrow; %(name)s covers.") if name else _("Away until tomorrow; the team covers.")
    return _said(request, user, text % {"name": name}, change)


@require_POST
def absence_undo(request: HttpRequest, change: int) -> HttpResponse:
    """Take back what one did less than ten minutes ago."""
    actor = person(request)
    if not Absence.history.filter(history_id=change, history_user=actor).exists():
        raise Http404
    try:
        is_undone = absences.take_back(change, actor=actor, now=timezone.now())
    except ValidationError as error:
        return done(request, " ".join(error.messages), event="absence-changed")
    said = _("Taken back.") if is_undone else _("That can no longer be taken back.")
    return done(request, said, event="absence-changed")


def _planned(request: HttpRequest, absence: Absence) -> HttpResponse:
    actor, now, calendar = person(request), timezone.now(), calendar_of(absence.user)
    data = request.POST if request.method == "POST" else None
    cover_today = absences.usual_cover(absence.user, now)
    if absence.pk is None:
        absence.cover = cover_today
    form = AbsenceForm(data, absence=absence, calendar=calendar, actor=actor)
    if form.is_bound and form.is_valid():
        absence.cover, absence.reason = form.cleaned_data["cover"], form.cleaned_data["reason"]
        try:
            absences.move(absence, form.days, calendar)
            change = absences.save(absence, actor=actor, base=form.cleaned_data["base"])
        except ValidationError as error:
            form.refuse(error)
        else:
            text = _("Planned: %(days)s.") % {"days": days_words(absence, calendar, now)}
            return _said(request, absence.user, text, change)
    about = {
        "form": form,
        "absence": absence,
        "person": absence.user,
        "is_own": absence.user == actor,
        "coming": shown(absences.coming(absence.user, now), calendar, now),
        "cover_today": cover_today,
        "changes": changes_of(absence.user, calendar, now),
    }
    return render(request, "accounts/away.html", about, status=422 if form.is_bound else 200)


def _said(request: HttpRequest, user: User, text: str, change: int) -> HttpResponse:
    """Back to the page, which says what was done and offers to take it back."""
    messages.success(request, text, extra_tags=reverse("accounts:absence-undo", args=[change]))
    return HttpResponseRedirect(reverse("accounts:away", args=[user.pk]))
