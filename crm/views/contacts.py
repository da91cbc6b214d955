"""People of contact: added, edited, gone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.requests import person
from crm.access import get_customer_for
from crm.forms.contact import ContactForm
from crm.models import Contact, Customer
from crm.profile import save_contact, set_left
from crm.querysets import CustomerQuerySet
from crm.stale import Edit, Overtaken, base_of, read_edit
from crm.stance import stances_of
from crm.views.drawer import saved

GET_POST = ["GET", "HEAD", "POST"]


def get_contact_for(user: User, pk: int) -> Contact:
    """Return a person of contact of a customer that `user` sees; Http404 for any other."""
    seen = CustomerQuerySet(Customer).visible_to(user).values("pk")
    rows = Contact.objects.filter(pk=pk, customer__in=seen, archived_at=None)
    contact = rows.select_related("customer").first()
    if contact is None:
        raise Http404
    return contact


@require_http_methods(GET_POST)
def contact_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody more to talk to."""
    user = person(request)
    customer = get_customer_for(user, pk)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        instance=Contact(customer=customer),
        customer=customer,
        user=user,
    )
    context: dict[str, Any] = {"form": form, "customer": customer, "is_new": True}
    if not form.is_bound:
        return render(request, "crm/contact_form.html", context)
    if not form.is_valid():
        return render(request, "crm/contact_form.html", context, status=422)
    data = form.cleaned_data
    save_contact(form.instance, data["phones"], data["emails"], (), version=None)
    messages.success(request, _("%(name)s is there now.") % {"name": form.instance.name})
    return HttpResponseRedirect(reverse("crm:customer-detail", args=[pk]))


@require_http_methods(GET_POST)
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a person of contact. 409 with both versions when somebody saved in between."""
    user = person(request)
    fresh = _form(None, user, pk)
    if request.method != "POST":
        return _form_page(request, fresh, fresh)
    edit = _read(request, fresh)
    form = _form(edit.data, user, pk)
    if edit.is_stale:
        return _form_page(request, form, fresh, edit=edit, status=409)
    if not form.is_valid():
        return _form_page(request, form, fresh, status=422)
    data = form.cleaned_data
    try:
        save_contact(form.instance, data["phones"], data["emails"], form.Meta.fields, version=edit.opened_version)
    except Overtaken:
        fresh = _form(None, user, pk)
        edit = _read(request, fresh)
        return _form_page(request, _form(edit.data, user, pk), fresh, edit=edit, status=409)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("crm:customer-detail", args=[form.instance.customer_id]))


def _form(data: Any, user: User, pk: int) -> ContactForm:
    contact = get_contact_for(user, pk)
    return ContactForm(data, instance=contact, customer=contact.customer, user=user)


def _read(request: HttpRequest, fresh: ContactForm) -> Edit:
    try:
        return read_edit(request.POST, fresh)
    except BadSignature as error:
        raise BadRequest("form without its base") from error


def _form_page(
    request: HttpRequest, form: ContactForm, fresh: ContactForm, *, edit: Edit | None = None, status: int = 200
) -> HttpResponse:
    base = request.POST["base"] if form.is_bound and edit is None else base_of(fresh, fresh.instance)
    latest = fresh.instance.history.select_related("history_user").order_by("-history_id").first() if edit else None
    context = {
        "form": form,
        "contact": fresh.instance,
        "customer": fresh.instance.customer,
        "base": base,
        "choices": edit.choices if edit else [],
        "by": latest.history_user if latest else None,
        "stances": stances_of(fresh.instance),
    }
    return render(request, "crm/contact_form.html", context, status=status)


@require_POST
def contact_left(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that somebody has left (today), or with `back` that they are there after all."""
    contact = get_contact_for(person(request), pk)
    back = "back" in request.POST
    set_left(contact, None if back else timezone.localdate())
    text = _("%(name)s is there again.") if back else _("%(name)s has left; the history stays.")
    return saved(request, text % {"name": contact.name}, contact.customer)
