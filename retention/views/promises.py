"""Promises: what is promised to whom, what a change would do, putting it in force, taking it back (A8)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import supervisors_only
from accounts.models import User
from accounts.requests import is_fragment, person
from crm.access import get_customer_for
from crm.models import Segment
from crm.permissions import supervises
from crm.views.drawer import refuse
from retention import policy_changes, promises_page
from retention.models import PolicyChange
from retention.policies import Foreseen, Scope, preview_change
from retention.promise_form import PromiseForm
from retention.promise_words import differences, foreseen_words, sentence, small_print

GET_POST = ["GET", "HEAD", "POST"]


@require_safe
@supervisors_only
def policy_list(request: HttpRequest) -> HttpResponse:
    """Every promise in words; administrators change them, supervisors look."""
    user = person(request)
    own, own_count = promises_page.own_promises(user)
    context = {
        "shared": promises_page.shared_promises(user),
        "own": own,
        "own_count": own_count,
        "ended": Segment.objects.filter(ended_at__isnull=False).order_by("-ended_at"),
        "changes": promises_page.changes_of(user)[:5],
        "reader": user,
    }
    return render(request, "retention/policy_list.html", context)


@require_http_methods(GET_POST)
@supervisors_only
def policy_default(request: HttpRequest) -> HttpResponse:
    """The promise to everybody who has none nearer to them."""
    return _promise(request, Scope())


@require_http_methods(GET_POST)
@supervisors_only
def policy_segment(request: HttpRequest, pk: int) -> HttpResponse:
    """The promise to one segment."""
    segment = get_object_or_404(Segment, pk=pk)
    if segment.ended_at and (end := segment.ends.order_by("-pk").first()):
        return HttpResponseRedirect(reverse("retention:segment-ended", args=[end.pk]))
    return _promise(request, Scope(segment))


@require_http_methods(GET_POST)
def policy_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The promise to one client; whoever answers for their team sets it."""
    scope = Scope(customer=get_customer_for(person(request), pk))
    if not may_change(person(request), scope):
        raise PermissionDenied(_("Your supervisor sets this."))
    return _promise(request, scope)


def may_change(user: User, scope: Scope) -> bool:
    """Administrators change every promise, supervisors those to single clients of their teams."""
    return user.is_administrator or (scope.customer is not None and supervises(user, scope.customer.clock))


def _promise(request: HttpRequest, scope: Scope) -> HttpResponse:
    user = person(request)
    if request.method == "POST" and not may_change(user, scope):
        raise PermissionDenied(_("An administrator changes this."))
    if request.method == "POST" and request.POST.get("do") == "end":
        return _end(request, scope)
    policy = scope.current()
    nearest = policy or (Scope(scope.customer.segment).current() if scope.customer else None) or Scope().current()
    assert nearest is not None
    form = PromiseForm(
        request.POST if request.method == "POST" else None, policy=nearest, base=policy.pk if policy else None
    )
    foreseen = None
    if request.method == "POST" and form.is_valid():
        change, foreseen = _asked(request, form, scope)
        if change is not None:
            return HttpResponseRedirect(reverse("retention:policy-change", args=[change.pk]))
    context = {
        "form": form,
        "scope": scope,
        "policy": policy,
        "nearest": nearest,
        "may_change": may_change(user, scope),
    }
    return _drawn(request, context, foreseen)


def _asked(request: HttpRequest, form: PromiseForm, scope: Scope) -> tuple[PolicyChange | None, Foreseen | None]:
    """Put the terms in force if what they do was looked at, else show it."""
    user, now = person(request), timezone.now()
    if request.POST.get("do") == "force":
        if form.cleaned_data["seen"] != form.signature:
            form.add_error(None, _("Something was changed since you looked: see what it does now."))
        else:
            reason = form.cleaned_data["reason"]
            try:
                return policy_changes.ask(
                    scope, form.terms, base=form.based_on, actor=user, reason=reason, now=now
                ), None
            except ValidationError as error:
                refuse(form, error)
                # Where only the reason is missing, what was seen stays on view.
                if "reason" not in getattr(error, "error_dict", {}):
                    return None, None
    try:
        return None, preview_change(scope, form.terms, now=now)
    except ValidationError as error:
        refuse(form, error)
        return None, None


def _drawn(request: HttpRequest, context: dict[str, Any], foreseen: Foreseen | None) -> HttpResponse:
    form: PromiseForm = context["form"]
    if foreseen is not None:
        context |= {"foreseen": foreseen, "effect": foreseen_words(foreseen), "seen": form.signature}
    if is_fragment(request) and request.method == "POST":
        return render(request, "retention/_policy_form.html", context | {"names": _names(context["scope"])})
    scope, nearest = context["scope"], context["nearest"]
    context |= {
        "names": _names(scope),
        "sentence": sentence(nearest),
        "small_print": small_print(nearest),
        "versions": promises_page.versions_of(scope),
        "changes": promises_page.changes_of(person(request), scope).filter(finished_at=None)[:1],
        "reader": person(request),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "retention/policy_detail.html", context, status=status)


def _names(scope: Scope) -> dict[str, str]:
    return {"name": promises_page.name_of(scope), "url": promises_page.address_of(scope)}


def _end(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Back to the segment's, or to what is promised to everybody else."""
    current = scope.current()
    base = current.pk if current else None
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:200]
    try:
        change = policy_changes.ask_to_end(scope, base=base, actor=person(request), reason=reason, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(promises_page.address_of(scope))
    return HttpResponseRedirect(reverse("retention:policy-change", args=[change.pk]))


@require_safe
@supervisors_only
def policy_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: how far it is, what it changed, and the way back."""
    user = person(request)
    change = get_object_or_404(promises_page.changes_of(user), pk=pk)
    scope = policy_changes.scope_of(change)
    context = {
        "job": change,
        "undo_url": reverse("retention:policy-undo", args=[change.pk]),
        "reason": change.reason,
        "names": _names(scope),
        "before": sentence(change.before) if change.before else "",
        "after": sentence(change.after) if change.after else "",
        "differences": differences(change.before, change.after) if change.before and change.after else [],
        "may_undo": may_change(user, scope) and change.undone_at is None and scope.current() == change.after,
        "reader": user,
    }
    template = "retention/_policy_change.html" if is_fragment(request) else "retention/policy_change.html"
    return render(request, template, context)


@require_POST
@supervisors_only
def policy_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What was promised before holds again."""
    user = person(request)
    change = get_object_or_404(promises_page.changes_of(user), pk=pk)
    if not may_change(user, policy_changes.scope_of(change)):
        raise PermissionDenied(_("An administrator changes this."))
    try:
        change = policy_changes.undo(change, actor=user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(reverse("retention:policy-change", args=[change.pk]))
