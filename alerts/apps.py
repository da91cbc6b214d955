from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    """What is owed and late: deadlines, alerts, deliveries."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import events as people
        from alerts.effects import promises_of
        from alerts.hand_over_changes import changed
        from alerts.mornings import calendar_changed, person_changed
        from alerts.reconcile import reconcile
        from crm import effects, events

        events.listen(reconcile, position=10)
        effects.contribute(promises_of)
        people.listen(person_changed)
        people.listen_to_calendars(calendar_changed, position=30)
        people.listen_to_absences(changed)
        self._add_to_customers()
        self._add_pages_and_nights()

    def _add_to_customers(self) -> None:
        from alerts import customer_page
        from alerts.reassign import reassign
        from crm import ownership

        customer_page.register()
        ownership.on_reassign(reassign)

    def _add_pages_and_nights(self) -> None:
        from accounts import settings_pages
        from accounts.navigation import NavEntry, register
        from alerts import housekeeping, nightly
        from alerts.alert_list import badge
        from crm import attachment_night

        register(NavEntry(label=_("Alerts"), url_name="alerts:alert-list", icon="bell", order=30, badge=badge))
        register(
            NavEntry(label=_("Sent mail"), url_name="alerts:delivery-list", icon="mail-opened", order=80, foot=True)
        )
        settings_pages.register(
            settings_pages.SettingsPage(
                label=_("Alerts"),
                says=_("Who is told of what, when, and how many alerts a morning tells."),
                url_name="alerts:settings-alerts",
                icon="bell",
                order=30,
                visible=lambda user: user.is_supervisor,
            )
        )
        settings_pages.register(
            settings_pages.SettingsPage(
                label=_("Mail"),
                says=_("Whether mails leave and arrive, a test mail, and how each kind looks."),
                url_name="alerts:settings-mail",
                icon="mail",
                order=70,
                visible=lambda user: user.is_administrator,
            )
        )
        nightly.register("calendars", housekeeping.extend_calendars, order=10)
        nightly.register("attachments", attachment_night.tidy, order=70)
        nightly.register("mails", housekeeping.prune_bodies, order=80)
        nightly.register("sessions", housekeeping.forget_sessions, order=90)
