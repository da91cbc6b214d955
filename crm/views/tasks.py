"""Ticking a next step, from Today and from the customer page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.answers import done
from accounts.requests import person
from crm.access import get_task_for
from crm.tasks import mark_done, mark_open


@require_POST
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    task = get_task_for(user, pk)
    mark_done(task, actor=user, now=timezone.now())
    undo = reverse("crm:task-reopen", args=[pk])
    return done(request, _("Done: %(title)s") % {"title": task.title}, undo=undo, event="task-changed")


@require_POST
def task_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    task = get_task_for(user, pk)
    mark_open(task, actor=user, now=timezone.now())
    return done(request, _("Back on the list: %(title)s") % {"title": task.title}, event="task-changed")
