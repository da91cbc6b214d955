"""Wiring only: settings, addresses, Celery, servers. No behaviour."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
