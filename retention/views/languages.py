"""Settings, Languages and zones: what somebody new begins with, and what each person has."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import supervisors_only
from accounts.models import User
from accounts.requests import person
from accounts.setting_history import history_of
from crm.day_words import clock_time
from crm.keyset import page_of, read_cursor
from retention import new_people, people_list
from retention.person_forms import NewPeopleForm


@require_http_methods(["GET", "HEAD", "POST"])
@supervisors_only
def languages(request: HttpRequest) -> HttpResponse:
    """Everybody's language and zone; administrators say what somebody new begins with."""
    reader = person(request)
    if request.method != "POST":
        return _drawn(request, NewPeopleForm(initial=new_people.initial()))
    if not reader.is_administrator:
        raise PermissionDenied(_("An administrator changes this."))
    form = NewPeopleForm(request.POST)
    if not form.is_valid():
        return _drawn(request, form, status=422)
    if new_people.begin_with(**form.cleaned_data, actor=reader, now=timezone.now()):
        messages.success(request, _("Saved. Whoever is here keeps what they have."))
    return HttpResponseRedirect(reverse("retention:languages"))


def _drawn(request: HttpRequest, form: NewPeopleForm, status: int = 200) -> HttpResponse:
    reader, now = person(request), timezone.now()
    view = people_list.View()
    back = request.GET.get("before", "")
    cursor = read_cursor(back or request.GET.get("after", ""), people_list.ORDER, back=bool(back))
    page = page_of(people_list.rows_of(view, reader), people_list.ORDER, cursor, people_list.PAGE_SIZE)
    people = User.objects.in_bulk(page.pks)
    context: dict[str, Any] = {
        "form": form,
        "reader": reader,
        "rows": [(one, clock_time(now, one.zone)) for one in (people[pk] for pk in page.pks if pk in people)],
        "next_url": view.address(after=page.next) if page.next else "",
        "previous_url": view.address(before=page.previous) if page.previous else "",
        "history": history_of(new_people.AREA),
    }
    return render(request, "retention/languages.html", context, status=status)
