"""Numbered checks of the settings: what would only hurt later is said at the start, with a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InvalidStorageError, storages


@register(Tags.security, deploy=True)
def secret_key_is_given(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """In production several machines must share one key."""
    if settings.SECRET_KEY_FROM_ENVIRONMENT:
        return []
    return [
        Error(
            "SECRET_KEY is not set; the one in DATA_DIR is known to this machine only.",
            hint='Set SECRET_KEY, e.g. from: python -c "import secrets; print(secrets.token_urlsafe(64))"',
            id="config.E001",
        )
    ]


@register(Tags.compatibility)
def broker_matches_database(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """SQLite belongs to one machine; workers on others would look at another file."""
    is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if not (is_sqlite and settings.REDIS_URL):
        return []
    return [
        Warning(
            "REDIS_URL is set while the database is SQLite.",
            hint="Workers must run on this same machine; for more machines set DATABASE_URL to PostgreSQL.",
            id="config.W002",
        )
    ]


@register(Tags.compatibility, deploy=True)
def mail_leaves(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Without a transport nobody is told by mail."""
    if settings.EMAIL_TRANSPORT is not None:
        return []
    return [
        Warning(
            "EMAIL_URL is not set: mails are kept as files and reach nobody.",
            hint="Set EMAIL_URL, e.g. smtp+tls://user:password@mail.example.com:587",
            id="config.W003",
        )
    ]


@register(Tags.security, deploy=True)
def site_is_secure(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """Links in mails carry sign-ins; they need https."""
    if settings.SITE_IS_SECURE:
        return []
    return [
        Error(
            f"SITE_URL is {settings.SITE_URL}, without https.",
            hint="Set SITE_URL to the address that people open, e.g. https://constante.example.com",
            id="config.E004",
        )
    ]


@register(Tags.files)
def attachments_have_a_place(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """A storage that cannot be made would be noticed with the first file that somebody adds."""
    try:
        storages["attachments"]
    except (InvalidStorageError, ImproperlyConfigured, TypeError) as error:
        return [
            Error(
                f"ATTACHMENTS_BACKEND with ATTACHMENTS_OPTIONS is no storage: {error}",
                hint="Give the path of a Django storage and its options as JSON, or neither.",
                id="config.E005",
            )
        ]
    return []
