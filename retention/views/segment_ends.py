"""Ending a segment: where its clients go, what that does, how far it is, and taking it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import administrators_only, supervisors_only
from accounts.requests import is_fragment, person
from accounts.setting_history import history_of
from crm.forms.layout import plain_helper
from crm.models import Customer, Segment
from crm.views.drawer import refuse
from retention import segment_ends
from retention.models import SegmentEnd
from retention.promise_words import foreseen_words
from retention.segments import AREA, subject_of

#: What the form says for "to no segment": it has to be chosen, not forgotten.
NONE = "none"


class EndForm(forms.Form):
    """Where the clients of a segment go."""

    into = forms.ChoiceField(label=gettext_lazy("Its clients go to"))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, segment: Segment) -> None:
        super().__init__(data)
        others = Segment.objects.live().exclude(pk=segment.pk)
        self.segments = {str(one.pk): one for one in others}
        into = self.fields["into"]
        assert isinstance(into, forms.ChoiceField)
        into.choices = [
            ("", "—"),
            *((pk, one.name) for pk, one in self.segments.items()),
            (NONE, _("No segment: promised what everybody is")),
        ]
        self.helper = plain_helper("into")
        self.helper.render_unmentioned_fields = False
        self.reason_helper = plain_helper("reason")

    @property
    def chosen(self) -> Segment | None:
        return self.segments.get(self.cleaned_data["into"])


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def segment_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask where the clients go, show what that does, and end the segment once it was seen."""
    segment = get_object_or_404(Segment, pk=pk)
    if segment.ended_at and (last := segment.ends.latest("pk")):
        return HttpResponseRedirect(reverse("retention:segment-ended", args=[last.pk]))
    form = EndForm(request.POST if request.method == "POST" else None, segment=segment)
    context: dict[str, Any] = {"form": form, "segment": segment, "action": request.path}
    if form.is_bound and form.is_valid():
        if request.POST.get("do") == "force" and (end := _ended(request, form, segment)):
            return HttpResponseRedirect(reverse("retention:segment-ended", args=[end.pk]))
        foreseen = segment_ends.preview(segment, form.chosen, now=timezone.now())
        context |= {"foreseen": foreseen, "effect": foreseen_words(foreseen), "seen": form.cleaned_data["into"]}
    if is_fragment(request) and request.method == "POST":
        return render(request, "retention/_segment_end_form.html", context)
    context["clients"] = Customer.objects.filter(segment=segment).count()
    return render(request, "retention/segment_end.html", context, status=422 if form.is_bound and form.errors else 200)


def _ended(request: HttpRequest, form: EndForm, segment: Segment) -> SegmentEnd | None:
    said = form.cleaned_data
    if said["seen"] != said["into"]:
        form.add_error(None, _("Something was changed since you looked: see what it does now."))
        return None
    try:
        return segment_ends.ask(
            segment, into=form.chosen, actor=person(request), reason=said["reason"], now=timezone.now()
        )
    except ValidationError as error:
        refuse(form, error)
        return None


@require_safe
@supervisors_only
def segment_ended(request: HttpRequest, pk: int) -> HttpResponse:
    """One end, or its undo: how far it is, where the clients went, and the way back."""
    user = person(request)
    end = get_object_or_404(SegmentEnd.objects.select_related("segment", "into", "asked_by"), pk=pk)
    may_undo = user.is_administrator and end.segment.ended_at is not None and not end.is_open
    context = {
        "job": end,
        "reason": end.reason,
        "is_back": end.undoes_id is not None,
        "undo_url": reverse("retention:segment-end-undo", args=[end.pk]),
        "may_undo": may_undo and end.undone_at is None and end.undoes_id is None,
        "reader": user,
    }
    if is_fragment(request):
        return render(request, "retention/_segment_ended.html", context)
    context["history"] = history_of(AREA, subject_of(end.segment))
    return render(request, "retention/segment_ended.html", context)


@require_POST
@administrators_only
def segment_end_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """The segment goes on, and whom its end moved comes back."""
    end = get_object_or_404(SegmentEnd, pk=pk)
    try:
        end = segment_ends.undo(end, actor=person(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(reverse("retention:segment-ended", args=[end.pk]))
