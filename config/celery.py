"""The Celery application: workers, and the beat that wakes them. Pages never publish; only beat's pump does."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("constante")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
