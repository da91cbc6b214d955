from django.urls import path

from retention.views import at_risk, team, today

app_name = "retention"

urlpatterns = [
    path("", today.today, name="today"),
    path("at-risk/", at_risk.at_risk, name="at-risk"),
    path("team/", team.team, name="team"),
]
