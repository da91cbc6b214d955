from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """What is owed and late: deadlines, alerts, deliveries."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts.reconcile import reconcile
        from accounts import events as people
        from alerts.effects import promises_of
        from alerts.mornings import person_changed
        from crm import effects, events

        events.listen(reconcile, position=10)
        effects.contribute(promises_of)
        people.listen(person_changed)
