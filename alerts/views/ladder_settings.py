"""Alerts among the settings: when each kind climbs, how many are told a morning, and what is fixed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import administrators_only, supervisors_only
from accounts.models import SettingChange
from accounts.requests import is_fragment, person
from accounts.setting_history import history_of
from alerts import ladder_terms
from alerts.actions import FREE_SNOOZES, MOST_DATES
from alerts.budget import MAILS_A_DAY
from alerts.ladder_foresight import Foreseen, foresee
from alerts.ladder_form import LadderForm, as_word
from alerts.ladder_terms import AREA, Values, changed, in_force, laid_upon
from alerts.ladder_words import ladder_lines, move_words
from crm.views.drawer import refuse


@require_http_methods(["GET", "HEAD", "POST"])
@supervisors_only
def ladder_settings(request: HttpRequest) -> HttpResponse:
    """The ladder in words; administrators change it once they saw what that does, supervisors look."""
    user = person(request)
    if request.method == "POST" and not user.is_administrator:
        raise PermissionDenied(_("An administrator changes this."))
    current = in_force()
    form = LadderForm(request.POST if request.method == "POST" else None, current=current)
    context: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        wanted = laid_upon(current, form.based_on, form.typed)
        if request.POST.get("do") == "force" and _forced(request, form, wanted):
            messages.success(request, _("That is the ladder from now on. Open alerts follow within a minute."))
            return HttpResponseRedirect(reverse("alerts:settings-alerts"))
        form, context = _shown(request, form, current, wanted)
    return _drawn(request, form, current, context)


def _forced(request: HttpRequest, form: LadderForm, wanted: Values) -> bool:
    if form.cleaned_data["seen"] != as_word(wanted):
        form.add_error(None, _("Something was changed since you looked: see what it does now."))
        return False
    said = form.cleaned_data
    try:
        ladder_terms.change_terms(
            wanted, base=form.based_on, actor=person(request), reason=said["reason"], now=timezone.now()
        )
    except ValidationError as error:
        refuse(form, error)
        return False
    return True


def _shown(
    request: HttpRequest, form: LadderForm, current: Values, wanted: Values
) -> tuple[LadderForm, dict[str, Any]]:
    """What the wanted terms would do, and the form as it goes on from there: based on what holds by now."""
    if form.based_on != current:
        said = form.errors
        data = request.POST.dict() | {name: str(value) for name, value in wanted.items()}
        form = LadderForm(data | {"base": as_word(current)}, current=current)
        form.is_valid()
        for faults in said.values():
            form.add_error(None, faults)
        if not said:
            form.add_error(
                None, _("Somebody changed this meanwhile. Your change is laid upon it: look at what it does.")
            )
    if not changed(current, wanted):
        if not form.errors:
            form.add_error(None, _("That is so already."))
        return form, {}
    user, now = person(request), timezone.now()
    foreseen: Foreseen = foresee(current, wanted, zone=user.zone, now=now)
    moves = [move_words(move, user.zone, now) for move in foreseen.moves]
    return form, {"foreseen": foreseen, "moves": moves, "seen": as_word(wanted)}


def _drawn(request: HttpRequest, form: LadderForm, current: Values, context: dict[str, Any]) -> HttpResponse:
    user = person(request)
    context |= {"form": form, "may_change": user.is_administrator, "reader": user}
    if is_fragment(request) and request.method == "POST":
        return render(request, "alerts/_ladder_form.html", context)
    context |= {
        "ladders": ladder_lines(current),
        "free": FREE_SNOOZES,
        "most_dates": MOST_DATES,
        "at_once": MAILS_A_DAY,
        "history": history_of(AREA),
        "last": ladder_terms.last_change(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "alerts/ladder_settings.html", context, status=status)


@require_POST
@administrators_only
def ladder_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The ladder of before a change holds again."""
    change = get_object_or_404(SettingChange, pk=pk, area=AREA)
    try:
        ladder_terms.undo(change, actor=person(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The ladder is as it was before."))
    return HttpResponseRedirect(reverse("alerts:settings-alerts"))
