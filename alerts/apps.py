from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """What is owed and late: deadlines, alerts, deliveries."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
