"""Inviting people: one, several at once; sending an invitation again, withdrawing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import invitations
from accounts.access import administrators_only, person_for
from accounts.answers import done
from accounts.invitations import InAlready
from accounts.models import User
from accounts.requests import person
from crm.models import Customer, Task
from retention import new_people
from retention.person_forms import InviteForm, SeveralForm

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
@administrators_only
def people_invite(request: HttpRequest) -> HttpResponse:
    """One person: who they are, in which teams, what they may."""
    actor = person(request)
    form = InviteForm(request.POST if request.method == "POST" else None, initial=new_people.initial())
    user = _invited(form, actor) if form.is_bound and form.is_valid() else None
    if user is not None:
        messages.success(request, _("%(name)s is invited; the mail is on its way.") % {"name": user.name})
        return HttpResponseRedirect(reverse("retention:person", args=[user.pk]))
    return render(request, "retention/people_invite.html", {"form": form}, status=422 if form.is_bound else 200)


def _invited(form: InviteForm, actor: User) -> User | None:
    """Let them in, or say beside the field what is in the way."""
    try:
        with transaction.atomic():
            return invitations.invite(form.invitee(), actor=actor, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error.messages)
    except IntegrityError:
        # Invited by another administrator in this very moment.
        form.add_error("email", _("Somebody has this address already."))
    return None


@require_http_methods(GET_POST)
@administrators_only
def people_invite_several(request: HttpRequest) -> HttpResponse:
    """Paste people, see what is understood of each line, invite them with one click."""
    actor = person(request)
    form = SeveralForm(request.POST if request.method == "POST" else None, initial=new_people.initial())
    understood = form.is_bound and form.is_valid()
    if understood and request.POST.get("do") == "invite" and form.understood:
        count = _invite_all(form, actor)
        text = ngettext("%(n)s person is invited.", "%(n)s people are invited.", count) % {"n": count}
        messages.success(request, text)
        return HttpResponseRedirect(f"{reverse('retention:people')}?who=invited")
    context = {"form": form, "lines": form.lines, "ready": len(form.understood) if understood else 0}
    status = 422 if form.is_bound and not understood else 200
    return render(request, "retention/people_invite_several.html", context, status=status)


def _invite_all(form: SeveralForm, actor: User) -> int:
    """Invite whom the lines name; somebody whom another invited meanwhile is here, and left alone."""
    now, count = timezone.now(), 0
    for invitee in form.invitees():
        try:
            with transaction.atomic():
                invitations.invite(invitee, actor=actor, now=now)
                count += 1
        except IntegrityError:
            continue
    return count


@require_POST
@administrators_only
def person_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the link again, or for the first time to somebody whom an import brought."""
    actor = person(request)
    user = person_for(actor, pk)
    try:
        invitations.invite_again(user, actor=actor, now=timezone.now())
    except InAlready as error:
        return _refused(request, error)
    said = {"name": user.get_short_name(), "email": user.email}
    return done(request, _("A new link is on its way to %(email)s; one of before works no more.") % said)


@require_POST
@administrators_only
def person_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """End the invitation; whoever has nothing here yet is gone with it."""
    actor = person(request)
    user = person_for(actor, pk)
    stays = has_something(user)
    try:
        invitations.withdraw(user, stays=stays, actor=actor, now=timezone.now())
    except InAlready as error:
        return _refused(request, error)
    said: dict[str, Any] = {"name": user.name}
    text = (
        _("The link of %(name)s works no more; their clients stay theirs.") if stays else _("%(name)s is not invited.")
    )
    return done(request, text % said)


def _refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
    messages.warning(request, " ".join(error.messages))
    return HttpResponseRedirect(request.headers.get("Referer") or reverse("retention:people"))


def has_something(user: User) -> bool:
    """Whether clients or next steps are theirs, as after an import. Two queries."""
    return Customer.objects.filter(owner=user).exists() or Task.objects.filter(owner=user).exists()
