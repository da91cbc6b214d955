from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Keeping them: attention policies, providers, pages that gather."""

    name = "retention"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts.navigation import NavEntry, register
        from alerts.providers import register_provider
        from crm.agreements import tell_interval
        from retention.intervals import interval_days
        from retention.providers.attention import SILENCE
        from retention.providers.callbacks import CALL_BACK
        from retention.providers.promises import PROMISE
        from retention.providers.reviews import REVIEW

        for provider in (SILENCE, CALL_BACK, PROMISE, REVIEW):
            register_provider(provider)
        register(NavEntry(label=_("Today"), url_name="retention:today", icon="sun", order=10))
        tell_interval(interval_days)
