from django.urls import path, re_path

from retention.views import (
    alert_day,
    at_risk,
    calendars,
    people,
    promises,
    promises_kept,
    recounts,
    segments,
    team,
    today,
    what_counts,
)

app_name = "retention"

urlpatterns = [
    path("", today.today, name="today"),
    path("at-risk/", at_risk.at_risk, name="at-risk"),
    re_path(r"^at-risk/(?P<day>\d{4}-\d{2}-\d{2})/$", alert_day.alert_day, name="alert-day"),
    path("promises-kept/", promises_kept.promises_kept, name="promises-kept"),
    path("team/", team.team, name="team"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("settings/promises/", promises.policy_list, name="policy-list"),
    path("settings/promises/everybody/", promises.policy_default, name="policy-default"),
    path("settings/promises/segments/<int:pk>/", promises.policy_segment, name="policy-segment"),
    path("settings/promises/customers/<int:pk>/", promises.policy_customer, name="policy-customer"),
    path("settings/promises/changes/<int:pk>/", promises.policy_change, name="policy-change"),
    path("settings/promises/changes/<int:pk>/undo/", promises.policy_undo, name="policy-undo"),
    path("settings/what-counts/", what_counts.what_counts, name="what-counts"),
    path("settings/what-counts/changes/<int:pk>/undo/", what_counts.counting_undo, name="counting-undo"),
    path("settings/what-counts/history/", recounts.recount_ask, name="recount-ask"),
    path("settings/what-counts/history/<int:pk>/", recounts.recount, name="recount"),
    path("settings/what-counts/history/<int:pk>/undo/", recounts.recount_undo, name="recount-undo"),
    path(
        "settings/what-counts/<slug:channel>/<slug:direction>/<slug:outcome>/",
        what_counts.counting_cell,
        name="counting-cell",
    ),
    path("settings/calendars/", calendars.calendar_list, name="calendar-list"),
    path("settings/calendars/new/", calendars.calendar_create, name="calendar-create"),
    path("settings/calendars/regions/", calendars.calendar_regions, name="calendar-regions"),
    path("settings/calendars/<int:pk>/", calendars.calendar_detail, name="calendar-detail"),
    path("settings/calendars/<int:pk>/delete/", calendars.calendar_delete, name="calendar-delete"),
    path("settings/calendars/changes/<int:pk>/", calendars.calendar_change, name="calendar-change"),
    path("settings/calendars/changes/<int:pk>/undo/", calendars.calendar_undo, name="calendar-undo"),
    path("settings/segments/new/", segments.segment_create, name="segment-create"),
    path("settings/segments/<int:pk>/", segments.segment_rename, name="segment-rename"),
    path("settings/segments/<int:pk>/move/", segments.segment_move, name="segment-move"),
]
