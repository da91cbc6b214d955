from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Keeping them: attention policies, providers, pages that gather."""

    name = "retention"
    default_auto_field = "django.db.models.BigAutoField"
