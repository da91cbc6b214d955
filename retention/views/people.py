"""People: the list of them, and the page of one: who they are, what they carry, who covers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import absences, access
from accounts.absence_words import days_words, shown
from accounts.access import supervisors_only
from accounts.acting import calendar_of
from accounts.invitations import AREA, subject_of
from accounts.requests import person as signed_in
from accounts.setting_history import history_of
from crm.day_words import clock_time
from crm.keyset import page_of, read_cursor
from retention import people_list, person_page


@require_safe
@supervisors_only
def people(request: HttpRequest) -> HttpResponse:
    """Everybody of the teams that one supervises; all people for administrators."""
    reader, now = signed_in(request), timezone.now()
    view = people_list.read_view(request.GET)
    back = request.GET.get("before", "")
    cursor = read_cursor(back or request.GET.get("after", ""), people_list.ORDER, back=bool(back))
    rows = people_list.rows_of(view, reader)
    page = page_of(rows, people_list.ORDER, cursor, people_list.PAGE_SIZE)
    context = {
        "view": view,
        "rows": people_list.shown(page.pks, reader, now),
        "count": rows.count(),
        "next_url": view.address(after=page.next) if page.next else "",
        "previous_url": view.address(before=page.previous) if page.previous else "",
        "team_chips": people_list.team_chips(view, reader),
        "who_chips": [(label, view.showing(who), view.who == who) for who, label in _who_labels()],
        "reader": reader,
    }
    return render(request, "retention/people.html", context)


def _who_labels() -> list[tuple[str, str]]:
    return [
        (people_list.HERE, _("At work")),
        (people_list.INVITED, _("Never signed in")),
        (people_list.GONE, _("Gone")),
        (people_list.ALL, _("Everybody")),
    ]


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: for themselves, their supervisors and administrators."""
    reader, now = signed_in(request), timezone.now()
    who = access.load_of(reader, pk)
    memberships = person_page.memberships_of(who)
    own = next((one.team.calendar for one in memberships if one.is_primary), None)
    calendar = own or calendar_of(who)
    covers = person_page.covers_for(who, now)
    context = {
        "who": who,
        "is_own": who == reader,
        "reader": reader,
        "memberships": memberships,
        "role_words": person_page.role_words(who, memberships),
        "load": person_page.load_of(who, reader, now),
        "calendar": calendar,
        "there_now": clock_time(now, who.zone),
        "absences": shown(absences.coming(who, now), calendar, now),
        "covers": [(one, days_words(one, calendar, now)) for one in covers],
        "history": history_of(AREA, subject_of(who)),
    }
    return render(request, "retention/person.html", context)
