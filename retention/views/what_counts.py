"""What counts: the table, one cell of it, and taking a change back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import supervisors_only
from accounts.models import SettingChange
from accounts.requests import person
from crm.choices import CountsAs
from crm.counting import table
from crm.views.drawer import refuse
from retention.counting_form import CellForm
from retention.counting_table import (
    AREA,
    PARTS,
    Cell,
    cell_of,
    change_cell,
    history,
    legend,
    name_of,
    rows_of,
    undo_change,
)

GET_POST = ["GET", "HEAD", "POST"]


@require_safe
@supervisors_only
def what_counts(request: HttpRequest) -> HttpResponse:
    """The table in words; administrators change it, supervisors look."""
    user, rules, past = person(request), table(), history()
    context = {
        "parts": [(part, rows_of(part, rules)) for part in PARTS],
        "legend": legend(),
        "history": past,
        "last": past[0].change if past else None,
        "last_name": name_of(past[0].change.subject) if past else "",
        "may_change": user.is_administrator,
    }
    return render(request, "retention/what_counts.html", context)


@require_http_methods(GET_POST)
def counting_cell(request: HttpRequest, channel: str, direction: str, outcome: str) -> HttpResponse:
    """One cell: what it counts as, and what it would mean otherwise."""
    _administrators_only(request)
    cell = cell_of(channel, direction, outcome)
    if cell is None:
        raise Http404
    form = CellForm(request.POST if request.method == "POST" else None, cell=cell)
    if form.is_bound and form.is_valid() and _changed(request, form, cell):
        messages.success(request, _("From now on it counts as “%(class)s”.") % {"class": form.wanted.label})
        return HttpResponseRedirect(reverse("retention:what-counts"))
    context = {"form": form, "cell": cell, "history": history(cell.subject)}
    return render(request, "retention/counting_cell.html", context, status=422 if form.is_bound else 200)


def _changed(request: HttpRequest, form: CellForm, cell: Cell) -> bool:
    said: dict[str, Any] = form.cleaned_data
    try:
        change_cell(
            cell,
            CountsAs(said["counts_as"]),
            base=said["base"],
            confirmed=said["confirmed"],
            actor=person(request),
            reason=said["reason"],
            now=timezone.now(),
        )
    except ValidationError as error:
        refuse(form, error)
        if said["confirmed"] or form.has_error("counts_as", "doubt"):
            form.ask_to_confirm()
        return False
    return True


@require_POST
def counting_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The cell counts again as before its last change."""
    _administrators_only(request)
    change = get_object_or_404(SettingChange, pk=pk, area=AREA)
    try:
        undo_change(change, actor=person(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It counts as before."))
    return HttpResponseRedirect(reverse("retention:what-counts"))


def _administrators_only(request: HttpRequest) -> None:
    if not person(request).is_administrator:
        raise PermissionDenied(_("An administrator changes this."))
