from django.urls import path

from retention.views import at_risk, promises, segments, team, today

app_name = "retention"

urlpatterns = [
    path("", today.today, name="today"),
    path("at-risk/", at_risk.at_risk, name="at-risk"),
    path("team/", team.team, name="team"),
    path("settings/promises/", promises.policy_list, name="policy-list"),
    path("settings/promises/everybody/", promises.policy_default, name="policy-default"),
    path("settings/promises/segments/<int:pk>/", promises.policy_segment, name="policy-segment"),
    path("settings/promises/customers/<int:pk>/", promises.policy_customer, name="policy-customer"),
    path("settings/promises/changes/<int:pk>/", promises.policy_change, name="policy-change"),
    path("settings/promises/changes/<int:pk>/undo/", promises.policy_undo, name="policy-undo"),
    path("settings/segments/new/", segments.segment_create, name="segment-create"),
    path("settings/segments/<int:pk>/", segments.segment_rename, name="segment-rename"),
    path("settings/segments/<int:pk>/move/", segments.segment_move, name="segment-move"),
]
