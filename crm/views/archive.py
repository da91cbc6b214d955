"""Archived and back; from stage to stage."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import person
from crm.access import get_customer_for
from crm.archive import archive, change_stage, unarchive
from crm.choices import Stage
from crm.forms.agreements import StageForm
from crm.views.drawer import drawn, refuse, saved


@require_POST
def customer_archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a customer away; nothing is lost."""
    user = person(request)
    customer = get_customer_for(user, pk)
    archive(customer, actor=user, now=timezone.now())
    undo = reverse("crm:customer-unarchive", args=[pk])
    return saved(request, _("%(name)s is archived.") % {"name": customer.name}, customer, undo=undo)


@require_POST
def customer_unarchive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a customer back."""
    user = person(request)
    customer = get_customer_for(user, pk)
    unarchive(customer, actor=user, now=timezone.now())
    return saved(request, _("%(name)s is back.") % {"name": customer.name}, customer)


@require_http_methods(["GET", "HEAD", "POST"])
def customer_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a customer to another stage (A12)."""
    user = person(request)
    customer = get_customer_for(user, pk)
    note = _("“Leaving” ends the silence’s alert, “Departed” all that is owed; coming back begins anew.")
    form = StageForm(request.POST if request.method == "POST" else None, initial={"stage": customer.stage})
    if form.is_bound and form.is_valid():
        stage = form.cleaned_data["stage"]
        try:
            change_stage(customer, stage, actor=user, now=timezone.now())
        except ValidationError as error:
            refuse(form, ValidationError({"stage": error.messages}))
        else:
            return saved(request, _("Stage: %(stage)s.") % {"stage": Stage(stage).label}, customer)
    return drawn(
        request,
        form,
        title=_("Change the stage"),
        customer=customer,
        save=_("Change"),
        note=note,
    )
