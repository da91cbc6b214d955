"""The log drawer: drawn, previewed, saved, undone."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.answers import done
from accounts.models import User
from accounts.requests import is_fragment, person
from accounts.zones import country_of
from crm.access import get_own_interaction, get_reachable_customer
from crm.attachment_words import known_words
from crm.attachments import Kept, NoRoom, attach, here_already, kept
from crm.before_call import BeforeCall, before_call, sees_whole
from crm.choices import Outcome
from crm.day_words import local_day
from crm.effect_words import effect_line, toast_text
from crm.forms.log import LocalTimeField, LogForm
from crm.log import log_interaction, preview, undo_interaction
from crm.models import Customer
from crm.phones import first_phones, spoken
from crm.tasks import plan_task

#: The page's own: what a GET may say beforehand, in the address.
_BEFOREHAND = ("channel", "direction", "outcome", "summary", "sentiment", "solved", "next_step")


@require_http_methods(["GET", "HEAD", "POST"])
def interaction_log(request: HttpRequest) -> HttpResponse:
    """GET draws the drawer (`customer`, and what was typed already); POST saves it, or plans it for later."""
    user, now = person(request), timezone.now()
    customer = _customer(request, user)
    if request.method != "POST":
        said = {name: request.GET[name] for name in _BEFOREHAND if request.GET.get(name)}
        return _drawer(request, LogForm(user=user, customer=customer, now=now, initial=said))
    form = LogForm(request.POST, request.FILES, user=user, customer=customer, now=now)
    valid = form.is_valid()
    plans = customer is not None and form.is_future and "plan" in request.POST and "uploads" not in form.errors
    if valid or plans:
        try:
            with kept(form.cleaned_data["uploads"]) as files:
                return _planned(request, form, files) if plans else _logged(request, form, files)
        except ValidationError as refused:
            form.add_error("uploads" if isinstance(refused, NoRoom) else None, refused)
    return _drawer(request, form, status=422)


@require_POST
def interaction_preview(request: HttpRequest) -> HttpResponse:
    """Answer the line that says what saving will do; with other outcomes when channel or direction has changed."""
    user, now = person(request), timezone.now()
    customer = _customer(request, user)
    data = request.POST.copy()
    form = LogForm(data, user=user, customer=customer, now=now)
    changed = data.get("shown", form.shown) != form.shown
    if changed and (data.get("outcome") not in form.offered or data["outcome"] == Outcome.REACHED):
        # "We spoke" must not become "They replied" by itself.
        data["outcome"] = form.offered[0].value
    context: dict[str, Any] = {"form": form, "customer": customer, "changed": changed, "oob": True}
    if customer is not None and form.is_valid():
        try:
            context["effect"] = effect_line(preview(form.entry(), actor=user, now=now), now)
        except ValidationError as refused:
            context["problem"] = " ".join(refused.messages)
    elif customer is not None:
        context["problem"] = next(iter(next(iter(form.errors.values()))))
    return render(request, "crm/_log_preview.html", context)


@require_POST
def interaction_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one has just logged (W7)."""
    user = person(request)
    interaction = get_own_interaction(user, pk)
    undone = undo_interaction(interaction, actor=user, now=timezone.now())
    text = (
        _("Taken back: %(name)s is as before.")
        if undone
        else _("The ten minutes to take it back are over. You can still change it in the history of %(name)s.")
    )
    about = text % {"name": interaction.customer.name}
    return done(request, about, event="interaction-logged", customer=interaction.customer_id)


def _customer(request: HttpRequest, user: User) -> Customer | None:
    """Return the client it is about; 404 for one that the person may not log for, None before one is chosen."""
    said = (request.POST if request.method == "POST" else request.GET).get("customer", "")
    if not said.isascii() or not said.isdigit() or len(said) > 18:
        return None
    customer = get_reachable_customer(user, int(said))
    return customer


def _drawer(request: HttpRequest, form: LogForm, status: int = 200) -> HttpResponse:
    customer = form.prepare().chosen
    effect = None
    if customer is not None and not form.is_bound:
        effect = _first_effect(form, customer)
    local = form.now.astimezone(form.user.zone)
    context = {
        "form": form,
        "customer": customer,
        "contact_line": _phone(customer, form.user) if customer else "",
        "effect": effect,
        "before": _before(form, customer) if customer else None,
        "when_words": _("Now · %(day)s, %(time)s") % {"day": date_format(local, _("D j M")), "time": f"{local:%H:%M}"},
        "after_call": request.GET.get("after") == "call",
    }
    template = "crm/_log_drawer.html" if is_fragment(request) else "crm/log_page.html"
    return render(request, template, context, status=status)


def _before(form: LogForm, customer: Customer) -> BeforeCall | None:
    """What to know before the call, for those who see the whole client."""
    if not sees_whole(form.user, customer):
        return None
    return before_call(customer, form.people, reader=form.user, now=form.now)


def _first_effect(form: LogForm, customer: Customer) -> Any:
    """Preview what is chosen at first, so that the line stands there before anything is touched."""
    posted = {name: form.initial[name] for name in ("channel", "direction", "outcome")}
    posted |= {"fulfils": "on"} if form.initial.get("fulfils") else {}
    first = LogForm(posted, user=form.user, customer=customer, now=form.now)
    if not first.is_valid():
        return None
    try:
        return effect_line(preview(first.entry(), actor=form.user, now=form.now), form.now)
    except ValidationError:
        return None


def _phone(customer: Customer, user: User) -> str:
    number = first_phones([customer.pk]).get(customer.pk, "")
    return spoken(number, country_of(user.time_zone)) if number else ""


def _logged(request: HttpRequest, form: LogForm, files: list[Kept]) -> HttpResponse:
    customer = form.chosen
    assert customer is not None
    known = here_already(customer, files)
    logged = log_interaction(form.entry(files), actor=form.user, now=form.now)
    said = [toast_text(logged.effect, customer.name, form.now)]
    if logged.created:
        said += [known_words(one, reader=form.user) for one in known.values()]
    text = " ".join(said)
    undo = reverse("crm:interaction-undo", args=[logged.interaction.pk])
    return _closing(done(request, text, undo=undo, event="interaction-logged", customer=customer.pk))


def _planned(request: HttpRequest, form: LogForm, files: list[Kept]) -> HttpResponse:
    """T7: what is still to come becomes a next step, dated by the client's calendar; its files are the client's."""
    customer = form.chosen
    assert customer is not None
    field = form.fields["at"]
    assert isinstance(field, LocalTimeField)
    at = field.to_python(form.data.get("at"))
    assert at is not None
    with transaction.atomic():
        task = plan_task(
            customer,
            title=form.planned_title(),
            due_on=local_day(at, customer.clock.calendar.tz),
            promised=False,
            channel=form.by_channel,
            actor=form.user,
            now=form.now,
        )
        attach(customer, files, actor=form.user, now=form.now)
    text = _("Planned: %(title)s, %(day)s.") % {"title": task.title, "day": date_format(task.due_on, _("j M"))}
    return _closing(done(request, text, event="task-changed", customer=customer.pk))


def _closing(response: HttpResponse) -> HttpResponse:
    if isinstance(response, HttpResponseRedirect):
        return response
    return trigger_client_event(response, "drawer:close", {})
