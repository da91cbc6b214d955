"""Next steps: planned and dropped (ticking them stands in `crm.views.tasks`)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.reckoning import closing_on
from accounts.requests import person
from crm.access import get_customer_for, get_task_for
from crm.events import Change, facts_changed, lock_clocks
from crm.forms.agreements import NextStepForm
from crm.models import Clock, Customer, Task
from crm.tasks import plan_task
from crm.views.drawer import drawn, refuse, saved


@require_http_methods(["GET", "HEAD", "POST"])
def task_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A next step with a date."""
    user = person(request)
    customer = get_customer_for(user, pk)
    said = {name: request.GET[name] for name in ("title", "due_on", "channel") if request.GET.get(name)}
    form = NextStepForm(request.POST if request.method == "POST" else None, initial=said)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        calendar = Clock.objects.select_related("calendar").get(pk=pk).calendar
        try:
            closing_on(calendar, data["due_on"])
        except ValidationError as error:
            refuse(form, ValidationError({"due_on": error.messages}))
        else:
            plan_task(customer, actor=user, now=timezone.now(), **data)
            return saved(request, _("Planned: %(title)s") % {"title": data["title"]}, customer)
    return drawn(request, form, title=_("Plan a next step"), customer=customer, save=_("Plan"))


@require_POST
def task_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a next step off the list without doing it; the history keeps it."""
    user, now = person(request), timezone.now()
    task = get_task_for(user, pk)
    with transaction.atomic():
        lock_clocks(Customer.objects.one(task.customer_id))
        found = Task.objects.select_for_update(of=("self",)).filter(pk=pk, done_at=None, cancelled_at=None).first()
        if found is not None:
            found.cancelled_at = now.replace(microsecond=0)
            found.save(update_fields=["cancelled_at"])
            change = Change(cause="person", cause_id=user.pk, actor=user)
            facts_changed(Customer.objects.one(task.customer_id), change=change, now=now, scope=False)
    return saved(request, _("Dropped: %(title)s") % {"title": task.title}, task.customer)
