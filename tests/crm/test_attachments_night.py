"""The night and files: removed ones lose their content after 30 days; what a crash left over is found on both sides."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone
from django.utils.translation import override

from alerts import nightly
from crm.attachment_night import purge, tidy
from crm.attachments import remove
from crm.history import changes_of
from crm.log import delete_interaction
from crm.models import Attachment, Customer
from crm.models.attachment import attachment_store
from tests.cast import Cast
from tests.crm.test_attachments import browser, contents
from tests.portfolio import NOW, client_of, logged
from tests.support.files import PDF, PNG, file_of, upload

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def solis(cast: Cast) -> Customer:
    return client_of(cast.ana, "Ferretería Solís", cast.iberia)


@pytest.fixture(autouse=True)
def _only_ours() -> None:
    """Nothing lies in the store but what the test puts there."""
    for key in contents():
        attachment_store().delete(key)


def aged(key: str, days: float) -> str:
    """Let a content be as old as if it had been written so many days before NOW."""
    then = (NOW - days * DAY).timestamp()
    os.utime(attachment_store().path(key), (then, then))
    return key


def left_over(days: float) -> str:
    """A content that no row names."""
    return aged(attachment_store().save("ab/" + os.urandom(16).hex(), upload("a.png")), days)


def test_a_removed_file_keeps_its_content_for_thirty_days(cast: Cast, solis: Customer) -> None:
    file, other = file_of(solis, cast.ana), file_of(solis, cast.ana, "b.pdf", PDF)
    remove(file, actor=cast.ana, now=NOW)

    assert purge(NOW + 30 * DAY - dt.timedelta(seconds=1)) == 0
    assert contents() == {file.key, other.key}
    assert purge(NOW + 30 * DAY) == 1
    assert contents() == {other.key}
    assert purge(NOW + 31 * DAY) == 0
    file.refresh_from_db()
    assert file.purged_at == NOW + 30 * DAY
    with override("en"):
        assert changes_of(solis).changes[0].what == "File: Foto.png"


def test_files_of_a_removed_contact_go_the_same_way(cast: Cast, solis: Customer) -> None:
    call = logged(solis, cast.ana, "11-24 09:00")
    file_of(solis, cast.ana, interaction=call)
    delete_interaction(call, actor=cast.ana, now=NOW)

    assert purge(NOW + 29 * DAY) == 0
    assert purge(NOW + 30 * DAY) == 1
    assert contents() == set()


def test_a_content_without_a_row_goes_when_it_is_a_day_old(cast: Cast, solis: Customer) -> None:
    kept_file = file_of(solis, cast.ana)
    aged(kept_file.key, 9)
    old, young = left_over(1.01), left_over(0.99)

    tidy(NOW)

    assert old not in contents()
    assert contents() == {kept_file.key, young}


def test_what_is_not_ours_in_the_store_is_left_alone(cast: Cast) -> None:
    store = attachment_store()
    strange = {aged(store.save(name, upload("a.png")), 9) for name in ("ab/README", "backups/dump.sql", "loose.bin")}

    tidy(NOW)

    assert contents() == strange


def test_a_row_without_a_content_is_marked_and_cleared_again(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana, now=NOW - 2 * DAY)
    file_of(solis, cast.ana, "b.pdf", PDF, now=NOW - 2 * DAY)
    young = file_of(solis, cast.ana, "c.txt", b"x", now=NOW - DAY / 2)
    for one in (file, young):
        attachment_store().delete(one.key)

    tidy(NOW)

    assert list(Attachment.objects.exclude(missing_since=None)) == [file]
    assert Attachment.objects.count() == 3
    attachment_store().save(file.key, upload("a.png", PNG))
    tidy(NOW + DAY)
    assert not Attachment.objects.exclude(missing_since=None).filter(pk=file.pk).exists()


def test_a_store_that_is_not_there_loses_no_row(cast: Cast, solis: Customer) -> None:
    file = file_of(solis, cast.ana, now=NOW - 2 * DAY)
    root = attachment_store().path("")
    os.rename(root, root.rstrip("/") + "-away")
    try:
        tidy(NOW)
    finally:
        os.rename(root.rstrip("/") + "-away", root)

    file.refresh_from_db()
    assert file.is_missing
    tidy(NOW + DAY)
    file.refresh_from_db()
    assert not file.is_missing


def test_it_is_a_job_of_the_night() -> None:
    assert [job.run for job in nightly._jobs if job.name == "attachments"] == [tidy]


def test_another_storage_serves_alike(cast: Cast, solis: Customer) -> None:
    """One without a folder of its own, as object stores are."""
    elsewhere = {"BACKEND": "django.core.files.storage.InMemoryStorage", "OPTIONS": {}}
    with override_settings(STORAGES=settings.STORAGES | {"attachments": elsewhere}):
        file, gone = file_of(solis, cast.ana, now=NOW - 2 * DAY), file_of(solis, cast.ana, "b.pdf", PDF)
        remove(gone, actor=cast.ana, now=NOW)
        loose = attachment_store().save("ab/" + "0" * 32, upload("c.png"))
        answer: Any = browser(cast.ana).get(f"/files/{file.pk}/")

        assert b"".join(answer.streaming_content) == PNG
        tidy(timezone.now() + 40 * DAY)
        assert [attachment_store().exists(key) for key in (file.key, gone.key, loose)] == [True, False, False]
