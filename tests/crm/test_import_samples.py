"""Every file of the folder in CONSTANTE_SAMPLES: CRM exports import, any other is read and recognised or refused."""

import os
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crm.importing.columns import recognise
from crm.importing.fields import Kind
from crm.importing.reading import UnreadableFile, read_layout
from crm.models import Clock, Customer, Interaction
from tests.cast import Cast

FOLDER = os.environ.get("CONSTANTE_SAMPLES", "")
pytestmark = [
    pytest.mark.samples,
    pytest.mark.django_db,
    pytest.mark.skipif(not FOLDER or not Path(FOLDER).is_dir(), reason="CONSTANTE_SAMPLES names no folder"),
]
ORDER = (
    ("customers", "hubspot_companies", 200),
    ("contacts", "hubspot_contacts", 950),
    ("interactions", "hubspot_activities", 2000),
    ("customers", "salesforce_Account", 22),
    ("contacts", "salesforce_Contact", 102),
    ("interactions", "salesforce_Task", 75),
    ("contacts", "google_contacts_roundcube_gmail", 1),
    ("contacts", "google_contacts_remulous", 2),
)


def test_every_export_imports_and_every_other_file_is_read_or_refused(cast: Cast, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "samples", copy_function=shutil.copyfile)
    files = {path.stem: path for path in sorted((tmp_path / "samples").rglob("*.csv"))}
    for kind, name, rows in ORDER:
        if name in files:
            out = StringIO()
            call_command("import_csv", kind, str(files.pop(name)), stdout=out, stderr=StringIO())
            assert f"= {rows} rows" in out.getvalue()
    assert Customer.objects.filter(clock__isnull=True).count() == 0
    if (Path(FOLDER) / "crm" / "hubspot_activities.csv").exists():
        assert Interaction.objects.filter(counts_as="attention").count() == 78
        assert Interaction.objects.filter(counts_as="personal").count() == 58
        assert Clock.objects.filter(last_attention_at__isnull=False).count() > 100
    for path in files.values():
        _read_or_refuse(path)


def _read_or_refuse(path: Path) -> None:
    """Recognised for each kind of import, and a rehearsal either runs or stops with a sentence."""
    try:
        layout = read_layout(path)
    except UnreadableFile as refusal:
        assert str(refusal)
        return
    for kind in Kind:
        recognise(kind, layout.headers, layout.sample, region="ES")
        out = StringIO()
        try:
            call_command("import_csv", kind.value, str(path), "--dry-run", stdout=out, stderr=StringIO())
        except CommandError as refusal:
            assert str(refusal)
        else:
            assert " rows" in out.getvalue()
