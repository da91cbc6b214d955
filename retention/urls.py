from django.urls import path

from retention.views import today

app_name = "retention"

urlpatterns = [
    path("", today.today, name="today"),
]
