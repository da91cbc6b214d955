"""Working calendars: looked at as a year, changed with the effect shown before, put in force, taken back (A8, T6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import supervisors_only
from accounts.calendar_change import put_in_force
from accounts.calendar_forms import DaysForm, HoursForm, NewCalendarForm, holidays_shown
from accounts.calendar_plan import Edit, Plan, applied, differences, mark_of, plan_of, stretches
from accounts.calendar_words import week_words
from accounts.calendar_year import year_of, year_shown
from accounts.models import Calendar
from accounts.requests import is_fragment, person
from accounts.setting_history import Line, history_of, note_change, worded
from accounts.setup import make_calendar
from retention import calendar_changes
from retention.calendar_changes import AREA, ChangedMeanwhile, subject_of
from retention.calendar_effect import effect_of
from retention.calendars_page import lines
from retention.models import CalendarChange

GET_POST = ["GET", "HEAD", "POST"]
SALT = "retention.calendar"


@require_safe
@supervisors_only
def calendar_list(request: HttpRequest) -> HttpResponse:
    """Every calendar: its week in words, its next holiday, the teams that work by it."""
    context = {"calendars": lines(timezone.now()), "reader": person(request)}
    return render(request, "retention/calendar_list.html", context)


@require_http_methods(GET_POST)
@supervisors_only
def calendar_create(request: HttpRequest) -> HttpResponse:
    """A new one is open Monday to Friday, 9 to 18, with its country's holidays; nobody works by it yet."""
    _administers(request)
    form = NewCalendarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        calendar = make_calendar(form.cleaned_data["name"], form.cleaned_data["zone"])
        put_in_force(calendar, now=now, actor=person(request))
        line = Line(calendar_changes.NEW, "", calendar.name)
        note_change(AREA, subject=subject_of(calendar), lines=[line], actor=person(request), now=now)
        return HttpResponseRedirect(reverse("retention:calendar-detail", args=[calendar.pk]))
    status = 422 if form.is_bound else 200
    return render(request, "retention/calendar_new.html", {"form": form}, status=status)


@require_http_methods(GET_POST)
@supervisors_only
def calendar_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One calendar as a year; administrators change it."""
    calendar = get_object_or_404(Calendar, pk=pk)
    if request.method != "POST":
        return _drawn(request, calendar, {})
    _administers(request)
    if request.POST.get("do") == "force":
        return _forced(request, calendar)
    return _looked_at(request, calendar)


def _administers(request: HttpRequest) -> None:
    if not person(request).is_administrator:
        raise PermissionDenied(_("An administrator changes this."))


def _looked_at(request: HttpRequest, calendar: Calendar) -> HttpResponse:
    """Read what was typed, of whichever form of the page, and show what it does."""
    plan, do = plan_of(calendar), request.POST.get("do", "")
    if do == "free":
        return _foreseen(request, calendar, Edit(free=request.POST.get("dates", "").split(",")), {})
    if do == "days":
        days = DaysForm(request.POST, calendar=calendar)
        edit = days.edit(plan) if days.is_valid() else None
        return _foreseen(request, calendar, edit, {"days_form": days})
    hours = HoursForm(request.POST, plan=plan, calendar=calendar)
    if do == "copy":
        hours.copy_monday()
        return _drawn(request, calendar, {"form": hours})
    return _foreseen(request, calendar, hours.edit() if hours.is_valid() else None, {"form": hours})


def _foreseen(
    request: HttpRequest, calendar: Calendar, edit: Edit | None, context: dict[str, Any], said: str = ""
) -> HttpResponse:
    """Show what an edit does, with the button that puts it in force; None: something beside a field is wrong."""
    if edit is None:
        return _drawn(request, calendar, context, status=422)
    plan = plan_of(calendar)
    if applied(plan, edit) == plan:
        return _drawn(request, calendar, context | {"nothing": True})
    try:
        effect = effect_of(calendar, edit, actor=person(request), now=timezone.now())
    except ValidationError as error:
        return _drawn(request, calendar, context | {"refused": " ".join(error.messages)}, status=422)
    context |= {
        "effect": effect,
        "differences": worded(differences(plan, applied(plan, edit))),
        "token": signing.dumps({"pk": calendar.pk, "edit": edit, "base": mark_of(plan)}, salt=SALT, compress=True),
        "stale": said,
    }
    return _drawn(request, calendar, context)


def _forced(request: HttpRequest, calendar: Calendar) -> HttpResponse:
    try:
        asked = signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature:
        asked = {}
    if asked.get("pk") != calendar.pk:
        return _drawn(request, calendar, {"refused": _("Look at what it does first.")}, status=422)
    edit, reason = asked["edit"], request.POST.get("reason", "").replace("\0", "")[:200]
    try:
        change = calendar_changes.ask(
            calendar, edit, base=asked["base"], actor=person(request), reason=reason, now=timezone.now()
        )
    except ChangedMeanwhile as error:
        return _foreseen(request, calendar, edit, {"reason": reason}, " ".join(error.messages))
    except ValidationError as error:
        return _foreseen(request, calendar, edit, {"reason": reason, "refused": " ".join(error.messages)})
    return HttpResponseRedirect(reverse("retention:calendar-change", args=[change.pk]))


def _drawn(request: HttpRequest, calendar: Calendar, context: dict[str, Any], status: int = 200) -> HttpResponse:
    plan, today = plan_of(calendar), timezone.now().astimezone(calendar.tz).date()
    year = year_of(calendar, year_shown(calendar, request.GET.get("year", ""), today))
    form = context.get("form") or HoursForm(plan=plan, calendar=calendar)
    context = {
        "calendar": calendar,
        "week": week_words_of(plan),
        "year": year,
        "today": today,
        "form": form,
        "days_form": DaysForm(calendar=calendar),
        "stretches": [one for one in stretches(plan) if year.number in (one.first.year, one.last.year)],
        "teams": list(calendar.teams.order_by("name")),
        "under_way": CalendarChange.objects.filter(calendar=calendar, finished_at=None).first(),
        "may_change": person(request).is_administrator,
        "history": history_of(AREA, subject_of(calendar)),
        **holidays_shown(form.said("country"), form.said("region"), today),
    } | context
    return render(request, "retention/calendar_detail.html", context, status=status)


def week_words_of(plan: Plan) -> str:
    """A plan's week in words."""
    from accounts.calendar_plan import week_of

    return week_words(week_of(plan))


