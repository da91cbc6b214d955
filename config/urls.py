"""All addresses: each app brings its own; sign-in comes from allauth."""

from importlib.util import find_spec

from django.urls import include, path

from config.health import health

urlpatterns = [
    path("health/", health, name="health"),
    path("accounts/", include("accounts.sign_in_urls")),
    *(
        path("", include(f"{app}.urls"))
        for app in ("accounts", "crm", "alerts", "retention")
        if find_spec(f"{app}.urls")
    ),
]
