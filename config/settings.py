"""Settings of Constante, from the environment; `.env.example` explains each variable.

Without any variable it runs embedded: SQLite, a file-system broker, mail kept as files, all under `var/`.
"""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.environment import Environment, kept_secret

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
if env_file := os.environ.get("ENV_FILE", str(BASE_DIR / ".env")):
    environ.Env.read_env(env_file)
env = Environment(os.environ)

VERSION = "0.1.0"

# --- Where and how it runs -------------------------------------------------------------------------------------------

DEBUG = env.boolean("DEBUG", False)
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
PORT = env.number("PORT", 8000, least=1)
SITE_URL = env.site_url("SITE_URL", f"http://localhost:{PORT}")
SITE_IS_SECURE = SITE_URL.startswith("https://")
SECRET_KEY_FROM_ENVIRONMENT = bool(env.text("SECRET_KEY"))
SECRET_KEY = env.text("SECRET_KEY") or kept_secret(DATA_DIR / "secret.key")
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = [str(urlsplit(SITE_URL).hostname), *env.items("ALLOWED_HOSTS")]
if not SITE_IS_SECURE:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "retention.apps.RetentionConfig",
    "complaints.apps.ComplaintsConfig",
    "alerts.apps.AlertsConfig",
    "crm.apps.CrmConfig",
    "accounts.apps.AccountsConfig",
    "config.apps.ConfigConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages only: files are compressed already. It adds a random length, so that a secret's cannot be guessed from it.
    "config.compression.PagesOnly",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.first",
    "accounts.middleware.personal",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Last, so that every check above has been made before the view is tried.
    "config.again.Again",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "accounts.context.shell",
            ]
        },
    }
]

# --- What it keeps ---------------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "constante.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sessions and rate limits live in the database, so that no page depends on the broker.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "constante_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
MEDIA_ROOT = DATA_DIR / "media"
# Files that people attach: how large one may be, how many come at once, and what all of one client may take.
MEGABYTE = 1024 * 1024
ATTACHMENT_LIMIT = env.number("ATTACHMENT_LIMIT_MB", 25, least=1) * MEGABYTE
ATTACHMENTS_PER_CLIENT = env.number("ATTACHMENTS_PER_CLIENT_MB", 500, least=1) * MEGABYTE
ATTACHMENTS_AT_ONCE = 10
FILE_UPLOAD_HANDLERS = [
    "crm.upload_limit.LimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Who may enter ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reset_password": "accounts.sign_in_forms.ResetForm",
    "reset_password_from_key": "accounts.sign_in_forms.NewPasswordForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.adapter.ResetTokens"
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
# Beside allauth's own: how often the links of mails may act.
ACCOUNT_RATE_LIMITS = {"mail_link": "60/m/ip"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_IS_SECURE else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0)

# --- Language and time -----------------------------------------------------------------------------------------------

LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", ("en", "es"))
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# The zone of a new firm's calendar and people, until they say otherwise.
FIRM_TIME_ZONE = env.zone("FIRM_TIME_ZONE", "Europe/Madrid")
# How many silences each person is told of on a morning, until somebody stores another number (alerts.ladder_terms).
ADMIT_PER_MORNING = env.number("ADMIT_PER_MORNING", 5, least=1)

# --- What the browser gets -------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]
# Names with a hash need `collectstatic` first; development and tests read the sources instead.
STATIC_HASHED = env.boolean("STATIC_HASHED", not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "attachments": {
        "BACKEND": env.text("ATTACHMENTS_BACKEND", "crm.file_store.FolderStorage"),
        "OPTIONS": env.options("ATTACHMENTS_OPTIONS", {"location": str(DATA_DIR / "attachments")}),
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_HASHED
WHITENOISE_AUTOREFRESH = not STATIC_HASHED
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SITE_IS_SECURE
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 31_536_000) if SITE_IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SITE_IS_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_SECURE
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Mail ------------------------------------------------------------------------------------------------------------

# Every mail becomes a Delivery first; a worker hands it to the transport below.
EMAIL_BACKEND = "alerts.backend.OutboxBackend"
EMAIL_TIMEOUT = 15
EMAIL_TRANSPORT = env.mail("EMAIL_URL", timeout=EMAIL_TIMEOUT)
MAIL_DIR = DATA_DIR / "mail"
# Handing over one mail takes no longer than the limit; whoever holds one longer than the lease is taken for dead.
MAIL_LIMIT_SECONDS = env.number("MAIL_LIMIT_SECONDS", 30, least=1)
MAIL_LEASE_SECONDS = env.number("MAIL_LEASE_SECONDS", 120, least=2)
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", f"Constante <constante@{urlsplit(SITE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Work in the background ------------------------------------------------------------------------------------------

REDIS_URL = env.broker("REDIS_URL")
REDIS_PREFIX = env.text("REDIS_PREFIX", "constante:")
QUEUE_DIR = DATA_DIR / "queue"
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_CREATE_MISSING_QUEUES = True
# A lost worker's task comes back; every task may run twice and does its work once.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_SOFT_TIME_LIMIT = 20 * 60
CELERY_TASK_TIME_LIMIT = 21 * 60
# Who publishes must not wait for a broker that is down: the next beat publishes again.
CELERY_TASK_PUBLISH_RETRY = False
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "max_retries": 0,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        # Longer than the longest task, or it would run beside itself; with the two below a killed worker's tasks
        # return as soon as this has passed.
        "visibility_timeout": 25 * 60,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "queue_order_strategy": "priority",
        "global_keyprefix": REDIS_PREFIX,
    }
else:
    for folder in ("messages", "processed", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "processed_folder": str(QUEUE_DIR / "processed"),
        "control_folder": str(QUEUE_DIR / "control"),
        "store_processed": False,
        "polling_interval": 0.05,
    }
CELERY_TASK_ROUTES = {
    "alerts.tasks.pump": {"queue": "sweep"},
    "alerts.tasks.sweep": {"queue": "sweep"},
    "alerts.tasks.send*": {"queue": "mail"},
}
# A wake-up that nobody took before the next one is worth nothing: it expires instead of piling up.
CELERY_BEAT_SCHEDULE = {
    "pump": {"task": "alerts.tasks.pump", "schedule": 5.0, "options": {"expires": 10}},
    "sweep": {"task": "alerts.tasks.sweep", "schedule": 60.0, "options": {"expires": 90}},
    "nightly": {
        "task": "alerts.tasks.nightly",
        "schedule": crontab(hour="2", minute="15"),
        "options": {"expires": 3600},
    },
}
# It goes on when the machine's clock is set back.
CELERY_BEAT_SCHEDULER = "config.beat:SteadyScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# The schedule is written after each wake-up, so that its age tells whether the beat is alive.
CELERY_BEAT_SYNC_EVERY = 1

# --- What it says about itself ---------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.log_lines.Line",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False}
        for name in ("accounts", "alerts", "celery", "complaints", "config", "crm", "django", "retention")
    }
    # Each wake-up, every five seconds, is only worth a line to who looks for something.
    | {
        name: {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"}
        for name in ("celery.app.trace", "celery.beat", "celery.worker.strategy", "kombu")
    },
}
