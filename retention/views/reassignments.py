"""Handing clients over, many at a time: which, to whom, what it does, doing it, how far it is, taking it back (A9)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import supervisors_only
from accounts.requests import is_fragment, person
from crm.views.drawer import refuse
from retention import reassignments
from retention.models import Reassignment
from retention.reassignment_effect import Foreseen, foresee
from retention.reassignment_form import Chosen, ReassignForm, read_chosen
from retention.reassignment_page import reassignments_of, told

#: Reassignments that the page lists.
LATEST = 10


@require_http_methods(["GET", "HEAD", "POST"])
@supervisors_only
def reassign(request: HttpRequest) -> HttpResponse:
    """See what handing the chosen clients over would do; then have it done."""
    reader, now = person(request), timezone.now()
    chosen = read_chosen(request.GET, now)
    form = ReassignForm(request.POST if request.method == "POST" else None, reader=reader, chosen=chosen)
    foreseen, seen = None, ""
    if request.method == "POST" and not chosen.is_empty and form.is_valid():
        customers = chosen.customers(reader, now)
        seen = form.signature(chosen, customers)
        if request.POST.get("do") == "force" and (job := _asked(request, form, chosen, seen)) is not None:
            return HttpResponseRedirect(reverse("retention:reassignment", args=[job.pk]))
        foreseen = foresee(customers, form.owner, team_follows=form.with_team, reader=reader, now=now)
    return _drawn(request, form, chosen, foreseen, seen)


def _asked(request: HttpRequest, form: ReassignForm, chosen: Chosen, seen: str) -> Reassignment | None:
    """Have it done if what it does was looked at; None where the form says what is wrong."""
    reader, now = person(request), timezone.now()
    if form.cleaned_data["seen"] != seen:
        form.add_error(None, _("Something was changed since you looked: see what it does now."))
        return None
    try:
        return reassignments.ask(
            chosen.customers(reader, now),
            owner=form.owner,
            team_follows=form.with_team,
            chosen="" if chosen.ticked else chosen.address,
            as_of=chosen.view.as_of,
            actor=reader,
            reason=form.cleaned_data["reason"],
            now=now,
        )
    except ValidationError as error:
        refuse(form, error)
        return None


def _drawn(
    request: HttpRequest, form: ReassignForm, chosen: Chosen, foreseen: Foreseen | None, seen: str
) -> HttpResponse:
    reader, now = person(request), timezone.now()
    context: dict[str, Any] = {"form": form, "chosen": chosen, "foreseen": foreseen, "seen": seen}
    if not chosen.is_empty:
        context |= {"count": chosen.customers(reader, now).count()}
    status = 422 if form.is_bound and form.errors else 200
    if is_fragment(request) and request.method == "POST":
        return render(request, "retention/_reassign_form.html", context)
    context |= {
        "words": chosen.words(reader),
        "segments": [] if chosen.is_empty else chosen.segments(reader, now),
        "jobs": reassignments_of(reader)[:LATEST],
    }
    return render(request, "retention/reassign.html", context, status=status)


@require_safe
@supervisors_only
def reassignment(request: HttpRequest, pk: int) -> HttpResponse:
    """One hand-over: how far it is, who went to whom, who stayed, and the way back."""
    job = get_object_or_404(reassignments_of(person(request)), pk=pk)
    undone = job.is_open or job.undone_at is not None
    gone = job.leaver is not None and not job.leaver.is_active
    context = {
        "job": job,
        "told": told(job, person(request)),
        "reason": job.reason,
        "may_undo": not (undone or gone),
        "undo_url": reverse("retention:reassignment-undo", args=[job.pk]),
    }
    template = "_reassignment.html" if is_fragment(request) else "reassignment.html"
    return render(request, f"retention/{template}", context)


@require_POST
@supervisors_only
def reassignment_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Every client goes back to whom they were with."""
    job = get_object_or_404(reassignments_of(person(request)), pk=pk)
    try:
        job = reassignments.undo(job, actor=person(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(reverse("retention:reassignment", args=[job.pk]))
