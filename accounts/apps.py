from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who uses it: users, teams, calendars and working time, absences, preferences."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
