"""Addresses of people's own pages."""

from django.conf import settings
from django.urls import path

from accounts.views import absences
from accounts.views.first_start import first_start
from accounts.views.gallery import gallery
from accounts.views.preferences import preferences
from accounts.views.settings import settings_index

app_name = "accounts"

urlpatterns = [
    path("start/", first_start, name="first-start"),
    path("preferences/", preferences, name="preferences"),
    path("settings/", settings_index, name="settings-index"),
    path("away/<int:pk>/", absences.away, name="away"),
    path("away/<int:pk>/today/", absences.not_today, name="away-today"),
    path("absences/<int:pk>/", absences.absence_edit, name="absence-edit"),
    path("absences/<int:pk>/end/", absences.absence_end, name="absence-end"),
    path("absences/undo/<int:change>/", absences.absence_undo, name="absence-undo"),
]

if settings.DEBUG:
    urlpatterns.append(path("look/", gallery, name="gallery"))
