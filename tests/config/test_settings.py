"""Settings are read strictly, and what is wrong is said by name."""

import os
import re
import subprocess
import sys
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from config.checks import attachments_have_a_place
from config.environment import Environment, kept_secret

ROOT = Path(__file__).resolve().parent.parent.parent
FALLBACK = Path("/tmp/none.sqlite3")


@pytest.mark.parametrize(
    ("written", "meant"), [("True", True), ("0", False), ("yes", True), ("OFF", False), ("", True)]
)
def test_a_boolean_is_read(written: str, meant: bool) -> None:
    assert Environment({"DEBUG": written}).boolean("DEBUG", True) is meant


@pytest.mark.parametrize("written", ["ja", "2", "none", "Truee"])
def test_a_wrong_boolean_stops_the_start(written: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DEBUG"):
        Environment({"DEBUG": written}).boolean("DEBUG", False)


@pytest.mark.parametrize("written", ["eighty", "-1", "1.5", "²"])
def test_a_wrong_number_stops_the_start(written: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PORT"):
        Environment({"PORT": written}).number("PORT", 8000)


@pytest.mark.parametrize("written", ["bucket=ours", '["ours"]', "{'a': 1}", "3"])
def test_wrong_options_stop_the_start(written: str) -> None:
    assert Environment({"OPTIONS": '{"bucket_name": "ours"}'}).options("OPTIONS", {}) == {"bucket_name": "ours"}
    assert Environment({}).options("OPTIONS", {"location": "/x"}) == {"location": "/x"}
    with pytest.raises(ImproperlyConfigured, match="OPTIONS"):
        Environment({"OPTIONS": written}).options("OPTIONS", {})


@pytest.mark.parametrize(
    "broken",
    [
        {"BACKEND": "storages.backends.s4.S4Storage", "OPTIONS": {}},
        {"BACKEND": "crm.file_store.FolderStorage", "OPTIONS": {"bucket": "ours"}},
    ],
)
def test_a_place_for_files_that_is_none_is_said_at_the_start(broken: dict[str, Any]) -> None:
    assert attachments_have_a_place(None) == []
    with override_settings(STORAGES=settings.STORAGES | {"attachments": broken}):
        assert [found.id for found in attachments_have_a_place(None)] == ["config.E005"]


@pytest.mark.parametrize("written", ["Madrid", "Europe/Madird", "../etc/passwd"])
def test_a_wrong_zone_stops_the_start(written: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="FIRM_TIME_ZONE"):
        Environment({"FIRM_TIME_ZONE": written}).zone("FIRM_TIME_ZONE", "UTC")


def test_an_hour_is_read_and_a_wrong_one_stops_the_start() -> None:
    assert Environment({"AT": "08:30"}).hour("AT", "09:00") == time(8, 30)
    with pytest.raises(ImproperlyConfigured, match="AT"):
        Environment({"AT": "25:00"}).hour("AT", "09:00")


@pytest.mark.parametrize("written", ["constante.example.com", "ftp://x.org", "https://x.org/path", "https://"])
def test_a_wrong_site_address_stops_the_start(written: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        Environment({"SITE_URL": written}).site_url("SITE_URL", "http://localhost:8000")


@pytest.mark.parametrize("written", ["mysql://x/y", "postgres", "sqlite://", "sqlite:///"])
def test_a_wrong_database_stops_the_start(written: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        Environment({"DATABASE_URL": written}).database("DATABASE_URL", FALLBACK)


def test_a_database_password_may_hold_signs() -> None:
    read = Environment({"DATABASE_URL": "postgres://ana:p%40s%2Fs@db.example.com:6432/firm"}).database(
        "DATABASE_URL", FALLBACK
    )
    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"]) == ("ana", "p@s/s", "db.example.com", "6432")


def test_sqlite_makes_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    read = Environment({}).database("DATABASE_URL", tmp_path / "deep" / "firm.sqlite3")
    assert read["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert (tmp_path / "deep").is_dir()


@pytest.mark.parametrize(
    ("written", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp+tls://a:b@m:2525", 2525, True, False),
        ("smtp+ssl://m", 465, False, True),
    ],
)
def test_a_mail_transport_is_read(written: str, port: int, tls: bool, ssl: bool) -> None:
    read = Environment({"EMAIL_URL": written}).mail("EMAIL_URL", timeout=5)
    assert read is not None
    assert (read["port"], read["use_tls"], read["use_ssl"]) == (port, tls, ssl)


def test_without_a_mail_transport_there_is_none() -> None:
    assert Environment({}).mail("EMAIL_URL", timeout=5) is None


@pytest.mark.parametrize("written", ["mail.example.com", "http://m", "smtp://"])
def test_a_wrong_mail_transport_stops_the_start(written: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        Environment({"EMAIL_URL": written}).mail("EMAIL_URL", timeout=5)


def test_the_secret_is_made_once_and_is_only_ours_to_read(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret.key"
    first = kept_secret(path)
    assert kept_secret(path) == first
    assert len(first) > 60
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def variables_read() -> set[str]:
    """The names that the code asks the environment for."""
    sources = [ROOT / "config" / "settings.py", ROOT / "config" / "start.py", ROOT / "config" / "build" / "serve.py"]
    asked = r'(?:env\.\w+|environ\.get|boolean)\(\s*"([A-Z_]+)"'
    return {name for source in sources for name in re.findall(asked, source.read_text())} - {"ENV_FILE", "PATH"}


def test_every_variable_is_explained_and_none_besides() -> None:
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert explained == variables_read()


def manage(tmp_path: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    own = {"PATH": os.environ["PATH"], "ENV_FILE": "", "DATA_DIR": str(tmp_path), **variables}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=own, capture_output=True, text=True, check=False
    )


def test_the_production_example_is_clean(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", ENV_FILE=".env.production.example")
    assert done.returncode == 0, done.stderr


def test_what_production_lacks_is_said_with_a_hint(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy")
    assert done.returncode == 1
    for number in ("config.E001", "config.W003", "config.E004", "HINT"):
        assert number in done.stderr


def test_a_wrong_setting_stops_the_start_with_its_name(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", DEBUG="perhaps")
    assert done.returncode == 1
    assert "DEBUG='perhaps' is neither True nor False." in done.stderr


def test_sqlite_with_redis_is_warned_about(tmp_path: Path) -> None:
    assert "config.W002" in manage(tmp_path, "check", REDIS_URL="redis://127.0.0.1:1/0").stderr
