"""A pytest plugin that loads before Django's settings: the tests read no `.env` and write nothing into `var/`.

DATABASE_URL and REDIS_URL are taken as they are; without them the tests run embedded, on SQLite.
"""

import os
import shutil
import tempfile
from pathlib import Path

UNWANTED = (
    "ALLOWED_HOSTS",
    "DEBUG",
    "DEMO",
    "EMAIL_URL",
    "FIRM_TIME_ZONE",
    "LANGUAGE_CODE",
    "MAIL_FROM",
    "PORT",
    "SITE_URL",
)

for name in UNWANTED:
    os.environ.pop(name, None)
FOLDER = Path(tempfile.mkdtemp(prefix="constante-tests-"))
os.environ |= {
    "DATA_DIR": str(FOLDER),
    "ENV_FILE": "",
    "LOG_LEVEL": "WARNING",
    "REDIS_PREFIX": f"tests-{os.getpid()}:",
    "SECRET_KEY": "only-for-tests",
    "STATIC_HASHED": "False",
}


def pytest_configure() -> None:
    """Hash passwords cheaply, the cast signs in thousands of times; keep no connection open;
    draw more examples where a query is cheap."""
    import hypothesis
    from django.conf import settings

    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    hypothesis.settings.register_profile("house", deadline=None, print_blob=True, max_examples=120 if on_sqlite else 40)
    hypothesis.settings.load_profile("house")
    # The live server's threads outlive the tests; a connection each keeps would forbid to drop the database.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def pytest_report_header() -> str:
    """Say what the tests run on."""
    from django.conf import settings

    database = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    return f"constante: {database}, {'redis' if settings.REDIS_URL else 'file-system broker'}"


def pytest_unconfigure() -> None:
    """Remove what the tests wrote."""
    shutil.rmtree(FOLDER, ignore_errors=True)
