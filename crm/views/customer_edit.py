"""Creating and editing a customer; two edits at once are compared field by field."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import person
from crm.access import get_customer_for
from crm.duplicates import alike
from crm.forms.customer import CustomerForm, FirstContactForm
from crm.models import Customer
from crm.ownership import primary_team
from crm.phone_input import region_of
from crm.profile import Extras, FirstContact, create_customer, save_customer
from crm.querysets import CustomerQuerySet
from crm.stale import Edit, Overtaken, base_of, read_edit

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
def customer_create(request: HttpRequest) -> HttpResponse:
    """A new customer with its first person of contact."""
    user = person(request)
    data = request.POST if request.method == "POST" else None
    region = request.POST.get("country", "").upper() or region_of(None, user)
    form = CustomerForm(data, user=user, initial=None if data else _first_values(user))
    contact = FirstContactForm(data, region=region)
    context: dict[str, Any] = {"form": form, "contact": contact, "is_new": True}
    if data is None:
        return render(request, "crm/customer_form.html", context)
    if not (form.is_valid() & contact.is_valid()):
        return render(request, "crm/customer_form.html", context, status=422)
    phones = [*form.cleaned_data["phones"], *contact.cleaned_data["phones"]]
    twins = alike(form.cleaned_data["name"], phones, user=user)
    if twins and data.get("sure") != "1":
        return render(request, "crm/customer_form.html", context | {"twins": twins}, status=422)
    customer = form.save(commit=False)
    customer.referred_by = form.cleaned_data["referrer"]
    create_customer(customer, _extras(form), _first_contact(contact), actor=user, now=timezone.now())
    messages.success(request, _("%(name)s is one of your clients now.") % {"name": customer.name})
    return HttpResponseRedirect(_page_of(user, customer))


def _first_values(user: User) -> dict[str, Any]:
    team = primary_team(user)
    return {"owner": user.pk if team else None, "team": team.pk if team else None}


def _first_contact(form: FirstContactForm) -> FirstContact | None:
    data = form.cleaned_data
    return FirstContact(data["name"], data["role"], data["phones"], data["emails"]) if data["name"] else None


def _extras(form: CustomerForm) -> Extras:
    data = form.cleaned_data
    return Extras(data["tag_names"], data["phones"], data["emails"])


def _page_of(user: User, customer: Customer) -> str:
    """The customer's page, or the list for who has just given them away."""
    if CustomerQuerySet(Customer).reachable_by(user).filter(pk=customer.pk).exists():
        return reverse("crm:customer-detail", args=[customer.pk])
    return reverse("crm:customer-list")


@require_http_methods(GET_POST)
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a customer. 409 with both versions when somebody saved in between."""
    user = person(request)
    customer = get_customer_for(user, pk)
    fresh = CustomerForm(instance=customer, user=user)
    if request.method != "POST":
        return _form_page(request, fresh, fresh)
    edit = _read(request, fresh)
    # A second instance: what is typed is put into it, the first stays as the row is.
    form = CustomerForm(edit.data, instance=get_customer_for(user, pk), user=user)
    if edit.is_stale:
        return _form_page(request, form, fresh, edit=edit, status=409)
    if not form.is_valid():
        return _form_page(request, form, fresh, status=422)
    customer = form.instance
    customer.referred_by = form.cleaned_data["referrer"]
    fields = [*form.Meta.fields, "referred_by"]
    try:
        save_customer(customer, _extras(form), fields, version=edit.opened_version, actor=user, now=timezone.now())
    except Overtaken:
        return _compare_again(request, pk, user)
    except ValidationError as error:
        form.add_error("owner", error)
        return _form_page(request, form, fresh, status=422)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(_page_of(user, customer))


def _compare_again(request: HttpRequest, pk: int, user: User) -> HttpResponse:
    """Somebody was faster between our reading and our writing."""
    fresh = CustomerForm(instance=get_customer_for(user, pk), user=user)
    edit = _read(request, fresh)
    form = CustomerForm(edit.data, instance=get_customer_for(user, pk), user=user)
    return _form_page(request, form, fresh, edit=edit, status=409)


def _read(request: HttpRequest, fresh: CustomerForm) -> Edit:
    try:
        return read_edit(request.POST, fresh)
    except BadSignature as error:
        raise BadRequest("form without its base") from error


def _form_page(
    request: HttpRequest, form: CustomerForm, fresh: CustomerForm, *, edit: Edit | None = None, status: int = 200
) -> HttpResponse:
    # After a conflict the base is the row as it is now: the next save is compared with that.
    base = request.POST["base"] if form.is_bound and edit is None else base_of(fresh, fresh.instance)
    context = {
        "form": form,
        "customer": fresh.instance,
        "base": base,
        "choices": edit.choices if edit else [],
        "twins": [],
        "by": _last_writer(fresh.instance) if edit else None,
    }
    return render(request, "crm/customer_form.html", context, status=status)


def _last_writer(row: Any) -> User | None:
    latest = row.history.select_related("history_user").order_by("-history_id").first()
    return latest.history_user if latest else None