@require_safe
@supervisors_only
def calendar_regions(request: HttpRequest) -> HttpResponse:
    """The regions of a country and its holidays, while the form is filled in."""
    country = request.GET.get("country", "")[:2]
    region = request.GET.get("region", "")[:8]
    blank = Plan(name="", zone="UTC", country=country, region=region, weekly=[], exceptions=[])
    form = HoursForm({"country": country, "region": region}, plan=blank, calendar=Calendar())
    today = timezone.now().date()
    return render(
        request, "retention/_calendar_holidays.html", {"form": form, **holidays_shown(country, region, today)}
    )


@require_POST
@supervisors_only
def calendar_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a calendar by which nobody works."""
    _administers(request)
    calendar = get_object_or_404(Calendar, pk=pk)
    try:
        calendar.delete()
    except ProtectedError:
        messages.error(request, _("Teams or clients still work by it. Give them another calendar first."))
        return HttpResponseRedirect(reverse("retention:calendar-detail", args=[pk]))
    line = Line(calendar_changes.GONE, calendar.name, "")
    note_change(AREA, lines=[line], actor=person(request), now=timezone.now())
    messages.success(request, _("%(name)s is gone.") % {"name": calendar.name})
    return HttpResponseRedirect(reverse("retention:calendar-list"))


@require_safe
@supervisors_only
def calendar_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: how far it is, what it changed, and the way back."""
    rows = CalendarChange.objects.select_related("calendar", "asked_by", "team", "was")
    change = get_object_or_404(rows, pk=pk)
    context = {
        "job": change,
        "undo_url": reverse("retention:calendar-undo", args=[change.pk]),
        "differences": worded(calendar_changes.lines_of(change)),
        "reason": _(change.reason),
        "may_undo": person(request).is_administrator and calendar_changes.may_undo(change),
    }
    template = "retention/_calendar_change.html" if is_fragment(request) else "retention/calendar_change.html"
    return render(request, template, context)


@require_POST
@supervisors_only
def calendar_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What the calendar said before holds again."""
    _administers(request)
    change = get_object_or_404(CalendarChange, pk=pk)
    try:
        change = calendar_changes.undo(change, actor=person(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(reverse("retention:calendar-change", args=[change.pk]))
