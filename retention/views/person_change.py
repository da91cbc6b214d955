"""Changing a person: what is typed is looked at first, with what follows; then it is saved, with a reason (A8)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import administrators_only, person_for
from accounts.models import User
from accounts.requests import person
from accounts.setting_history import worded
from retention import person_changes
from retention.person_changes import ChangedMeanwhile, Edit, applied, differences, edit_of, mark_of, plan_of
from retention.person_effect import consequences, effect_of
from retention.person_forms import PersonForm

SALT = "retention.person"


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def person_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, teams, what they may, language and zone; the hour of the morning mail is their own to choose."""
    user = person_for(person(request), pk)
    if request.method != "POST":
        return _drawn(request, user, {})
    if request.POST.get("do") == "save":
        return _saved(request, user)
    form = PersonForm(request.POST, plan=plan_of(user))
    if not form.is_valid():
        return _drawn(request, user, {"form": form}, status=422)
    opened = form.opened_with()
    said = ""
    if mark_of(opened) != mark_of(form.current):
        said = " ".join(ChangedMeanwhile().messages)
    return _foreseen(request, user, edit_of(opened, form.said()), {"form": form, "stale": said})


def _foreseen(request: HttpRequest, user: User, edit: Edit, context: dict[str, Any]) -> HttpResponse:
    """Show what an edit does, with the button that saves it."""
    actor, now = person(request), timezone.now()
    plan = plan_of(user)
    after = applied(plan, edit)
    # The form shows what would hold, another's change included.
    context["form"] = PersonForm(plan=after) if context.get("stale") else context.get("form") or PersonForm(plan=after)
    if after == plan:
        return _drawn(request, user, context | {"nothing": True})
    try:
        effect = effect_of(user, plan, after, actor=actor, now=now)
    except ValidationError as error:
        return _drawn(request, user, context | {"refused": " ".join(error.messages)}, status=422)
    context |= {
        "effect": effect,
        "consequences": consequences(user, plan, after, now),
        "differences": worded(differences(plan, after)),
        "needs_word": person_changes.needs_word(user, after, actor),
        "token": signing.dumps({"pk": user.pk, "edit": edit, "base": mark_of(plan)}, salt=SALT, compress=True),
    }
    return _drawn(request, user, context)


def _saved(request: HttpRequest, user: User) -> HttpResponse:
    try:
        asked = signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature:
        asked = {}
    if asked.get("pk") != user.pk:
        return _drawn(request, user, {"refused": _("Look at what it does first.")}, status=422)
    edit, reason = asked["edit"], request.POST.get("reason", "").replace("\0", "")[:200]
    who: dict[str, Any] = {"actor": person(request), "now": timezone.now(), "confirmed": "confirm" in request.POST}
    try:
        person_changes.change(user, edit, base=asked["base"], reason=reason, **who)
    except ChangedMeanwhile as error:
        return _foreseen(request, user, edit, {"reason": reason, "stale": " ".join(error.messages)})
    except ValidationError as error:
        return _foreseen(request, user, edit, {"reason": reason, "unsaved": " ".join(error.messages)})
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("retention:person", args=[user.pk]))


def _drawn(request: HttpRequest, user: User, context: dict[str, Any], status: int = 200) -> HttpResponse:
    if "form" not in context:
        context["form"] = PersonForm(plan=plan_of(user))
        context["form"].join(request.GET.get("team", ""))
    return render(request, "retention/person_change.html", {"who": user} | context, status=status)
