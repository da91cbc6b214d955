"""What a view answers after something was done: a toast for htmx, a message and a page for everything else."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import trigger_client_event

from accounts.requests import is_fragment


def done(request: HttpRequest, text: str, *, undo: str = "", event: str = "", **about: object) -> HttpResponse:
    """Say what was done. htmx: 204 with the toast (`undo`: an address to POST to) and the page's `event` (`about` it).

    Without htmx: a message, and back to where the person was.
    """
    if not is_fragment(request):
        messages.success(request, text)
        return HttpResponseRedirect(came_from(request))
    response = HttpResponse(status=204)
    trigger_client_event(response, "toast", {"text": text, "undo": undo} if undo else {"text": text})
    if event:
        trigger_client_event(response, event, about)
    return response


def came_from(request: HttpRequest) -> str:
    """Return the page of ours that the request came from, else Today."""
    back = request.POST.get("next") or request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if ours else "/"
