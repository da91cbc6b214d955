"""An agreed date, and no follow-up wanted: set and ended."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import person
from crm.access import get_customer_for
from crm.agreements import agree_on_date, resume_follow_up, stop_follow_up, withdraw_date
from crm.forms.agreements import AgreedDateForm, NoFollowUpForm
from crm.views.drawer import drawn, refuse, saved

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
def agreed_date(request: HttpRequest, pk: int) -> HttpResponse:
    """The day that was agreed for the next contact (S3)."""
    user = person(request)
    customer = get_customer_for(user, pk)
    form = AgreedDateForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            agree_on_date(customer, data["day"], reason=data["reason"].strip(), actor=user, now=timezone.now())
        except ValidationError as error:
            refuse(form, error)
        else:
            day = date_format(data["day"], _("j M Y"))
            return saved(request, _("Agreed: %(day)s.") % {"day": day}, customer)
    return drawn(request, form, title=_("Agree on a date"), customer=customer, save=_("Agree"))


@require_POST
def agreed_date_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The usual date returns."""
    user = person(request)
    customer = get_customer_for(user, pk)
    withdraw_date(customer, actor=user, now=timezone.now())
    return saved(request, _("The usual date holds again."), customer)


@require_http_methods(GET_POST)
def no_follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """They want no follow-up (S1)."""
    user = person(request)
    customer = get_customer_for(user, pk)
    form = NoFollowUpForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            stop_follow_up(customer, reason=data["reason"], review_on=data["review_on"], actor=user, now=timezone.now())
        except ValidationError as error:
            refuse(form, error)
        else:
            day = date_format(data["review_on"], _("j M Y"))
            return saved(request, _("Nobody disturbs them; you look at it again on %(day)s.") % {"day": day}, customer)
    return drawn(request, form, title=_("No follow-up wanted"), customer=customer, save=_("Save"))


@require_POST
def no_follow_up_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Attention is owed again."""
    user = person(request)
    customer = get_customer_for(user, pk)
    resume_follow_up(customer, actor=user, now=timezone.now())
    return saved(request, _("You keep in touch again."), customer)
