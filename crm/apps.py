from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Whom we serve: customers, contacts, interactions, clocks, tasks."""

    name = "crm"
    default_auto_field = "django.db.models.BigAutoField"
