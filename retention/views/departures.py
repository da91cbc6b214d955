"""Somebody leaves, and where all goes that is theirs; somebody comes back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import administrators_only, person_for
from accounts.models import User
from accounts.requests import is_fragment, person
from crm.forms.layout import plain_helper
from crm.views.drawer import refuse
from retention import departures
from retention.departure_effect import foresee_leaving, held_by
from retention.departure_form import LeaveForm
from retention.models import Reassignment
from retention.person_changes import check_administrators

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
@administrators_only
def person_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Say where everything goes, see what that does, then have it done."""
    reader, now = person(request), timezone.now()
    who = person_for(reader, pk)
    if not who.is_active:
        return HttpResponseRedirect(reverse("retention:person", args=[pk]))
    form = LeaveForm(request.POST if request.method == "POST" else None, person=who)
    context: dict[str, Any] = {"who": who, "form": form, "blocked": _blocked(who, reader)}
    if request.method == "POST" and not context["blocked"] and form.is_valid():
        if request.POST.get("do") == "force" and (job := _left(request, form)) is not None:
            return HttpResponseRedirect(reverse("retention:reassignment", args=[job.pk]))
        context["shares"] = foresee_leaving(who, form.heirs, reader=reader, now=now)
        context["seen"] = form.signature()
    context["held"] = held_by(who, now)
    status = 422 if form.is_bound and (form.errors or context["blocked"]) else 200
    template = "_leave_form.html" if is_fragment(request) and request.method == "POST" else "person_leave.html"
    return render(request, f"retention/{template}", context, status=status)


def _blocked(who: User, reader: User) -> str:
    """Why this person cannot leave, if so."""
    if who == reader:
        return _("Somebody else has to do this for you.")
    try:
        check_administrators(who)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _left(request: HttpRequest, form: LeaveForm) -> Reassignment | None:
    """Have it done if what it does was looked at; None where the form says what is wrong."""
    if form.cleaned_data["seen"] != form.signature():
        form.add_error(None, _("Something was changed since you looked: see what it does now."))
        return None
    who: dict[str, Any] = {"actor": person(request), "reason": form.cleaned_data["reason"], "now": timezone.now()}
    try:
        return departures.leave(form.person, form.heirs, **who)
    except ValidationError as error:
        refuse(form, error)
        return None


class ReturnForm(forms.Form):
    """Whether the clients of before come back too, and why."""

    give_back = forms.BooleanField(
        label=gettext_lazy("Give back the clients they had"),
        required=False,
        help_text=gettext_lazy("Those whom nobody changed since; the others stay where they are."),
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, may_give_back: bool) -> None:
        super().__init__(data)
        if not may_give_back:
            del self.fields["give_back"]
        self.helper = plain_helper(*self.fields)


@require_http_methods(GET_POST)
@administrators_only
def person_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody who left in again."""
    who = person_for(person(request), pk)
    if who.is_active:
        return HttpResponseRedirect(reverse("retention:person", args=[pk]))
    last = departures.departure_of(who)
    may_give_back = last is not None and not last.is_open and last.undone_at is None and last.total > 0
    form = ReturnForm(request.POST if request.method == "POST" else None, may_give_back=may_give_back)
    if form.is_bound and form.is_valid():
        said = {"give_back": form.cleaned_data.get("give_back", False), "reason": form.cleaned_data["reason"]}
        try:
            job = departures.come_back(who, **said, actor=person(request), now=timezone.now())
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, _("%(name)s is back, and signs in as before.") % {"name": who.name})
            if job is not None:
                return HttpResponseRedirect(reverse("retention:reassignment", args=[job.pk]))
            return HttpResponseRedirect(reverse("retention:person", args=[pk]))
    status = 422 if form.is_bound else 200
    return render(request, "retention/person_return.html", {"who": who, "form": form, "last": last}, status=status)
