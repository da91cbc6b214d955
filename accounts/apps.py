from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who uses it: users, teams, calendars and working time, absences, preferences."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import events
        from accounts.absences import calendar_changed

        events.listen_to_calendars(calendar_changed, position=40)
