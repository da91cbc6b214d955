"""All addresses: each app brings its own; sign-in comes from allauth."""

from django.urls import include, path

from config.health import health

urlpatterns = [
    path("health/", health, name="health"),
    path("accounts/", include("accounts.sign_in_urls")),
    path("", include("accounts.urls")),
    path("", include("crm.urls")),
    path("", include("alerts.urls")),
    path("", include("retention.urls")),
]
