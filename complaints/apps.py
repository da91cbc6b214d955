"""What clients tell us: feedback, complaints, root causes, corrective actions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    """The app between alerts and retention; it holds no records yet."""

    name = "complaints"
    verbose_name = _("Complaints")
