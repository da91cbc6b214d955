"""/preferences/: what people choose for themselves."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.events import person_changed
from accounts.forms import PreferencesForm
from accounts.models import User
from accounts.requests import person

# When one of these changes, the next morning mail comes at another instant.
HOURS = {"digest_hour", "time_zone"}


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Show and save one's own preferences."""
    # A copy of one's own: a refused form must not change the person who is signed in on this very page.
    user = User.objects.get(pk=person(request).pk)
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=user)
    if request.method == "POST" and form.is_valid():
        _save(form, user)
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("accounts:preferences")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/preferences.html", {"form": form}, status=status)


@transaction.atomic
def _save(form: PreferencesForm, user: User) -> None:
    """Save only what the page shows, so that an edit elsewhere meanwhile is not overwritten."""
    user.save(update_fields=form.Meta.fields)
    if HOURS & set(form.changed_data):
        person_changed(user, timezone.now())
