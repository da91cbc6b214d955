from django.urls import path

from alerts.views import alerts, deliveries, from_mail, from_mail_lines, ladder_settings, mail_settings

app_name = "alerts"

urlpatterns = [
    path("alerts/", alerts.alert_list, name="alert-list"),
    path("alerts/<int:pk>/", alerts.alert_detail, name="alert-detail"),
    path("alerts/<int:pk>/snooze/", alerts.alert_snooze, name="alert-snooze"),
    path("alerts/<int:pk>/resume/", alerts.alert_resume, name="alert-resume"),
    path("alerts/<int:pk>/on-it/", alerts.alert_acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/dismiss/", alerts.alert_dismiss, name="alert-dismiss"),
    path("alerts/events/<int:event>/undo/", alerts.alert_undo, name="alert-undo"),
    path("from-mail/call/<str:token>/", from_mail.call, name="mail-call"),
    path("from-mail/snooze/<str:token>/", from_mail.snooze, name="mail-snooze"),
    path("from-mail/open/<str:token>/", from_mail.opened, name="mail-open"),
    path("from-mail/lines/<str:token>/", from_mail_lines.lines, name="mail-lines"),
    path("sent-mail/", deliveries.delivery_list, name="delivery-list"),
    path("sent-mail/test/", deliveries.test_mail, name="delivery-test"),
    path("sent-mail/<int:pk>/", deliveries.delivery_detail, name="delivery-detail"),
    path("settings/alerts/", ladder_settings.ladder_settings, name="settings-alerts"),
    path("settings/alerts/<int:pk>/undo/", ladder_settings.ladder_undo, name="settings-alerts-undo"),
    path("settings/mail/", mail_settings.mail_settings, name="settings-mail"),
    path("settings/mail/look/", mail_settings.mail_look, name="settings-mail-look"),
    path("settings/mail/test/", mail_settings.mail_test, name="settings-mail-test"),
    path("sent-mail/<int:pk>/letter/", deliveries.delivery_letter, name="delivery-letter"),
]
