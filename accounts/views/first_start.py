"""/start/: the first administrator of an empty installation."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import first_start as job
from accounts.forms import FirstStartForm
from accounts.zones import country_of


@login_not_required
@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_start(request: HttpRequest) -> HttpResponse:
    """Show and take the form while nobody exists; afterwards there is no such page."""
    if not job.is_open():
        raise Http404
    zone = settings.FIRM_TIME_ZONE
    initial = {"zone": zone, "country": country_of(zone), "language": (get_language() or "en").split("-")[0]}
    form = FirstStartForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            user = job.create_first(form.person(), form.cleaned_data["code"], timezone.now())
        except job.WrongCode as error:
            form.refuse_code(error)
        else:
            login(request, user)
            return redirect(settings.LOGIN_REDIRECT_URL)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/first_start.html", {"form": form}, status=status)
