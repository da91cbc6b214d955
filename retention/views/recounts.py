"""What counts, applied to what was logged before: what it would do, doing it, how far it is, taking it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import supervisors_only
from accounts.requests import is_fragment, person
from crm.forms.layout import plain_helper
from crm.views.drawer import refuse
from retention import recounts
from retention.models import Recount

#: Changes of the history that the page lists.
LATEST = 10


class ReasonForm(forms.Form):
    """Why the history is changed."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.helper = plain_helper("reason")
        self.helper.render_unmentioned_fields = False


@require_http_methods(["GET", "HEAD", "POST"])
def recount_ask(request: HttpRequest) -> HttpResponse:
    """See what the table would do to what was logged before; then have it done."""
    _administrators_only(request)
    form = ReasonForm(request.POST if request.POST.get("do") == "force" else None)
    if form.is_bound and form.is_valid():
        try:
            run = recounts.ask(
                seen=form.cleaned_data["seen"],
                actor=person(request),
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except ValidationError as error:
            refuse(form, error)
        else:
            return HttpResponseRedirect(reverse("retention:recount", args=[run.pk]))
    context: dict[str, Any] = {"form": form, "runs": Recount.objects.select_related("asked_by")[:LATEST]}
    if request.method == "POST":
        context |= {
            "foreseen": recounts.preview(now=timezone.now()),
            "seen": recounts.signature(recounts.rules_now()),
        }
    template = "_recount_form.html" if is_fragment(request) and request.method == "POST" else "recount_ask.html"
    return render(request, f"retention/{template}", context, status=422 if form.is_bound else 200)


@require_safe
@supervisors_only
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """One change of the history: how far it is, and the way back."""
    run = get_object_or_404(Recount.objects.select_related("asked_by"), pk=pk)
    is_last = not Recount.objects.filter(pk__gt=run.pk).exists()
    may_undo = person(request).is_administrator and is_last and not run.is_open and run.undone_at is None
    template = "_recount.html" if is_fragment(request) else "recount.html"
    context = {
        "job": run,
        "undo_url": reverse("retention:recount-undo", args=[run.pk]),
        "reason": run.reason,
        "may_undo": may_undo,
    }
    return render(request, f"retention/{template}", context)


@require_POST
def recount_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything counts again as it did before."""
    _administrators_only(request)
    run = get_object_or_404(Recount, pk=pk)
    try:
        run = recounts.undo(run, actor=person(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(reverse("retention:recount", args=[run.pk]))


def _administrators_only(request: HttpRequest) -> None:
    if not person(request).is_administrator:
        raise PermissionDenied(_("An administrator changes this."))
