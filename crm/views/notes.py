"""Notes on the timeline, and how they like to be treated."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import person
from crm.access import get_customer_for
from crm.forms.agreements import CareForm, NoteForm
from crm.models import Note
from crm.profile import save_care_note
from crm.views.drawer import drawn, saved

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
def note_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A note; it counts as no contact."""
    user = person(request)
    customer = get_customer_for(user, pk)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        at = timezone.now().replace(microsecond=0)
        Note.objects.create(customer=customer, text=form.cleaned_data["text"], at=at, by=user)
        return saved(request, _("Noted."), customer)
    return drawn(request, form, title=_("Write a note"), customer=customer, save=_("Save"))


@require_http_methods(GET_POST)
def customer_care(request: HttpRequest, pk: int) -> HttpResponse:
    """How they like to be treated."""
    user = person(request)
    customer = get_customer_for(user, pk)
    form = CareForm(request.POST if request.method == "POST" else None, instance=customer)
    if form.is_bound and form.is_valid():
        save_care_note(customer, form.cleaned_data["care_note"])
        return saved(request, _("Saved."), customer)
    return drawn(request, form, title=_("How they like to be treated"), customer=customer, save=_("Save"))
