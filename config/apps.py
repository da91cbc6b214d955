"""The wiring as an app: it brings the checks of the settings."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the numbered checks of the settings."""

    name = "config"
    verbose_name = "Constante"

    def ready(self) -> None:
        """Register the checks."""
        from config import checks  # noqa: F401
