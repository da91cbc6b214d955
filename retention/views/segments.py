"""Segments: a new one, another name, another place in the order."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import person
from accounts.setting_history import history_of
from crm.forms.layout import plain_helper
from crm.models import Segment
from retention.segments import AREA, create_segment, move_segment, rename_segment, subject_of

GET_POST = ["GET", "HEAD", "POST"]


class SegmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a segment is called."""

    class Meta:
        model = Segment
        fields: ClassVar[list[str]] = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper("name")


def _administrators_only(request: HttpRequest) -> None:
    if not person(request).is_administrator:
        raise PermissionDenied(_("An administrator changes this."))


@require_http_methods(GET_POST)
def segment_create(request: HttpRequest) -> HttpResponse:
    """A new segment; then its promise."""
    _administrators_only(request)
    form = SegmentForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        segment = create_segment(form.cleaned_data["name"])
        messages.success(request, _("%(name)s is there. Say what its clients are promised.") % {"name": segment})
        return HttpResponseRedirect(reverse("retention:policy-segment", args=[segment.pk]))
    return _drawn(request, form, _("New segment"), reverse("retention:policy-list"))


@require_http_methods(GET_POST)
def segment_rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name; its clients and its promise stay."""
    _administrators_only(request)
    segment = get_object_or_404(Segment, pk=pk)
    back = reverse("retention:policy-segment", args=[pk])
    form = SegmentForm(request.POST if request.method == "POST" else None, instance=segment)
    if form.is_bound and form.is_valid():
        rename_segment(segment, form.cleaned_data["name"], actor=person(request), now=timezone.now())
        messages.success(request, _("It is called %(name)s now.") % {"name": segment})
        return HttpResponseRedirect(back)
    return _drawn(request, form, _("Rename the segment"), back, history=history_of(AREA, subject_of(segment)))


@require_POST
def segment_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up, or down."""
    _administrators_only(request)
    move_segment(get_object_or_404(Segment, pk=pk), up=request.POST.get("to") == "up")
    return HttpResponseRedirect(reverse("retention:policy-list"))


def _drawn(request: HttpRequest, form: SegmentForm, title: str, back: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "action": request.path, **more}
    return render(request, "retention/segment_form.html", context, status=422 if form.is_bound else 200)
