from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Keeping them: attention policies, providers, pages that gather."""

    name = "retention"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts import events
        from accounts.navigation import NavEntry, register
        from alerts.providers import register_provider
        from crm.agreements import tell_interval
        from retention.intervals import interval_days
        from retention.policies import calendar_changed
        from retention.providers.attention import SILENCE
        from retention.providers.callbacks import CALL_BACK
        from retention.providers.promises import PROMISE
        from retention.providers.reviews import REVIEW

        for provider in (SILENCE, CALL_BACK, PROMISE, REVIEW):
            register_provider(provider)
        register(NavEntry(label=_("Today"), url_name="retention:today", icon="sun", order=10))
        tell_interval(interval_days)
        events.listen_to_calendars(calendar_changed, position=20)
        self._add_boards_and_nights()

    def _add_boards_and_nights(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts.models import User
        from accounts.navigation import NavEntry, register
        from alerts import nightly, pump
        from crm.listing import tell_promises
        from retention import customer_page
        from retention.audit import audit
        from retention.policy_changes import waits
        from retention.promises_kept import promised
        from retention.snapshots import write_last_day

        def supervises(user: User) -> bool:
            return user.is_supervisor

        register(
            NavEntry(
                label=_("At risk"), url_name="retention:at-risk", icon="heart-broken", order=40, visible=supervises
            )
        )
        register(NavEntry(label=_("Team"), url_name="retention:team", icon="users-group", order=70, visible=supervises))
        settings = NavEntry(
            label=_("Settings"),
            url_name="retention:policy-list",
            icon="settings",
            order=90,
            visible=supervises,
            foot=True,
        )
        register(settings)
        pump.register("retention.tasks.change_promises", waits)
        customer_page.register()
        tell_promises(promised)
        # Before the audit mends: the evening as it was.
        nightly.register("snapshots", write_last_day, order=20)
        nightly.register("audit", audit, order=30)
