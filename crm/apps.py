from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Whom we serve: customers, contacts, interactions, clocks, tasks."""

    name = "crm"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Fill the registries of the history and of the navigation."""
        from django.db.models import Q
        from django.utils.translation import gettext_lazy as _

        from accounts import events
        from accounts.navigation import NavEntry, register
        from crm import attachment_subjects, moments
        from crm.scope import calendar_changed

        moments.register_all()
        attachment_subjects.gone(Q(interaction__deleted_at__isnull=False))
        # The dates first: the promises are reckoned from them.
        events.listen_to_calendars(calendar_changed, position=10)
        register(NavEntry(label=_("Customers"), url_name="crm:customer-list", icon="users", order=20))
