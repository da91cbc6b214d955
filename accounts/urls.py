"""Addresses of people's own pages."""

from django.conf import settings
from django.urls import path

from accounts.views.first_start import first_start
from accounts.views.gallery import gallery
from accounts.views.preferences import preferences

app_name = "accounts"

urlpatterns = [
    path("start/", first_start, name="first-start"),
    path("preferences/", preferences, name="preferences"),
]

if settings.DEBUG:
    urlpatterns.append(path("look/", gallery, name="gallery"))
