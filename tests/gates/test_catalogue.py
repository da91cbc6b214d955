"""Spanish says everything: what a fresh extraction finds in code and templates is translated, none of it a guess."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

APPS = ("accounts", "alerts", "complaints", "config", "crm", "retention", "templates")
SPANISH = Path(settings.BASE_DIR) / "locale" / "es" / "LC_MESSAGES" / "django.po"
Key = tuple[str | None, str, str]


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def extract(root: Path, folder: Path) -> polib.POFile:
    """What makemessages finds in a copy of the sources, so that the catalogue itself stays as it is."""
    unwanted = shutil.ignore_patterns("__pycache__", "migrations")
    for app in APPS:
        if (root / app).exists():
            shutil.copytree(root / app, folder / app, ignore=unwanted)
    (folder / "locale").mkdir()
    variables = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        "--locale=es",
        "--extension=html,txt,py",
        "--no-location",
    ]
    subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True)
    return polib.pofile(str(folder / "locale" / "es" / "LC_MESSAGES" / "django.po"))


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> set[Key]:
    return {key(entry) for entry in extract(Path(settings.BASE_DIR), tmp_path_factory.mktemp("sources"))}


@pytest.fixture(scope="module")
def spanish() -> polib.POFile:
    return polib.pofile(str(SPANISH))


def test_nothing_is_missing(wanted: set[Key], spanish: polib.POFile) -> None:
    assert len(wanted) > 500
    assert wanted - {key(entry) for entry in spanish if not entry.obsolete} == set()


def test_nothing_is_kept_that_is_said_no_more(wanted: set[Key], spanish: polib.POFile) -> None:
    assert {key(entry) for entry in spanish if not entry.obsolete} - wanted == set()


def test_nothing_is_empty_or_a_guess(spanish: polib.POFile) -> None:
    assert [entry.msgid for entry in spanish.untranslated_entries()] == []
    assert [entry.msgid for entry in spanish.fuzzy_entries()] == []
    halves = [entry.msgid for entry in spanish if entry.msgid_plural and not all(entry.msgstr_plural.values())]
    assert halves == []


def test_every_name_to_fill_in_is_kept(spanish: polib.POFile) -> None:
    wrong = []
    for entry in spanish:
        if entry.obsolete:
            continue
        names = set(re.findall(r"%\((\w+)\)s|\{(\w+)\}", entry.msgid + entry.msgid_plural))
        for said in [entry.msgstr, *entry.msgstr_plural.values()]:
            if not set(re.findall(r"%\((\w+)\)s|\{(\w+)\}", said)) <= names:
                wrong.append(entry.msgid)
    assert wrong == []


def test_an_extraction_sees_what_is_new(tmp_path: Path) -> None:
    source, folder = tmp_path / "root", tmp_path / "copy"
    (source / "crm").mkdir(parents=True)
    folder.mkdir()
    (source / "crm" / "new.py").write_text(
        'from django.utils.translation import gettext as _\nTEXT = _("Never said")\n'
    )
    assert [entry.msgid for entry in extract(source, folder)] == ["Never said"]
