"""Small forms that come in from the right, or stand on a page of their own without htmx."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import trigger_client_event

from accounts.answers import done
from accounts.requests import is_fragment
from crm.models import Customer


def drawn(
    request: HttpRequest,
    form: BaseForm,
    *,
    title: str,
    customer: Customer,
    save: str,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Draw a form in the drawer (`title` on top, `save` on its button); bound forms with faults are 422."""
    if form.is_bound and status == 200:
        status = 422
    context = {"form": form, "title": title, "customer": customer, "save": save, "action": request.path, **more}
    template = "crm/_drawer_form.html" if is_fragment(request) else "crm/drawer_page.html"
    return render(request, template, context, status=status)


def saved(request: HttpRequest, text: str, customer: Customer, *, undo: str = "") -> HttpResponse:
    """Say what was done, close the drawer and have the page of the customer draw itself anew."""
    if not is_fragment(request):
        messages.success(request, text)
        return HttpResponseRedirect(reverse("crm:customer-detail", args=[customer.pk]))
    response = done(request, text, undo=undo, event="customer-changed", customer=customer.pk)
    return trigger_client_event(response, "drawer:close", {})


def refuse(form: BaseForm, error: ValidationError) -> None:
    """Put what a rule said beside the field it names, or above the form."""
    if hasattr(error, "error_dict"):
        for name, faults in error.error_dict.items():
            form.add_error(name if name in form.fields else None, faults)
    else:
        form.add_error(None, error)
