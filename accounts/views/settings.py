"""/settings/: the pages on which the firm decides how it works."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import supervisors_only
from accounts.requests import person
from accounts.settings_pages import pages_for


@require_safe
@supervisors_only
def settings_index(request: HttpRequest) -> HttpResponse:
    """List the settings pages that are for this person."""
    return render(request, "accounts/settings.html", {"pages": pages_for(person(request))})
