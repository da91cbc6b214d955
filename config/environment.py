"""Settings read from the environment, strictly: a wrong value stops the start and says which one it is."""

import json
import os
import secrets
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

TRUE = {"true", "1", "yes", "on"}
FALSE = {"false", "0", "no", "off"}
#: Compiling a set-based statement takes 6 s, running it 0.1 s. And a disk of today has no arm to move to an index.
POSTGRES_OPTIONS = "-c jit=off -c random_page_cost=1.1"
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; "
    "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=2000;"
)


class MailTransport(TypedDict):
    """Arguments of Django's SMTP backend; the timeout is in seconds."""

    host: str
    port: int
    username: str
    password: str
    use_tls: bool
    use_ssl: bool
    timeout: float


class Environment:
    """Typed reading of one mapping of variables; an empty value counts as absent."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        """Return the variable without surrounding blanks."""
        return self._values.get(name, "").strip() or default

    def boolean(self, name: str, default: bool) -> bool:
        """Return True or False; anything but a plain yes or no stops the start."""
        value = self.text(name).lower()
        if not value:
            return default
        if value in TRUE:
            return True
        if value in FALSE:
            return False
        raise ImproperlyConfigured(f"{name}={value!r} is neither True nor False.")

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """Return a whole number that is at least `least`."""
        value = self.text(name)
        if not value:
            return default
        if not value.isascii() or not value.isdigit() or int(value) < least:
            raise ImproperlyConfigured(f"{name}={value!r} is not a whole number from {least} upwards.")
        return int(value)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of the allowed words."""
        value = self.text(name, default)
        if value not in allowed:
            raise ImproperlyConfigured(f"{name}={value!r} is not one of: {', '.join(allowed)}.")
        return value

    def items(self, name: str) -> list[str]:
        """Return a comma-separated list."""
        return [item.strip() for item in self.text(name).split(",") if item.strip()]

    def options(self, name: str, default: dict[str, Any]) -> dict[str, Any]:
        """Return a JSON object."""
        value = self.text(name)
        if not value:
            return default
        try:
            found = json.loads(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} is not JSON: {error}.") from error
        if not isinstance(found, dict):
            raise ImproperlyConfigured(f'{name} is not a JSON object, as {{"bucket_name": "ours"}} is one.')
        return found

    def zone(self, name: str, default: str) -> str:
        """Return the name of a time zone that the zone database knows."""
        value = self.text(name, default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ImproperlyConfigured(f"{name}={value!r} is not a time zone, as 'Europe/Madrid' is one.") from error
        return value

    def hour(self, name: str, default: str) -> time:
        """Return a time of day written HH:MM."""
        value = self.text(name, default)
        try:
            return time.fromisoformat(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}={value!r} is not a time of day, as '08:00' is one.") from error

    def site_url(self, name: str, default: str) -> str:
        """Return the address people open, without a trailing slash or path."""
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise ImproperlyConfigured(f"{name}={value!r} is not an address like 'https://constante.example.com'.")
        return value

    def broker(self, name: str) -> str:
        """Return the address of Redis, or nothing for the embedded broker."""
        value = self.text(name)
        if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ImproperlyConfigured(f"{name} is not an address like 'redis://127.0.0.1:6379/0'.")
        return value

    def mail(self, name: str, *, timeout: float) -> MailTransport | None:
        """Return how mail leaves, or None: then it is kept as files. Passwords in the address are URL-encoded."""
        value = self.text(name)
        if not value:
            return None
        parts = urlsplit(value)
        ports = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465, "smtps": 465}
        if parts.scheme not in ports or not parts.hostname:
            schemes = "smtp://, smtp+tls:// (STARTTLS) or smtps://"
            raise ImproperlyConfigured(f"{name} needs {schemes}, then user:password@host:port.")
        return MailTransport(
            host=parts.hostname,
            port=parts.port or ports[parts.scheme],
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            use_tls=parts.scheme == "smtp+tls",
            use_ssl=parts.scheme in {"smtp+ssl", "smtps"},
            timeout=timeout,
        )

    def database(self, name: str, fallback: Path) -> dict[str, Any]:
        """Return Django's settings of the one database: PostgreSQL by address, else SQLite in a file."""
        value = self.text(name) or f"sqlite:///{fallback}"
        parts = urlsplit(value)
        if parts.scheme in {"postgres", "postgresql"}:
            return {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": unquote(parts.path.lstrip("/")),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": unquote(parts.hostname or ""),
                "PORT": str(parts.port or ""),
                # A new connection costs 8 ms, more than most pages need in the database.
                "CONN_MAX_AGE": 600,
                "CONN_HEALTH_CHECKS": True,
                "OPTIONS": {"connect_timeout": 5, "application_name": "constante", "options": POSTGRES_OPTIONS},
            }
        if parts.scheme == "sqlite" and parts.path not in {"", "/"}:
            return sqlite(Path(unquote(parts.path[1:])))
        raise ImproperlyConfigured(f"{name} is neither postgres://user:password@host:port/name nor sqlite:////path.")


def sqlite(path: Path) -> dict[str, Any]:
    """Return SQLite in WAL mode with immediate transactions: two writers wait for each other instead of failing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
            # The engine's statements are long, and more than the usual 128: kept compiled, a call takes 7 % less.
            "cached_statements": 1000,
        },
        # A file for the tests too: threads and processes share it as they do in earnest.
        "TEST": {"NAME": str(path.with_name(f"test-{path.name}"))},
    }


def kept_secret(path: Path) -> str:
    """Return the secret kept in a file, made on the first start; two first starts at once agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
