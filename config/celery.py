"""The Celery application: workers, and the beat that wakes them. Pages never publish; only beat's pump does."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("constante")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def finish_the_task_first(**kwargs: Any) -> None:
    """Leave the end to the worker's main process: supervisors ask the whole group to stop, tasks under way included."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
